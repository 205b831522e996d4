/**
 * What the contract's server does, on a Holdfast server and on a foreign one alike: it echoes, and does what the page asks for, by the
 * URL's query when a socket connects, or by a text that is an order in JSON. Sockets have names, so that one can be asked about another.
 *
 * @import { Order, Seen, ServerSocket } from './types.ts'
 * @import { IncomingMessage } from 'node:http'
 */

/** How an order begins; every other message is echoed. */
const ORDER = '{"do":';

/** Sockets that have closed are remembered, as many as no clause makes. */
const MAX_NAMES = 1000;

export class Application {
  /** @type {Map<string, { socket: ServerSocket, seen: Seen }>} */
  #named = new Map();

  /**
   * @param {ServerSocket} socket
   * @param {Pick<IncomingMessage, 'url' | 'headers'>} request its query: `name`, and at once `greet` (texts), `end` (a code; reason), `terminate`
   */
  accept(socket, { url = '', headers }) {
    const query = new URL(url, 'http://host').searchParams;
    const { cookie = '', origin = '' } = headers;
    /** @type {Seen} */
    const seen = { cookie, origin, messages: [], closes: [] };
    this.#remember(query.get('name') ?? '', { socket, seen });
    socket.on('error', () => {}); // what was broken is the page's to see
    socket.on('close', (code, reason) => seen.closes.push({ code, reason: reason.toString() }));
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? undefined : data.toString();
      if (text?.startsWith(ORDER)) this.#obey(socket, JSON.parse(text));
      else {
        seen.messages.push(isBinary ? `binary ${data.length}` : data.toString());
        socket.send(data, { binary: isBinary });
      }
    });
    for (const text of query.getAll('greet')) socket.send(text);
    if (query.has('end'))
      socket.close(Number(query.get('end')) || undefined, query.get('reason') ?? undefined);
    if (query.has('terminate')) socket.terminate();
  }

  /**
   * @param {ServerSocket} asking
   * @param {Order} order
   */
  #obey(asking, order) {
    const { socket = asking, seen = undefined } =
      order.to === undefined ? {} : (this.#named.get(order.to) ?? {});
    if (order.do === 'say') for (const text of order.texts) socket.send(text);
    else if (order.do === 'say-bytes')
      for (const length of order.lengths) socket.send(Buffer.alloc(length, length));
    else if (order.do === 'end') socket.close(order.code, order.reason);
    else if (order.do === 'terminate') socket.terminate();
    else asking.send(JSON.stringify(seen ?? null));
  }

  /**
   * @param {string} name
   * @param {{ socket: ServerSocket, seen: Seen }} entry
   */
  #remember(name, entry) {
    this.#named.set(name, entry);
    const [oldest] = this.#named.keys();
    if (oldest !== undefined && this.#named.size > MAX_NAMES) this.#named.delete(oldest);
  }
}

/**
 * The application on the tested server: what it does with a connection is said by the URL (`app`), and what it has seen is
 * kept by the URL's name (`name`), which the test has drawn, so that tests do not see each other's connections.
 *
 * @import { ServerRequest, WebSocket, WebSocketServer } from '@holdfast/server'
 */
import { ConnectionRecord } from './connection-record.mjs';
import { obey } from './obey.mjs';

/** Kept of the requests that the plain listener was given: more than any test makes. */
const MAX_REQUESTS_KEPT = 10_000;

export class Application {
  /** @type {Map<string, ConnectionRecord[]>} */
  #connections = new Map();
  /** Method and URL of each request that reached the plain listener. */
  /** @type {string[]} */
  #requests = [];
  #http2Sessions = 0;
  /** @type {WebSocketServer['publish']} */
  #publish;

  /** @param {WebSocketServer['publish']} publish */
  constructor(publish) {
    this.#publish = publish;
  }

  /**
   * @param {WebSocket} socket
   * @param {ServerRequest} request
   */
  accept(socket, request) {
    const query = new URL(request.url ?? '', 'http://host').searchParams;
    const name = query.get('name') ?? '';
    const record = new ConnectionRecord(socket, request);
    this.#connections.set(name, [...this.connections(name), record]);
    if (query.get('app') === 'numbers') record.startNumbers(Number(query.get('perTurn') ?? Infinity));
    else if (query.get('app') === 'echo') {
      socket.on('message', (data, isBinary) =>
        socket.send(/** @type {Buffer} */ (data), { binary: isBinary }),
      );
    } else if (query.get('app') === 'obey') {
      socket.on('message', (data, isBinary) => obey(socket, /** @type {Buffer} */ (data), isBinary));
    } else if (query.get('app') === 'topic') {
      const topic = query.get('topic') ?? '';
      socket.subscribe(topic);
      socket.on('message', (data, isBinary) =>
        this.#publish(topic, data, { binary: isBinary, except: socket }),
      );
    }
  }

  /** @param {ServerRequest} request one that the plain listener was given */
  sawRequest({ method, url }) {
    this.#requests.push(`${method} ${url}`);
    if (this.#requests.length > MAX_REQUESTS_KEPT) this.#requests.shift();
  }

  sawHttp2Session() {
    this.#http2Sessions++;
  }

  /** How many connections have spoken HTTP/2. */
  get http2Sessions() {
    return this.#http2Sessions;
  }

  get requests() {
    return this.#requests;
  }

  /**
   * @param {string} name
   * @returns {readonly ConnectionRecord[]} in the order in which they came
   */
  connections(name) {
    return this.#connections.get(name) ?? [];
  }
}

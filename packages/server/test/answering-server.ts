/**
 * A server that answers opening handshakes as it is told, well-formed or not, over real TCP, TLS or a Unix socket. What was
 * asked can be looked at; what follows the answer is the test's own.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** The head of a request. */
export interface Asked {
  /** `GET / HTTP/1.1`. */
  readonly line: string;
  /** By their names in lower case; the last of several. */
  readonly fields: ReadonlyMap<string, string>;
  /** Names as they were written, in their order. */
  readonly names: readonly string[];
}

/** What to write; undefined to leave the client waiting. */
export type Answer = (asked: Asked, socket: Socket) => string | Uint8Array | undefined;

export interface AnsweringServer {
  readonly port: number;
  /** All heads that came, one for each connection. */
  readonly asked: readonly Asked[];
  /** The connections, open or not. */
  readonly sockets: readonly Socket[];
}

const running: { server: Server; sockets: Socket[] }[] = [];

export interface Listening {
  /** Undefined: any port of 127.0.0.1. */
  readonly path?: string;
  readonly tls?: TlsOptions;
}

export async function answer(give: Answer, { path, tls }: Listening = {}): Promise<AnsweringServer> {
  const asked: Asked[] = [];
  const sockets: Socket[] = [];
  const serve = (socket: Socket): void => {
    sockets.push(socket);
    socket.on('error', () => {}); // clients that go away are part of the tests
    let head = '';
    const read = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', read);
      const request = parse(head.slice(0, end));
      asked.push(request);
      const bytes = give(request, socket);
      if (bytes !== undefined) socket.write(bytes);
    };
    socket.on('data', read);
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  running.push({ server, sockets });
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  const address = server.address() as AddressInfo | string;
  return { port: typeof address === 'string' ? 0 : address.port, asked, sockets };
}

/** For `afterEach`: ends what `answer` started. */
export async function endAnswering(): Promise<void> {
  for (const { server, sockets } of running.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The 101 that is right; `changes` replace fields, or leave them out (undefined). */
export function switchingProtocols(
  { fields }: Asked,
  changes: Readonly<Record<string, string | undefined>> = {},
): string {
  return response('101 Switching Protocols', {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptOf(fields.get('sec-websocket-key') ?? ''),
    ...changes,
  });
}

export function response(status: string, fields: Readonly<Record<string, string | undefined>> = {}): string {
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[`HTTP/1.1 ${status}`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** By hand (RFC 6455 §1.3): what our own function makes is under test. */
function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

function parse(head: string): Asked {
  const [line = '', ...lines] = head.split('\r\n');
  const pairs = lines.map((each): [string, string] => {
    const colon = each.indexOf(':');
    return [each.slice(0, colon), each.slice(colon + 1).trim()];
  });
  return {
    line,
    fields: new Map(pairs.map(([name, value]) => [name.toLowerCase(), value])),
    names: pairs.map(([name]) => name),
  };
}

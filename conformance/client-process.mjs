/**
 * The client under test: it is told to connect, and its connections come in here, where the case is the server. What it asks is
 * answered with 101.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ExaminedProcess } from './examined-process.mjs';
import { RawConnection } from './raw-connection.mjs';
import { TranscriptReader } from './transcript.mjs';

/** Behind the key, before it is hashed (RFC 6455 §1.3). */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Ample on a busy machine. */
const CONNECT_TIMEOUT_MS = 10_000;

/** A connection, and what reads it. */
/** @typedef {{ connection: RawConnection, reader: TranscriptReader }} Asking */

export class ClientProcess extends ExaminedProcess {
  /** @type {Map<string, (asking: Asking) => void>} by the path that is to be requested */
  awaited = new Map();
  questions = 0;
  server = createServer({ allowHalfOpen: true }, (socket) => void this.take(socket));

  /** @param {string} peer `holdfast` or `ws` */
  static async start(peer) {
    const { child } = await ExaminedProcess.fork('echo-client.mjs', peer);
    const client = new ClientProcess(child);
    await once(client.server.listen(0, '127.0.0.1'), 'listening');
    return client;
  }

  /**
   * Lets the client connect, and answers as the case does.
   *
   * @param {import('./case.mjs').Case} testCase
   * @param {import('./case.mjs').Opening} _opening there is one
   * @param {string} path
   */
  async open({ endpoint = 'echo', extensions }, _opening, path) {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.server.address());
    const asked = /** @type {Promise<Asking>} */ (new Promise((resolve) => this.awaited.set(path, resolve)));
    this.child.send({ connect: `ws://127.0.0.1:${port}${path}`, endpoint });
    const { connection, reader } = await asked;
    await connection.write(switchingProtocols(reader.key, extensions?.answer));
    reader.agree(extensions?.answer);
    return connection;
  }

  /** Waits until the client has done what it was about to do. */
  async settle() {
    await this.ask(`question ${++this.questions}`);
  }

  /** @override */
  async stop() {
    this.server.close();
    await super.stop();
  }

  /** @param {import('node:net').Socket} socket */
  async take(socket) {
    const reader = new TranscriptReader('client');
    const connection = new RawConnection(socket, reader);
    await connection.until(() => reader.lines.length > 0, AbortSignal.timeout(CONNECT_TIMEOUT_MS));
    this.awaited.get(reader.path)?.({ connection, reader });
  }
}

/** @param {string} key @param {string | undefined} extensions */
function switchingProtocols(key, extensions) {
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(`${key}${ACCEPT_GUID}`).digest('base64')}`,
  ];
  if (extensions !== undefined) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/**
 * A WebSocket connection of the load: a bare socket, its opening handshake, then bytes, which all connections read into the
 * same memory. It checks only what it must to count; whether a server keeps to the RFC is asked elsewhere.
 */
import { connect } from 'node:net';

const HOST = '127.0.0.1';

/** The key of RFC 6455 §1.3: nobody looks at the answer. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** Large enough that the load makes fewer system calls than any server. */
const readBuffer = Buffer.allocUnsafeSlow(1024 * 1024);

/** How many are opened at the same time. Below every server's default backlog. */
const OPENING_AT_ONCE = 64;

/** @typedef {{ port: number, extensions?: string, protocol?: () => string }} Target `protocol`: draws the subprotocol to offer */

export class LoadConnection {
  /** The server's handshake. */
  head = '';
  /** Whether it is still to be ended. */
  isOpen = false;

  /** @type {import('node:net').Socket} */
  #socket;
  /** What came before anybody took it. */
  /** @type {Buffer[]} */
  #early = [];
  /** @type {(bytes: Buffer, length: number) => void} */
  #onBytes = (bytes, length) => {
    this.#early.push(Buffer.from(bytes.subarray(0, length)));
  };

  /**
   * @param {Target} target
   * @param {(error?: Error) => void} opened
   */
  constructor({ port, extensions, protocol }, opened) {
    const lines = [
      'GET / HTTP/1.1',
      `Host: ${HOST}:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
    ];
    if (extensions !== undefined) lines.push(`Sec-WebSocket-Extensions: ${extensions}`);
    if (protocol !== undefined) lines.push(`Sec-WebSocket-Protocol: ${protocol()}`);
    this.#socket = connect({
      port,
      host: HOST,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          if (this.isOpen) this.#onBytes(readBuffer, length);
          else this.#readHead(length, opened);
          return true;
        },
      },
    });
    this.#socket.on('error', (error) => this.#end(error, opened));
    this.#socket.on('close', () => this.#end(new Error('The server closed a connection.'), opened));
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /**
   * Takes the bytes behind the server's handshake: the first `length` of `bytes`, valid during the call.
   *
   * @param {(bytes: Buffer, length: number) => void} take
   */
  set onBytes(take) {
    this.#onBytes = take;
    for (const bytes of this.#early.splice(0)) take(bytes, bytes.length);
  }

  /** @param {Uint8Array} bytes */
  write(bytes) {
    this.#socket.write(bytes);
  }

  /** Reads no more, and stays open. */
  stall() {
    this.#socket.pause();
  }

  close() {
    this.isOpen = false;
    this.#socket.removeAllListeners('close').destroy();
  }

  /** @param {number} length @param {(error?: Error) => void} opened */
  #readHead(length, opened) {
    this.head += readBuffer.toString('latin1', 0, length);
    const end = this.head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const rest = this.head.length - end - 4;
    this.head = this.head.slice(0, end);
    if (!this.head.startsWith('HTTP/1.1 101 ')) {
      opened(new Error(`The server answered: ${this.head}`));
      return;
    }
    this.isOpen = true;
    opened();
    if (rest > 0) this.#onBytes(readBuffer.subarray(length - rest), rest);
  }

  /** @param {Error} error @param {(error?: Error) => void} opened */
  #end(error, opened) {
    if (!this.isOpen) opened(error);
    else throw error; // In the middle of a measurement there is nothing to be saved.
  }
}

/**
 * @param {Target} target
 * @returns {Promise<LoadConnection>}
 */
export function open(target) {
  return new Promise((resolve, reject) => {
    const connection = new LoadConnection(target, (error) => {
      if (error === undefined) resolve(connection);
      else reject(error);
    });
  });
}

/**
 * @param {Target} target
 * @param {number} count
 * @returns {Promise<LoadConnection[]>}
 */
export async function openMany(target, count) {
  /** @type {LoadConnection[]} */
  const connections = [];
  while (connections.length < count) {
    const group = Math.min(OPENING_AT_ONCE, count - connections.length);
    connections.push(...(await Promise.all(Array.from({ length: group }, () => open(target)))));
  }
  return connections;
}

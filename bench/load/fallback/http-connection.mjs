/**
 * An HTTP/1.1 connection of the load, kept alive: one request at a time, its answer's body handed out as it comes. A bare socket,
 * since the clients of Node cost more than most servers. It reads as much of HTTP as servers of Node say.
 */
import { connect } from 'node:net';

const HOST = '127.0.0.1';

/** All connections read into the same memory: large enough for few system calls. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

const LINE_FEED = 0x0a;
/** CR LF, behind each chunk. */
const LINE_END_BYTES = 2;

/**
 * What happens to a request. `onBody`: bytes `[start, end)` of `bytes`, valid during the call. `onEnd` comes last.
 *
 * @typedef {{ onBody: (bytes: Buffer, start: number, end: number) => void, onEnd: () => void }} Answer
 */

/** Where in an answer the next byte stands. */
/** @typedef {'head' | 'sized body' | 'chunk size' | 'chunk' | 'chunk end' | 'last line'} Place */

export class HttpConnection {
  /** @type {import('node:net').Socket} */
  #socket;
  #isClosed = false;
  /** @type {Answer | undefined} */
  #answer;

  // Of the answer under way.
  /** @type {Place} */
  #place = 'head';
  /** The head, or the size of a chunk, as far as it has come. */
  #line = '';
  /** What is left of the body, or of the chunk. */
  #leftBytes = 0;

  /** @param {number} port @param {() => void} opened */
  constructor(port, opened) {
    this.#socket = connect({
      port,
      host: HOST,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback: (length) => {
          this.#read(length);
          return true;
        },
      },
    });
    this.#socket.once('connect', opened);
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('The server closed a connection.')));
  }

  /**
   * Sends a request; the one before it is answered.
   *
   * @param {string} text head and body, in latin1
   * @param {Answer} answer
   */
  request(text, answer) {
    this.#answer = answer;
    this.#socket.write(text, 'latin1');
  }

  close() {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  /** @param {number} length */
  #read(length) {
    let at = 0;
    while (at < length && !this.#isClosed) {
      switch (this.#place) {
        case 'head':
          at = this.#readHead(at, length);
          break;
        case 'chunk size':
          at = this.#readChunkSize(at, length);
          break;
        case 'sized body':
        case 'chunk':
          at = this.#readBody(at, length);
          break;
        case 'chunk end':
        case 'last line':
          at = this.#skipLineEnd(at, length);
          break;
      }
    }
  }

  /** @param {number} at @param {number} length @returns {number} */
  #readHead(at, length) {
    const before = this.#line.length;
    this.#line += readBuffer.toString('latin1', at, length);
    const end = this.#line.indexOf('\r\n\r\n');
    if (end < 0) return length;
    const head = this.#line.slice(0, end);
    this.#line = '';
    if (!/^HTTP\/1\.1 20[04] /.test(head)) throw new Error(`The server answered: ${head}`);
    const [, size] = /^content-length: *(\d+)/im.exec(head) ?? [];
    if (size === undefined && /^transfer-encoding: *chunked/im.test(head)) {
      this.#place = 'chunk size';
    } else {
      this.#leftBytes = Number(size ?? 0);
      this.#place = 'sized body';
      if (this.#leftBytes === 0) this.#finish();
    }
    return at + end + 4 - before;
  }

  /** @param {number} at @param {number} length @returns {number} */
  #readChunkSize(at, length) {
    const lineFeed = readBuffer.indexOf(LINE_FEED, at);
    const end = lineFeed < 0 || lineFeed >= length ? length : lineFeed + 1;
    this.#line += readBuffer.toString('latin1', at, end);
    if (this.#line.endsWith('\n')) {
      this.#leftBytes = Number.parseInt(this.#line, 16);
      this.#line = '';
      this.#place = this.#leftBytes === 0 ? 'last line' : 'chunk';
      if (this.#leftBytes === 0) this.#leftBytes = LINE_END_BYTES;
    }
    return end;
  }

  /** @param {number} at @param {number} length @returns {number} */
  #readBody(at, length) {
    const end = Math.min(at + this.#leftBytes, length);
    this.#leftBytes -= end - at;
    this.#answer?.onBody(readBuffer, at, end);
    if (this.#leftBytes > 0) return end;
    if (this.#place === 'sized body') {
      this.#finish();
    } else {
      this.#leftBytes = LINE_END_BYTES;
      this.#place = 'chunk end';
    }
    return end;
  }

  /** @param {number} at @param {number} length @returns {number} */
  #skipLineEnd(at, length) {
    const end = Math.min(at + this.#leftBytes, length);
    this.#leftBytes -= end - at;
    if (this.#leftBytes > 0) return end;
    if (this.#place === 'last line') this.#finish();
    else this.#place = 'chunk size';
    return end;
  }

  #finish() {
    this.#place = 'head';
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.onEnd();
  }

  /** @param {Error} error */
  #end(error) {
    if (!this.#isClosed) throw error; // In the middle of a measurement there is nothing to be saved.
  }
}

/**
 * @param {number} port
 * @returns {Promise<HttpConnection>}
 */
export function openConnection(port) {
  return new Promise((resolve) => {
    /** @type {HttpConnection} */
    const connection = new HttpConnection(port, () => resolve(connection));
  });
}

/**
 * A request as a browser's script on this very page would make it, as to the headers that servers look at.
 *
 * @param {number} port
 * @param {'GET' | 'POST'} method
 * @param {string} path
 * @param {{ type?: string }} [options] `type`: the media type of the body
 * @returns {(body?: string) => string} makes the request with this body, in latin1
 */
export function requestWriter(port, method, path, { type } = {}) {
  const host = `${HOST}:${port}`;
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`];
  // Of a GET to its own server a browser does not say where it comes from (Fetch §3.1).
  if (method === 'POST') lines.push(`Origin: http://${host}`);
  if (type !== undefined) lines.push(`Content-Type: ${type}`);
  const head = lines.join('\r\n');
  if (method === 'GET') return () => `${head}\r\n\r\n`;
  return (body = '') => `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

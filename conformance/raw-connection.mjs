/**
 * One TCP connection on which exactly the bytes are said that a case wants, in the pieces it wants, and what comes back
 * becomes a transcript. It answers nothing by itself, and closes nothing before the server does: who closes TCP first is
 * part of what is examined (RFC 6455 §7.1.1).
 */
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TranscriptReader } from './transcript.mjs';

/** Makes lines of what a server says. */
/** @typedef {{ lines: string[], push(chunk: Buffer): void, end(how: 'end' | 'reset'): void }} Reader */

export class RawConnection {
  ended = false;
  /** Called whenever there is more to be seen. */
  wake = () => {};

  /**
   * @param {import('node:net').Socket} socket
   * @param {Reader} reader
   */
  constructor(socket, reader) {
    this.socket = socket;
    this.reader = reader;
    socket.setNoDelay();
    socket.on('data', (chunk) => {
      this.reader.push(/** @type {Buffer} */ (chunk));
      this.wake();
    });
    socket.on('end', () => this.end('end'));
    socket.on('error', () => this.end('reset'));
    socket.on('close', () => this.end('reset'));
  }

  /**
   * Where nobody listens, that is the end of the transcript, too.
   *
   * @param {number} port of this machine
   * @param {Reader} [reader]
   */
  static async open(port, reader = new TranscriptReader()) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const connection = new RawConnection(socket, reader);
    await new Promise((settled) => socket.once('connect', settled).once('close', settled));
    return connection;
  }

  /** What the server has said so far. */
  get lines() {
    return this.reader.lines;
  }

  /** Says `bytes` and lets them leave, so that what follows comes in a read of its own where the server keeps up. */
  /** @param {Uint8Array} bytes */
  async write(bytes) {
    if (this.socket.destroyed) return;
    await new Promise((written) => this.socket.write(bytes, written));
    await nextTurn();
  }

  /** Ends our half of TCP without a word. */
  endOutput() {
    this.socket.end();
  }

  /** Cuts TCP. What the server might still have said is not seen. */
  reset() {
    this.ended = true;
    this.socket.resetAndDestroy();
  }

  /**
   * Waits until the condition holds, or nothing more can come.
   *
   * @param {() => boolean} isTrue
   * @param {AbortSignal} deadline
   * @returns {Promise<boolean>} false where the time was over first
   */
  async until(isTrue, deadline) {
    const onAbort = () => this.wake();
    deadline.addEventListener('abort', onAbort);
    while (!isTrue() && !this.ended && !deadline.aborted) {
      await /** @type {Promise<void>} */ (
        new Promise((resolve) => {
          this.wake = resolve;
        })
      );
    }
    deadline.removeEventListener('abort', onAbort);
    return isTrue() || this.ended;
  }

  /** Leaves nothing behind. */
  dispose() {
    this.ended = true;
    this.socket.destroy();
  }

  /** @param {'end' | 'reset'} how */
  end(how) {
    if (this.ended) return;
    this.ended = true;
    this.reader.end(how);
    this.wake();
  }
}

/**
 * One TCP connection on which exactly the bytes are said that a case wants, in the pieces it wants, and what comes back
 * becomes a transcript. It answers nothing by itself, and closes nothing before the server does: who closes TCP first is
 * part of what is examined (RFC 6455 §7.1.1).
 */
import { connect } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TranscriptReader } from './transcript.mjs';

export class RawConnection {
  reader = new TranscriptReader();
  ended = false;
  /** Called whenever there is more to be seen. */
  wake = () => {};

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.socket = socket;
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
   */
  static async open(port) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const connection = new RawConnection(socket);
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

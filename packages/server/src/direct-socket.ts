/**
 * A socket of Node without the detour through its streams. What the system has read goes to `push`, from there as an event `data` to its
 * listener, and in the next tick the stream looks whether it should read more; what is written becomes the stream's state, and in the
 * next tick the stream looks who waits for that. Where nothing waits on either way, all of that comes to calling one function, and costs
 * as much as everything that we do for a short message ourselves. So that is what happens here then; in every other case the streams
 * do their part, and pausing, `end`, `drain` and what others listen for are as ever.
 */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const takeKey: unique symbol = Symbol('holdfast.take');

interface DirectSocket extends Socket {
  [takeKey]?: (this: this, chunk: Buffer) => void;
}

/**
 * Has `take` called with what `socket` reads, as the listener of `data` that it is. Of any other stream than those of `node:net` and
 * `node:tls` it is nothing but that.
 */
export function readDirectly<Stream extends Duplex>(
  socket: Stream,
  take: (this: Stream, chunk: Buffer) => void,
): void {
  socket.on('data', take);
  // Somebody who has put a function of their own there wants to see what comes.
  if (!(socket instanceof Socket) || Object.hasOwn(socket, 'push')) return;
  const direct: DirectSocket = socket;
  direct[takeKey] = take as unknown as (this: Socket, chunk: Buffer) => void;
  direct.push = pushDirectly;
}

/** @returns as `Readable.push`: whether to go on reading */
function pushDirectly(this: DirectSocket, chunk: Buffer | null, encoding?: BufferEncoding): boolean {
  if (
    chunk === null ||
    this.readableFlowing !== true ||
    this.readableLength > 0 ||
    this.listenerCount('data') !== 1
  ) {
    return Socket.prototype.push.call(this, chunk, encoding);
  }
  this[takeKey]?.(chunk);
  return true;
}

/** Whether this is a plain TCP socket of Node, whose writes nobody else looks at. */
export function isPlainSocket(socket: Duplex): socket is Socket {
  return socket.constructor === Socket && !Object.hasOwn(socket, 'write');
}

/**
 * Writes to a plain socket for which nothing waits. The stream does not count what waits then; what is written to it goes behind that.
 *
 * @param callback called when the system has all of it, perhaps at once, or with the reason why it never will: then the caller destroys the socket
 */
export function writeDirectly(
  socket: Socket,
  bytes: Uint8Array,
  callback: (error?: Error | null) => void,
): void {
  socket._write(bytes, 'buffer' as BufferEncoding, callback);
}

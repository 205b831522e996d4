/**
 * A socket as a Duplex of Node: a chunk written is a message sent, a message received is a chunk to be read. Backpressure goes both ways:
 * a reader that is slow pauses the socket, and a write is done when the socket says that the message is. Nothing else is used
 * of the socket than its API, so that it may be on any transport.
 */
import { Duplex, type DuplexOptions } from 'node:stream';
import type { SendData } from './message-data.ts';
import type { WebSocket } from './websocket.ts';

/**
 * - The socket's end is the stream's `end`; a failure of the socket is the stream's `error`.
 * - `end()` closes the socket, and `finish` comes when it is closed; `destroy()` terminates it.
 * - Before the socket is open, writes wait.
 *
 * On a session a message is sent once the client has acknowledged it: as much as `writableHighWaterMark` is on its way at once.
 *
 * @param socket should have no other listeners of `message`; what it received before is lost
 * @param options of the Duplex. With `readableObjectMode` texts are read as strings, as they are written with `decodeStrings:
 *   false`; `objectMode` and `writableObjectMode` are ignored, as in ws.
 */
export function createWebSocketStream(socket: WebSocket, options?: DuplexOptions): Duplex {
  /** A failure leaves the socket to its own closing handshake. */
  let hasFailed = false;

  const stream = new Duplex({
    ...options,
    objectMode: false,
    writableObjectMode: false,
    read(): void {
      if (socket.isPaused) socket.resume();
    },
    write(chunk: SendData, _encoding, callback): void {
      whenOpen(() => socket.send(chunk, callback), callback);
    },
    writev(chunks: { readonly chunk: SendData }[], callback): void {
      whenOpen(() => {
        const last = chunks.length - 1;
        chunks.forEach(({ chunk }, at) => {
          socket.send(chunk, at === last ? callback : undefined);
        });
      }, callback);
    },
    final(callback): void {
      whenOpen(() => {
        whenClosed(() => callback());
        socket.close();
      }, callback);
    },
    destroy(error, callback): void {
      let reason = error;
      socket.on('error', (failure) => {
        reason ??= failure;
      });
      whenClosed(() => callback(reason));
      if (!hasFailed) socket.terminate();
    },
  });

  socket.on('message', (data, isBinary) => {
    if (stream.destroyed) return;
    const chunk = !isBinary && stream.readableObjectMode ? data.toString() : data;
    if (!stream.push(chunk)) socket.pause();
  });
  socket.once('error', (error) => {
    hasFailed = true;
    stream.destroy(error);
  });
  socket.once('close', () => {
    if (!stream.destroyed) stream.push(null);
  });
  return stream;

  /** At once, or as soon as it opens; `fail` where it does not. */
  function whenOpen(act: () => void, fail: (error: Error) => void): void {
    if (socket.readyState !== socket.CONNECTING) {
      act();
      return;
    }
    const onOpen = (): void => {
      socket.off('error', onError);
      act();
    };
    const onError = (error: Error): void => {
      socket.off('open', onOpen);
      fail(error);
    };
    socket.once('open', onOpen).once('error', onError);
  }

  /** Before the stream ends: `finish` comes first. */
  function whenClosed(act: () => void): void {
    if (socket.readyState === socket.CLOSED) act();
    else socket.prependOnceListener('close', act);
  }
}

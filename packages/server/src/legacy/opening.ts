/**
 * Answers a handshake of 2010 that is welcome, up to the connection. The head of the 101 is sent first, and then hixie-76's eight bytes
 * are waited for: some proxies let them through only once they have seen it.
 */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from '../connection-options.ts';
import { LegacyConnection } from './connection.ts';
import { challengeResponse, KEY_3_BYTES, type LegacyHandshake } from './handshake.ts';

/** What an opening handshake leaves. */
export interface LegacyOpening {
  readonly handshake: LegacyHandshake;
  /** Of the answer's head, without line ends. */
  readonly lines: readonly string[];
  readonly socket: Duplex;
  /** Bytes that were read behind the head of the request. */
  readonly head: Buffer;
  readonly options: ConnectionOptions;
  /** How long the eight bytes may take. */
  readonly timeoutMs: number;
}

/** Those that were given to `openLegacy`. */
const taken = new WeakSet<Duplex>();

export function hasLegacyConnection(socket: Duplex): boolean {
  return taken.has(socket);
}

/**
 * Calls back at once where everything has come, and never where the rest does not come in time or the connection ends: that it ends
 * for good is seen to here.
 *
 * @param done gets the connection, not started, and what was read behind the handshake
 */
export function openLegacy(
  { handshake, lines, socket, head, options, timeoutMs }: LegacyOpening,
  done: (connection: LegacyConnection, rest: Buffer) => void,
): void {
  const { draft, keyNumbers } = handshake;
  taken.add(socket);
  const connection = new LegacyConnection(socket, draft, options);
  connection.writeHead(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  if (keyNumbers === undefined) {
    done(connection, head);
  } else {
    readKey3(socket, head, timeoutMs, (key3, rest) => {
      connection.writeHead(challengeResponse(keyNumbers, key3));
      done(connection, rest);
    });
  }
}

function readKey3(
  socket: Duplex,
  head: Buffer,
  timeoutMs: number,
  done: (key3: Buffer, rest: Buffer) => void,
): void {
  let read = head;
  if (finish()) return;
  const timer = setTimeout(end, timeoutMs);
  socket.on('data', onData).on('end', end).on('close', stop);

  function finish(): boolean {
    if (read.length < KEY_3_BYTES) return false;
    done(read.subarray(0, KEY_3_BYTES), read.subarray(KEY_3_BYTES));
    return true;
  }
  function onData(chunk: Buffer): void {
    read = Buffer.concat([read, chunk]);
    if (read.length < KEY_3_BYTES) return;
    stop();
    socket.pause();
    finish();
  }
  function end(): void {
    stop();
    socket.destroy();
  }
  function stop(): void {
    clearTimeout(timer);
    socket.off('data', onData).off('end', end).off('close', stop);
  }
}

/**
 * One message to many sockets: it is checked and encoded once, and goes to each that is open, the excepted ones left out. Each
 * socket does with it what it does with a message of its own; which sockets those are, the caller says.
 */
import { isBinary, isBlob, type SendData, toPayload } from './message-data.ts';
import { PreparedMessage } from './prepared-message.ts';
import type { SocketLink } from './socket-link.ts';
import type { WebSocket } from './websocket.ts';

/** Options of one published message. */
export interface PublishOptions {
  /** A socket, or several, that do not get it: the publisher, say. Default: none. */
  readonly except?: WebSocket | Iterable<WebSocket> | undefined;
  /** Whether the message is binary. Default: true for binary data, false for strings. */
  readonly binary?: boolean | undefined;
  /** Whether permessage-deflate may compress this message. Default: true. */
  readonly compress?: boolean | undefined;
}

/**
 * @param data a Blob throws: its bytes would have to be waited for by each socket in its own order
 * @returns to how many sockets it goes
 * @throws TypeError data of a kind that has no bytes, or a Blob
 */
export function publish(
  receivers: ReadonlySet<SocketLink>,
  data: SendData,
  { except, binary = isBinary(data), compress = true }: PublishOptions,
): number {
  if (isBlob(data)) throw new TypeError('A Blob cannot be published, its arrayBuffer() can');
  const payload = toPayload(data);
  if (receivers.size === 0) return 0;
  const message = new PreparedMessage(payload, binary, compress);
  const excepted = toSet(except);
  let count = 0;
  for (const link of receivers) {
    if (!excepted.has(link.socket) && link.publish(message)) count++;
  }
  return count;
}

function toSet(except: PublishOptions['except']): ReadonlySet<unknown> {
  if (except === undefined) return NONE;
  if (except instanceof Set) return except;
  return new Set(Symbol.iterator in except ? except : [except]);
}

const NONE: ReadonlySet<never> = new Set();

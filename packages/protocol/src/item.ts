/**
 * What a session counts: fragments of messages, and the close that ends a direction. `fragment` cuts a
 * message into items; the session puts them together again. How an item looks on the wire is in wire.ts.
 */
import { utf8ByteLength } from './utf8.ts';

/** Text as a string or as valid UTF-8, or the bytes of a binary message. */
export type Payload = string | Uint8Array;

/** A fragment of a message. */
export interface DataItem {
  readonly kind: 'data';
  readonly data: Payload;
  readonly binary: boolean;
  /** Whether this is the last fragment of its message. */
  readonly final: boolean;
}

/** The numbered close: nothing follows it in its direction. */
export interface CloseItem {
  readonly kind: 'close';
  /** 1005 where the close carries no code. */
  readonly code: number;
  readonly reason: string;
}

/** One counted unit. */
export type Item = DataItem | CloseItem;

/**
 * The longest fragment, in bytes (binary) or UTF-16 code units (text). Small enough that one fits the request
 * body of every proxy seen (also in base64), that a slow link shows progress, and that little is sent twice after a cut; large
 * enough that its control message and its header do not show in a profile.
 */
export const MAX_FRAGMENT_LENGTH: number = 32 * 1024;

/** The payload's length in bytes on the wire: UTF-8 for text. */
export function payloadBytes(data: Payload): number {
  return typeof data === 'string' ? utf8ByteLength(data) : data.length;
}

/**
 * Cuts a message into fragments, in order; a short message is one. Binary fragments are views, not copies.
 *
 * @param maxLength of a fragment, in bytes (binary) or UTF-16 code units (text)
 * @param isEnd whether the message ends with `data`; false where that is a fragment itself
 */
export function fragment(
  data: Payload,
  binary: boolean,
  maxLength: number = MAX_FRAGMENT_LENGTH,
  isEnd = true,
): DataItem[] {
  if (data.length <= maxLength) return [{ kind: 'data', data, binary, final: isEnd }];
  const items: DataItem[] = [];
  let start = 0;
  while (start < data.length) {
    const end = fragmentEnd(data, start, binary, maxLength);
    const part = typeof data === 'string' ? data.slice(start, end) : data.subarray(start, end);
    items.push({ kind: 'data', data: part, binary, final: isEnd && end === data.length });
    start = end;
  }
  return items;
}

/** Text is cut between characters, so that each fragment is valid by itself. */
function fragmentEnd(data: Payload, start: number, binary: boolean, maxLength: number): number {
  const end = Math.min(start + maxLength, data.length);
  if (binary || end === data.length) return end;
  if (typeof data === 'string') {
    const unit = data.charCodeAt(end - 1);
    return unit >= 0xd800 && unit <= 0xdbff ? end - 1 : end;
  }
  // Bytes that are no UTF-8 (whoever sends them has been told that it is text) are cut anywhere.
  const first = end - MAX_CONTINUATION_BYTES;
  for (let at = end; at >= first; at--) if (((data[at] as number) & 0xc0) !== 0x80) return at;
  return end;
}

/** Of one character in UTF-8 (RFC 3629 §3). */
const MAX_CONTINUATION_BYTES = 3;

/** One UTF-16 code unit takes up to so many in UTF-8. */
export const MAX_BYTES_PER_UNIT = 3;

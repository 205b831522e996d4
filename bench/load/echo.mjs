/** Sends messages to an echo, a number of them in flight on each connection, and counts what comes back. */
import { randomBytes } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';
import { openMany } from './connection.mjs';
import { FIN, MessageCounter, maskedFrame, TEXT } from './frames.mjs';
import { COMPRESSED, payloadBytes, payloadFrame } from './payload.mjs';

/** Our client acknowledges 256 KiB, and counts a kibibyte for each message beside its payload (client/src/session.ts). */
const ACKNOWLEDGE_AFTER_MESSAGES = 250;

/**
 * @typedef {{
 *   port: number,
 *   connections: number,
 *   inFlight: number,
 *   payload: import('./payload.mjs').Payload,
 *   session?: boolean,
 * }} EchoLoad
 * `session`: as a Holdfast client does, with a session over the WebSocket
 */

/** @param {EchoLoad} load @returns {Promise<import('./main.mjs').Running>} */
export async function echo({ port, connections: count, inFlight, payload, session = false }) {
  const frame = payloadFrame(payload);
  // By how many messages it holds. A long message is alone in its frame, and not copied.
  const frames = [frame];
  for (let messages = 2; messages <= inFlight; messages++) {
    frames.push(Buffer.concat(Array.from({ length: messages }, () => frame)));
  }
  const isCompressed = payload.kind === 'json';
  const connections = await openMany(
    {
      port,
      ...(isCompressed && { extensions: 'permessage-deflate; client_max_window_bits' }),
      ...(session && { protocol: drawToken }),
    },
    count,
  );
  const [first] = connections;
  if (isCompressed && !/^sec-websocket-extensions: permessage-deflate/im.test(first?.head ?? '')) {
    for (const connection of connections) connection.close();
    return { unmeasurable: 'permessage-deflate was not agreed to', progress: () => 0, close() {} };
  }

  const counters = connections.map((connection, index) => {
    const counter = new MessageCounter(session);
    let acknowledged = 0;
    const newCheck = isCompressed ? compressedEchoCheck : echoCheck;
    const check = index === 0 && !session ? newCheck(payloadBytes(payload)) : undefined;
    let isChecked = check === undefined;
    connection.onBytes = (bytes, length) => {
      if (!isChecked) isChecked = check?.(bytes.subarray(0, length)) ?? true;
      const messages = counter.push(bytes, length);
      if (messages === 0) return;
      /** Leaves in one write with the next messages, as all of a turn does. */
      let acknowledgement;
      if (session && counter.messages - acknowledged >= ACKNOWLEDGE_AFTER_MESSAGES) {
        acknowledged = counter.messages;
        acknowledgement = maskedFrame(TEXT, Buffer.from(`~ack ${acknowledged}`));
      }
      for (let left = messages; left > 0; left -= inFlight) {
        const next = /** @type {Buffer} */ (frames[Math.min(left, inFlight) - 1]);
        connection.write(acknowledgement === undefined ? next : Buffer.concat([acknowledgement, next]));
        acknowledgement = undefined;
      }
    };
    return counter;
  });
  for (const connection of connections) connection.write(/** @type {Buffer} */ (frames[inFlight - 1]));

  return {
    progress: () => counters.reduce((sum, counter) => sum + counter.progress, 0),
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

/** A first attach, as a Holdfast client states it (PROTOCOL.md §3). */
function drawToken() {
  const id = randomBytes(16).toString('base64url');
  const secret = randomBytes(16).toString('base64url');
  return `holdfast.v1.${id}.${secret}.1.new`;
}

/**
 * Looks whether the first message that comes back is the one that was sent; a bare socket sends it back masked.
 *
 * @param {Buffer} payload
 * @returns {(bytes: Buffer) => boolean} takes what comes; says whether it has seen enough. Throws where it is another one
 */
function echoCheck(payload) {
  const headerBytes = payload.length < 126 ? 2 : payload.length <= 0xffff ? 4 : 10;
  /** @type {Buffer[]} */
  const chunks = [];
  let seenBytes = 0;
  return (bytes) => {
    chunks.push(Buffer.from(bytes));
    seenBytes += bytes.length;
    const isMasked = ((chunks[0]?.[1] ?? 0) & 0x80) !== 0;
    const start = headerBytes + (isMasked ? 4 : 0);
    if (seenBytes < start + payload.length) return false;
    const frame = Buffer.concat(chunks).subarray(0, start + payload.length);
    const key = isMasked ? frame.subarray(start - 4, start) : Buffer.alloc(4);
    const echoed = frame.subarray(start).map((byte, i) => byte ^ (key[i & 3] ?? 0));
    if (!payload.equals(echoed)) throw new Error('What came back is not what was sent.');
    return true;
  };
}

/**
 * The same of a server that compresses: whether it has. (RFC 7692 §7.2.1; the first message refers to none before.)
 *
 * @param {Buffer} payload
 * @returns {(bytes: Buffer) => boolean}
 */
function compressedEchoCheck(payload) {
  let frame = Buffer.alloc(0);
  return (bytes) => {
    frame = Buffer.concat([frame, bytes]);
    const [first = 0, second = 0] = frame;
    const start = second < 126 ? 2 : 4;
    if (frame.length < start) return false;
    const end = start + (second < 126 ? second : frame.readUInt16BE(2));
    if (frame.length < end) return false;
    if (first !== (FIN | COMPRESSED | TEXT)) throw new Error('What came back is not compressed.');
    const echoed = inflateRawSync(frame.subarray(start, end), { finishFlush: constants.Z_SYNC_FLUSH });
    if (!payload.equals(echoed)) throw new Error('What came back is not what was sent.');
    return true;
  };
}

/**
 * Holdfast (PROTOCOL.md §5): every request begins with the statement, bodies hold unmasked frames. As a client does, it
 * acknowledges by the count it states, and drops what it has counted already.
 */
import { randomBytes } from 'node:crypto';
import { requestWriter } from './http-connection.mjs';

const TEXT = 0x81;
const LENGTH_IN_16_BITS = 126;
/** Longer ones are not sent here. */
const LENGTH_IN_64_BITS = 127;
const TILDE = 0x7e;
const FROM = '~from ';

/** As long as the client of this repository. */
const HOLD_MS = 18_000;

/** @param {number} port @param {{ payload: string, streams: boolean }} options @returns {import('./session.mjs').Dialect} */
export function holdfast(port, { payload, streams }) {
  const session = randomBytes(12).toString('base64url');
  const secret = randomBytes(16).toString('base64url');
  const write = requestWriter(port, 'POST', `/?holdfast=${session}`);
  const message = frame(payload);
  /** In both directions, so far. */
  const counts = { received: 0, acknowledged: 0, sent: 0 };
  /** @param {object} fields */
  const statement = (fields) =>
    frame(`~attach ${JSON.stringify({ version: 1, session, secret, attach: 1, ...fields })}`);
  return {
    opening: () => write(statement({ received: null, answer: 'now' })),
    opened(body) {
      if (!body.includes('~attached ')) throw new Error(`holdfast answered: ${body}`);
    },
    poll: () =>
      write(statement({ received: counts.received, answer: streams ? 'stream' : 'hold', holdMs: HOLD_MS })),
    post(count) {
      const { received, sent } = counts;
      counts.acknowledged = received;
      counts.sent += count;
      const messages = `${frame(`${FROM}${sent}`)}${message.repeat(count)}`;
      return write(statement({ received, answer: 'now' }) + messages);
    },
    ...(streams && {
      acknowledgement() {
        const { received } = counts;
        if (received === counts.acknowledged) return undefined;
        counts.acknowledged = received;
        return write(statement({ received, answer: 'now' }));
      },
    }),
    readPoll: numberedMessages(counts),
    readPost: numberedMessages(counts),
  };
}

/** In latin1. @param {string} text ASCII */
function frame(text) {
  const { length } = text;
  const size =
    length < LENGTH_IN_16_BITS
      ? String.fromCharCode(length)
      : String.fromCharCode(LENGTH_IN_16_BITS, length >> 8, length & 0xff);
  return String.fromCharCode(TEXT) + size + text;
}

/** @param {{ received: number }} counts @returns {import('./session.mjs').Reader} */
function numberedMessages(counts) {
  let number = Number.NaN;
  /** The beginning of a frame that has not come whole. */
  let rest = Buffer.alloc(0);
  return {
    push(chunk, chunkStart, chunkEnd) {
      const before = counts.received;
      const isWhole = rest.length === 0;
      const bytes = isWhole ? chunk : Buffer.concat([rest, chunk.subarray(chunkStart, chunkEnd)]);
      const end = isWhole ? chunkEnd : bytes.length;
      let at = isWhole ? chunkStart : 0;
      for (;;) {
        const header = headerBytes(bytes, at, end);
        const start = at + header;
        const next = header === 0 ? Number.POSITIVE_INFINITY : start + payloadBytes(bytes, at);
        if (next > end) break;
        if (bytes[start] !== TILDE) {
          if (!(number <= counts.received)) throw new Error('Messages are missing.');
          if (number++ === counts.received) counts.received++;
        } else {
          const text = bytes.toString('latin1', start, next);
          if (text.startsWith(FROM)) number = Number(text.slice(FROM.length));
          else if (/^~(gone|superseded|stalled)/.test(text)) throw new Error(`holdfast answered: ${text}`);
        }
        at = next;
      }
      rest = Buffer.from(bytes.subarray(at, end));
      return counts.received - before;
    },
    end() {
      if (rest.length > 0) throw new Error('A frame was cut.');
      number = Number.NaN;
    },
  };
}

/** 0 where it has not come whole. @param {Buffer} bytes @param {number} at @param {number} end */
function headerBytes(bytes, at, end) {
  if (end - at < 2) return 0;
  const length = /** @type {number} */ (bytes[at + 1]);
  if (length === LENGTH_IN_64_BITS) throw new Error('Such long frames are not read here.');
  const header = length === LENGTH_IN_16_BITS ? 4 : 2;
  return end - at < header ? 0 : header;
}

/** Of a header that has come whole. @param {Buffer} bytes @param {number} at */
function payloadBytes(bytes, at) {
  const length = /** @type {number} */ (bytes[at + 1]);
  return length === LENGTH_IN_16_BITS ? bytes.readUInt16BE(at + 2) : length;
}

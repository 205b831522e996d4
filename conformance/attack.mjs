/**
 * One hostile connection: a seed → what is said, how it is cut into pieces, and the judgement on what came back. The
 * same seed says the same.
 */
import { isDeepStrictEqual } from 'node:util';
import { switchingProtocols } from './case.mjs';
import { Inflater } from './deflate.mjs';
import {
  compressedStream,
  frameStream,
  mutate,
  wrongAttach,
  wrongFallbackRequest,
  wrongHandshake,
} from './hostile.mjs';
import { answerTo } from './oracle.mjs';
import { Random } from './random.mjs';
import { RawConnection } from './raw-connection.mjs';
import { handshake, ping, text } from './wire.mjs';

/** What went wrong, told so that it can be understood, and repeated by its number. */
/** @typedef {{ kind: string, isHang: boolean, story: string, number?: number }} Failure */

/** When a connection counts as hanging: the client has said all it will, and ended its half of TCP. */
const HANG_MS = 15_000;

/** Of the endpoints that are attacked (echo-server.mjs). */
const LIMITS = { maxMessageBytes: 1000, maxFragments: 8 };
const ENDPOINT = 'limited';
const COMPRESSING_ENDPOINT = 'deflatingLimited';
const EXTENSIONS = 'permessage-deflate';

/** A request's answer, or nothing where there was no request. */
const STATUS_LINE = /^(101|200|4\d\d|5\d\d)\b/;

/**
 * What a client of each kind says, and what is asked of the answer: `exact` as the oracle has it, `well-formed` anything
 * that HTTP or RFC 6455 lets a server say, `none` where the client does not wait for it.
 *
 * `compressed`: permessage-deflate is agreed upon first.
 *
 * @typedef {{ bytes: Buffer, judgement: 'exact' | 'well-formed' | 'none', reads?: 'at once' | 'late', compressed?: boolean }} Plan
 * @type {readonly { kind: string, share: number, plan: (random: Random) => Plan }[]}
 */
const KINDS = [
  { kind: 'frames', share: 45, plan: (random) => ({ bytes: frameStream(random), judgement: 'exact' }) },
  {
    kind: 'compressed',
    share: 15,
    plan: (random) => ({ bytes: compressedStream(random), judgement: 'exact', compressed: true }),
  },
  {
    kind: 'noise',
    share: 5,
    plan: (random) => ({ bytes: random.bytes(random.below(300)), judgement: 'exact' }),
  },
  {
    kind: 'handshake',
    share: 15,
    plan: (random) => ({ bytes: wrongHandshake(random), judgement: 'well-formed' }),
  },
  { kind: 'attach', share: 5, plan: (random) => ({ bytes: wrongAttach(random), judgement: 'well-formed' }) },
  {
    kind: 'fallback',
    share: 7,
    plan: (random) => ({ bytes: wrongFallbackRequest(random), judgement: 'well-formed' }),
  },
  {
    kind: 'reset',
    share: 6,
    plan: (random) => ({ bytes: withHandshake(random, frameStream(random)), judgement: 'none' }),
  },
  {
    kind: 'flood',
    share: 2,
    plan: (random) => ({
      bytes: withHandshake(random, flood(random)),
      judgement: 'well-formed',
      reads: 'late',
    }),
  },
];
const SHARES = KINDS.reduce((sum, { share }) => sum + share, 0);

/**
 * @param {(endpoint: string) => number} portOf
 * @param {string} seed
 * @returns {Promise<{ kind: string, failure?: Failure }>}
 */
export async function attack(portOf, seed) {
  const random = new Random(seed);
  const { kind, plan } = pickKind(random);
  const { bytes, judgement, reads = 'at once', compressed = false } = plan(random);
  const headers = { 'Sec-WebSocket-Extensions': compressed ? EXTENSIONS : undefined };
  const stream = judgement === 'exact' ? Buffer.concat([handshake({ headers }), bytes]) : bytes;
  const connection = await RawConnection.open(portOf(compressed ? COMPRESSING_ENDPOINT : ENDPOINT));
  try {
    if (reads === 'late') connection.socket.pause();
    for (const piece of pieces(stream, random)) {
      if (connection.ended) break;
      await connection.write(piece);
    }
    if (judgement === 'none') {
      connection.reset();
      return { kind };
    }
    connection.endOutput();
    connection.socket.resume();
    const deadline = AbortSignal.timeout(HANG_MS);
    await connection.until(() => false, deadline);
    const { lines, ended } = connection;
    const problem = ended ? judge(lines, judgement, bytes, compressed) : 'It hangs';
    if (problem === undefined) return { kind };
    const story = [
      `    ${problem}`,
      '    said',
      `      ${quote(stream)}`,
      '    observed',
      ...lines.map((line) => `      ${line}`),
    ];
    return { kind, failure: { kind, isHang: !ended, story: story.join('\n') } };
  } finally {
    connection.dispose();
  }
}

/**
 * @param {readonly string[]} lines
 * @param {'exact' | 'well-formed'} judgement
 * @param {Buffer} bytes behind the handshake, where the judgement is exact
 * @param {boolean} compressed
 * @returns {string | undefined} what is wrong
 */
function judge(lines, judgement, bytes, compressed) {
  if (lines.at(-1) !== 'end') return 'It did not end as it should';
  if (lines.some((line) => line.startsWith('malformed'))) return 'Malformed';
  if (judgement === 'well-formed') {
    return lines.length === 1 || STATUS_LINE.test(lines[0] ?? '') ? undefined : 'No answer to a request';
  }
  const answer = answerTo(bytes, compressed ? { ...LIMITS, inflater: new Inflater() } : LIMITS);
  const said = lines.slice(0, -1);
  const last = said.at(-1) ?? '';
  const expected = [switchingProtocols(compressed ? EXTENSIONS : undefined), ...answer.lines];
  if (isDeepStrictEqual(said, expected) && (answer.codes.length === 0 || !answer.isCertain)) return undefined;
  const hasFailed = answer.codes.some(
    (code) => last === `close ${code}` || last.startsWith(`close ${code} `),
  );
  if (hasFailed && isDeepStrictEqual(said.slice(0, -1), expected)) return undefined;
  const wanted = answer.codes.length === 0 ? '' : `, then a Close with one of ${answer.codes.join(', ')}`;
  return ['Expected', ...expected.map((line) => `      ${line}`)].join('\n') + wanted;
}

/** @param {Random} random */
function pickKind(random) {
  let left = random.below(SHARES);
  for (const each of KINDS) {
    left -= each.share;
    if (left < 0) return each;
  }
  throw new Error('The shares do not add up');
}

/** @param {Random} random @param {Buffer} frames */
function withHandshake(random, frames) {
  const stream = Buffer.concat([handshake(), frames]);
  return random.chance(0.3) ? mutate(stream, random) : stream;
}

/** More than the buffers on the way hold, from a client that does not read meanwhile. */
/** @param {Random} random */
function flood(random) {
  const frames = Array.from({ length: 500 }, () => [
    text('x'.repeat(1000)),
    ping('p'.repeat(random.below(126))),
  ]);
  return Buffer.concat(frames.flat());
}

/** In one piece, a few, or many. */
/** @param {Buffer} stream @param {Random} random */
function pieces(stream, random) {
  const longest = random.pick([stream.length, 1000, 100, 10]);
  const parts = [];
  for (let at = 0; at < stream.length; ) {
    // A long stream is not worth ten thousand writes.
    const length = Math.max(1 + random.below(longest), Math.ceil(stream.length / 200));
    parts.push(stream.subarray(at, at + length));
    at += length;
  }
  return parts;
}

/** @param {Buffer} bytes */
function quote(bytes) {
  const shown = bytes.subarray(0, 2000).toString('latin1');
  return JSON.stringify(shown) + (bytes.length > 2000 ? `… ${bytes.length} bytes` : '');
}

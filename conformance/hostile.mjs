/**
 * What a hostile client may say: streams of frames that are nearly right, handshakes that are nearly right, statements
 * and bodies of fallbacks that are not, and plain noise. Randomness in → bytes out.
 */
import { Deflater, deflated } from './deflate.mjs';
import { close, continuation, frame, handshake, OPCODE, ping, pong } from './wire.mjs';

/** @typedef {import('./random.mjs').Random} Random */

/** About the limits of the endpoint that is attacked: 1,000 bytes in 8 fragments. */
const SIZES = [0, 0, 1, 2, 5, 20, 124, 125, 126, 127, 128, 300, 999, 1000, 1001];
const TEXTS = ['', 'a', 'hello', 'κόσμε', '😀', '\0', '\u{10ffff}', '\ufffd', 'é'.repeat(60)];
const NOT_UTF8 = ['ff', '80', 'c0af', 'eda080', 'f4908080', 'c3', 'e282', 'f09f98', '61c328'];
const CODES = [
  0, 999, 1000, 1001, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000, 65_535,
];
const LENGTHS = [
  0,
  125,
  126,
  65_535,
  65_536,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** How often a frame is made wrong on purpose, and a whole stream afterwards. */
const WRONG_FRAME = 0.06;
const WRONG_BYTES = 0.2;

const MOST_MESSAGES = 12;

/** Frames as a client sends them, most of them good. */
/** @param {Random} random */
export function frameStream(random) {
  /** @type {Buffer[]} */
  const frames = [];
  for (let left = 1 + random.below(MOST_MESSAGES); left > 0; left--) frames.push(...message(random));
  if (random.chance(0.5)) frames.push(closeFrame(random));
  if (random.chance(0.2)) frames.push(...message(random));
  const stream = Buffer.concat(frames);
  return random.chance(WRONG_BYTES) ? mutate(stream, random) : stream;
}

/** @param {Random} random @returns {Buffer[]} */
function message(random) {
  if (random.chance(WRONG_FRAME)) return [wrongFrame(random)];
  if (random.chance(0.2)) return [controlFrame(random)];
  const opcode = random.pick([OPCODE.text, OPCODE.binary]);
  const payload = opcode === OPCODE.text ? textPayload(random) : random.bytes(random.pick(SIZES));
  return inFragments(opcode, payload, 0, random);
}

/** @param {number} opcode @param {Buffer} payload @param {number} rsv of the first @param {Random} random */
function inFragments(opcode, payload, rsv, random) {
  if (random.chance(0.6)) return [frame(opcode, payload, { maskingKey: random.bytes(4), rsv })];

  const frames = [];
  const count = 1 + random.below(random.chance(0.1) ? 12 : 5);
  let at = 0;
  for (let left = count; left > 0; left--) {
    const end = left === 1 ? payload.length : at + random.below(payload.length - at + 1);
    const isFirst = left === count;
    const options = { fin: left === 1, maskingKey: random.bytes(4), rsv: isFirst ? rsv : 0 };
    frames.push(frame(isFirst ? opcode : OPCODE.continuation, payload.subarray(at, end), options));
    if (left > 1 && random.chance(0.2)) frames.push(controlFrame(random));
    at = end;
  }
  return frames;
}

/** @param {Random} random */
function textPayload(random) {
  const words = Array.from({ length: random.below(6) }, () => Buffer.from(random.pick(TEXTS)));
  if (random.chance(0.05))
    words.splice(random.below(words.length + 1), 0, Buffer.from(random.pick(NOT_UTF8), 'hex'));
  if (random.chance(0.1)) words.push(Buffer.alloc(random.pick(SIZES), 'x'));
  return Buffer.concat(words);
}

/** @param {Random} random */
function controlFrame(random) {
  const payload = random.bytes(random.below(126));
  return random.pick([ping, pong])(payload, { maskingKey: random.bytes(4) });
}

/** @param {Random} random */
function closeFrame(random) {
  if (random.chance(0.2)) return close();
  const reason = Buffer.from(
    random.chance(0.8) ? random.pick(TEXTS) : random.pick(NOT_UTF8),
    random.chance(0.8) ? 'utf8' : 'hex',
  );
  return close(random.pick(CODES), reason.subarray(0, 123));
}

/** @param {Random} random */
function wrongFrame(random) {
  const payload = random.bytes(random.pick(SIZES));
  const opcode = random.below(16);
  switch (random.below(7)) {
    case 0:
      return frame(opcode, payload, { maskingKey: null });
    case 1:
      return frame(opcode, payload, { rsv: 1 + random.below(7) });
    case 2:
      return frame(opcode, payload, { fin: random.chance(0.5) });
    case 3:
      return frame(opcode, payload, { claimedLength: random.pick(LENGTHS), lengthBits: 64 });
    case 4:
      return frame(opcode, payload.subarray(0, 100), {
        lengthBits: random.pick(/** @type {const} */ ([16, 64])),
      });
    case 5:
      return continuation(payload);
    default:
      return random.bytes(1 + random.below(40));
  }
}

/** RSV1 as `frame` has it. */
const RSV1 = 4;

/** How often what a compressed message holds is damaged, and how often it is a bomb. */
const WRONG_DEFLATE = 0.06;
const BOMB = 0.03;

/** 1 MiB of nothing in 1 KiB. */
const BOMB_PAYLOAD = deflated(Buffer.alloc(1024 * 1024));

/** The same where permessage-deflate was agreed upon: many of the messages are compressed, in reference to those before. */
/** @param {Random} random */
export function compressedStream(random) {
  const deflater = new Deflater();
  /** @type {Buffer[]} */
  const frames = [];
  for (let left = 1 + random.below(MOST_MESSAGES); left > 0; left--) {
    frames.push(...(random.chance(0.3) ? message(random) : compressedMessage(random, deflater)));
  }
  if (random.chance(0.5)) frames.push(closeFrame(random));
  const stream = Buffer.concat(frames);
  return random.chance(WRONG_BYTES) ? mutate(stream, random) : stream;
}

/** @param {Random} random @param {Deflater} deflater @returns {Buffer[]} */
function compressedMessage(random, deflater) {
  const opcode = random.pick([OPCODE.text, OPCODE.binary]);
  const data = opcode === OPCODE.text ? textPayload(random) : random.bytes(random.pick(SIZES));
  let payload = random.chance(BOMB) ? BOMB_PAYLOAD : deflater.message(data);
  if (random.chance(WRONG_DEFLATE)) payload = mutate(payload, random);
  return inFragments(opcode, payload, RSV1, random);
}

/** Some bytes changed, left out, doubled or put in. */
/** @param {Buffer} bytes @param {Random} random */
export function mutate(bytes, random) {
  let mutated = Buffer.from(bytes);
  for (let left = 1 + random.below(4); left > 0 && mutated.length > 0; left--) {
    const at = random.below(mutated.length);
    const end = Math.min(mutated.length, at + 1 + random.below(8));
    switch (random.below(5)) {
      case 0:
        mutated[at] = mutated.readUInt8(at) ^ (1 << random.below(8));
        break;
      case 1:
        mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(end)]);
        break;
      case 2:
        mutated = Buffer.concat([mutated.subarray(0, end), mutated.subarray(at)]);
        break;
      case 3:
        mutated = Buffer.concat([
          mutated.subarray(0, at),
          random.bytes(1 + random.below(8)),
          mutated.subarray(at),
        ]);
        break;
      default:
        mutated = mutated.subarray(0, at);
    }
  }
  return mutated;
}

const ODD_VALUES = [
  '',
  ' ',
  '13',
  'websocket',
  'upgrade',
  ',',
  ';',
  '"',
  'a, b',
  'null',
  '\xff',
  'x'.repeat(9000),
  'permessage-deflate; server_max_window_bits=8; client_max_window_bits',
  'permessage-deflate; x="',
  '%00',
  '*',
];
const FIELDS = [
  'Host',
  'Upgrade',
  'Connection',
  'Sec-WebSocket-Key',
  'Sec-WebSocket-Version',
  'Sec-WebSocket-Protocol',
  'Sec-WebSocket-Extensions',
  'Origin',
  'Content-Length',
  'Transfer-Encoding',
  'Expect',
  'Cookie',
];
const REQUEST_LINES = [
  'GET / HTTP/1.1',
  'GET / HTTP/1.0',
  'POST / HTTP/1.1',
  'GET //\\..%2f HTTP/1.1',
  'GET * HTTP/1.1',
  'CONNECT a:1 HTTP/1.1',
  'GET http:// HTTP/1.1',
  'PRI * HTTP/2.0',
  'GET /?holdfast=1 HTTP/1.1',
  `GET /${'x'.repeat(20_000)} HTTP/1.1`,
];

/** A handshake with fields changed, left out, doubled or put in; sometimes bytes. */
/** @param {Random} random */
export function wrongHandshake(random) {
  /** @type {Record<string, string | undefined>} */
  const headers = {};
  /** @type {string[]} */
  const lines = [];
  for (let left = random.below(3); left > 0; left--) {
    const value = random.chance(0.3) ? undefined : random.pick(ODD_VALUES);
    headers[random.pick(FIELDS)] = value;
  }
  for (let left = random.below(3); left > 0; left--)
    lines.push(`${random.pick(FIELDS)}: ${random.pick(ODD_VALUES)}`);
  if (random.chance(0.05)) lines.push(...Array(3000).fill('X: y'));
  const requestLine = random.chance(0.5) ? 'GET / HTTP/1.1' : random.pick(REQUEST_LINES);
  const bytes = handshake({ headers, lines, requestLine });
  return random.chance(0.5) ? mutate(bytes, random) : bytes;
}

const STATEMENTS = [
  'holdfast.v1.',
  'holdfast.v1..',
  'holdfast.v1.a.b.0',
  'holdfast.v1.a.b.-1',
  'holdfast.v1.a.b.1e9',
  'holdfast.v2.a.b.0',
];

/** A handshake that offers an attach which is none, with noise behind it. */
/** @param {Random} random */
export function wrongAttach(random) {
  const id = random
    .bytes(16)
    .toString('hex')
    .slice(0, random.pick([0, 1, 16, 22, 32]));
  const secret = random
    .bytes(32)
    .toString('base64url')
    .slice(0, random.pick([0, 1, 22, 43]));
  const token = random.chance(0.5)
    ? random.pick(STATEMENTS)
    : `holdfast.v1.${id}.${secret}.${random.below(3)}`;
  const head = handshake({ headers: { 'Sec-WebSocket-Protocol': token } });
  return Buffer.concat([head, frameStream(random)]);
}

/** The options of a statement (PROTOCOL.md §3), most of them good. */
const ANSWERS = ['now', 'now', 'hold', 'stream', 'never', undefined];
const COUNTS = [null, null, 0, 1, -1, 1.5, 2 ** 53, '0', undefined];
const CONTROLS = [
  '~from 0',
  '~from 1',
  '~from -1',
  '~ack 0',
  '~ack 9',
  '~more',
  '~close 1000',
  '~close 1005',
  '~ping x',
  '~',
  '~unknown',
  '~~',
  '',
];

/** A request of a fallback (PROTOCOL.md §5) that is nearly right. */
/** @param {Random} random */
export function wrongFallbackRequest(random) {
  const session = random.bytes(16).toString('hex');
  const statement = {
    version: random.chance(0.9) ? 1 : 2,
    session,
    secret: random.bytes(16).toString('hex'),
    attach: random.chance(0.9) ? 1 : random.pick(COUNTS),
    received: random.pick(COUNTS),
    answer: random.pick(ANSWERS),
    holdMs: random.chance(0.5) ? 100 : random.pick(COUNTS),
  };
  const messages = [`~attach ${JSON.stringify(statement)}`, '~from 0', 'hello'];
  for (let left = random.below(5); left > 0; left--) messages.push(random.pick(CONTROLS), random.pick(TEXTS));
  const frames = messages.map((each) => frame(OPCODE.text, each, { maskingKey: null }));
  const body = random.chance(0.6) ? mutate(Buffer.concat(frames), random) : Buffer.concat(frames);
  const length = random.chance(0.9) ? body.length : random.pick([0, 1, body.length + 5, 2 ** 31, 2 ** 53]);
  const fields = ['Host: 127.0.0.1', 'Content-Type: text/plain', `Content-Length: ${length}`];
  const head = [`POST /?holdfast=${random.chance(0.9) ? session : 'x'} HTTP/1.1`, ...fields];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

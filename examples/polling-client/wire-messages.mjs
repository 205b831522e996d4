/**
 * The wire messages of an HTTP body (PROTOCOL.md §2), and the exchange of such bodies. Each wire message is an RFC 6455
 * frame, unmasked, with FIN set, and either a fragment of an application's message or a control.
 *
 * In: messages and controls to send, bodies received. Knows nothing of numbers and sessions.
 */
const MAX_FRAGMENT_LENGTH = 32_768; // Bytes of binary, UTF-16 code units of text.
const [TEXT, BINARY] = [0x81, 0x82]; // FIN and the opcode.
const FIRST_VERBS = ['~attached', '~superseded', '~gone']; // Of a server that speaks this protocol (§5).
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // A byte order mark is part of the text.

/** @returns {Blob} the frame of `~verb`, with those of these words that are not empty */
export const control = (verb, ...words) =>
  frame([`~${verb}`, ...words.filter((word) => word !== '')].join(' '));

/** @returns {Blob[]} a message, cut into fragments: each one framed, with `~more` before all but the last */
export function fragmentsOf(message) {
  const fragments = [];
  for (let start = 0, end = 0; fragments.length === 0 || start < message.length; start = end) {
    end = start + MAX_FRAGMENT_LENGTH;
    if (end < message.length && splitsSurrogatePair(message, end)) end -= 1;
    const piece = message.slice(start, end);
    const fragment = frame(typeof piece === 'string' && piece.startsWith('~') ? `~${piece}` : piece);
    fragments.push(end < message.length ? new Blob([control('more'), fragment]) : fragment);
  }
  return fragments;
}

/** @returns {Blob[]} as many of these frames, from the first on, as fit into so many bytes */
export function fittingInto(bytes, frames) {
  let [count, size] = [0, 0];
  while (count < frames.length && size + frames[count].size <= bytes) size += frames[count++].size;
  return frames.slice(0, count);
}

/** @returns {string | Uint8Array} the message that was cut into these pieces */
export function join(pieces) {
  if (typeof pieces[0] === 'string') return pieces.join('');
  const message = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    message.set(piece, at);
    at += piece.length;
  }
  return message;
}

/**
 * Posts frames, and returns the wire messages of the answer once it is complete.
 *
 * @param {AbortController} attempt is aborted where the answer does not come within `patienceMs`
 */
export async function exchange(url, frames, attempt, patienceMs) {
  attempt.signal.throwIfAborted();
  const timer = setTimeout(() => attempt.abort(), patienceMs);
  try {
    const body = new Blob(frames); // A Blob without a type sends no Content-Type, so needs no CORS preflight (§5).
    const response = await fetch(url, { method: 'POST', body, signal: attempt.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    const answer = [...wireMessages(await response.arrayBuffer())];
    if (!FIRST_VERBS.includes(answer[0]?.verb)) throw new Error('This answer is not of the protocol.');
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

/** Yields what a body holds: `~verb` and what follows it, or a fragment, which has the verb ''. */
function* wireMessages(/** @type {ArrayBuffer} */ body) {
  const view = new DataView(body);
  for (let at = 0; at < body.byteLength; ) {
    const [opcode, shortLength] = [view.getUint8(at), view.getUint8(at + 1)];
    if (opcode !== TEXT && opcode !== BINARY) throw new Error('The body is no sequence of wire messages.');
    let [start, length] = [at + 2, shortLength];
    if (shortLength === 126) [start, length] = [at + 4, view.getUint16(at + 2)];
    if (shortLength === 127) [start, length] = [at + 10, Number(view.getBigUint64(at + 2))];
    const payload = new Uint8Array(body, start, length); // Throws where the body is cut short.
    yield opcode === TEXT ? parse(decoder.decode(payload)) : { verb: '', data: payload };
    at = start + length;
  }
}

function parse(text) {
  if (!text.startsWith('~')) return { verb: '', data: text };
  if (text.startsWith('~~')) return { verb: '', data: text.slice(1) };
  const verb = text.split(' ', 1)[0];
  return { verb, data: text.slice(verb.length + 1) };
}

function frame(payload) {
  const { size } = new Blob([payload]); // In UTF-8.
  let length = [size];
  if (size > 125) length = [126, size >> 8, size];
  if (size > 65_535) length = [127, 0, 0, 0, 0, 0, size >> 16, size >> 8, size];
  return new Blob([Uint8Array.of(typeof payload === 'string' ? TEXT : BINARY, ...length), payload]);
}

function splitsSurrogatePair(message, index) {
  return typeof message === 'string' && message.codePointAt(index - 1) > 0xffff;
}

/**
 * A case: what a client says, and what a server then must say, line by line (see transcript.mjs), until the connection
 * is at its end. Here is the form of a case, and how one is run; the cases themselves are in `cases/`.
 */
import { RawConnection } from './raw-connection.mjs';
import { isExpected, TranscriptReader } from './transcript.mjs';
import { ACCEPT, close, handshake } from './wire.mjs';

/**
 * One move of the client. Bytes are written; `{ lines }` waits until the server has said so many since the handshake;
 * the words do what they say.
 *
 * @typedef {Uint8Array | { lines: number } | 'end output' | 'reset' | 'stop reading' | 'read on'} Move
 */

/**
 * @typedef {object} Case
 * @property {string} name the section of the RFC, then a sentence
 * @property {readonly Move[]} moves
 * @property {readonly string[]} expected every line; `…` at the end of one: whatever follows
 * @property {string} [endpoint] of the server; default `echo`
 * @property {{ offer: string, answer?: string | undefined }} [extensions] of the opening handshake; without an answer they are declined
 * @property {boolean} [raw] without an opening handshake: the moves bring their own. Default false
 * @property {Opening} [opening] another opening handshake than that of RFC 6455
 * @property {string} [application] how the application must see the connection close
 */

/**
 * @typedef {object} Opening
 * @property {(path: string, extensions: Case['extensions']) => Uint8Array} request
 * @property {(path: string, extensions: Case['extensions']) => readonly string[]} answer the lines before those of the case
 * @property {() => import('./raw-connection.mjs').Reader} newReader makes lines of what the server says
 */

/** A category of cases: a row of the table. */
/** @typedef {{ name: string, cases: readonly Case[], peer?: string }} Category with `peer`: for that one alone */

/** How a case ended. */
/** @typedef {{ passed: boolean, observed: readonly string[], expected: readonly string[] }} Outcome */

/** The answer to the opening handshake of a case that is not raw. */
export const SWITCHING_PROTOCOLS = `101 | connection: Upgrade | upgrade: websocket | sec-websocket-accept: ${ACCEPT}`;

/** @type {Opening} */
const RFC_6455 = {
  request: (path, extensions) => {
    const headers = { 'Sec-WebSocket-Extensions': extensions?.offer };
    return handshake({ headers, requestLine: `GET ${path} HTTP/1.1` });
  },
  answer: (_path, extensions) => [switchingProtocols(extensions?.answer)],
  newReader: () => new TranscriptReader(),
};

/** @type {Opening} */
const NONE = { request: () => Buffer.alloc(0), answer: () => [], newReader: RFC_6455.newReader };

/** @param {string | undefined} extensions that the server has accepted */
export function switchingProtocols(extensions) {
  if (extensions === undefined) return SWITCHING_PROTOCOLS;
  return `${SWITCHING_PROTOCOLS} | sec-websocket-extensions: ${extensions}`;
}

/** Ample on a busy machine; only a server that hangs makes a case last so long. */
const CASE_TIMEOUT_MS = 10_000;

/** Makes the paths different by which the application's view of a connection is found. */
let connections = 0;

/**
 * A case that goes well: the moves, then a closing handshake.
 *
 * @param {string} name
 * @param {readonly Move[]} moves
 * @param {readonly string[]} expected
 * @param {Partial<Case>} [rest]
 * @returns {Case}
 */
export function good(name, moves, expected, rest) {
  return { name, moves: [...moves, close(1000)], expected: [...expected, 'close 1000', 'end'], ...rest };
}

/**
 * A case in which the server must fail the connection (§7.1.7).
 *
 * @param {string} name
 * @param {number} code of the server's Close
 * @param {readonly Move[]} moves
 * @param {readonly string[]} [before] what it says before
 * @param {Partial<Case>} [rest]
 * @returns {Case}
 */
export function failing(name, code, moves, before = [], rest = {}) {
  return { name, moves, expected: [...before, `close ${code} …`, 'end'], application: '1006', ...rest };
}

/**
 * @param {import('./server-process.mjs').ServerProcess} server
 * @param {Case} testCase
 * @returns {Promise<Outcome>}
 */
export async function runCase(server, testCase) {
  const { moves, endpoint = 'echo', extensions, raw = false, application } = testCase;
  const { opening = raw ? NONE : RFC_6455 } = testCase;
  const path = `/${++connections}`;
  const deadline = AbortSignal.timeout(CASE_TIMEOUT_MS);
  const connection = await RawConnection.open(server.portOf(endpoint), opening.newReader());
  try {
    const answer = opening.answer(path, extensions);
    await connection.write(opening.request(path, extensions));
    for (const move of moves) await make(move, connection, answer.length, deadline);
    await connection.until(() => false, deadline);

    const expected = [...answer, ...testCase.expected];
    const observed = [...connection.lines];
    if (application !== undefined) {
      // Our half of TCP is the last to go: only then the application learns of the end.
      connection.endOutput();
      expected.push(`application: ${application}`);
      observed.push(`application: ${await server.closeOf(path, deadline)}`);
    }
    const passed =
      observed.length === expected.length && expected.every((line, at) => isExpected(line, observed[at]));
    return { passed, observed, expected };
  } finally {
    connection.dispose();
  }
}

/**
 * @param {Move} move
 * @param {RawConnection} connection
 * @param {number} heads how many lines of the transcript are not counted by `{ lines }`
 * @param {AbortSignal} deadline
 */
async function make(move, connection, heads, deadline) {
  if (move instanceof Uint8Array) await connection.write(move);
  else if (move === 'end output') connection.endOutput();
  else if (move === 'reset') connection.reset();
  else if (move === 'stop reading') connection.socket.pause();
  else if (move === 'read on') connection.socket.resume();
  else await connection.until(() => connection.lines.length >= heads + move.lines, deadline);
}

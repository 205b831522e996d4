/**
 * A case: what a client says, and what a server then must say, line by line (see transcript.mjs), until the connection
 * is at its end. Where a client is examined it is the other way about. Here is the form of a case, and how one is run; the cases
 * themselves are in `cases/`.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RawConnection } from './raw-connection.mjs';
import { EXAMINED } from './role.mjs';
import { isExpected, TranscriptReader } from './transcript.mjs';
import { ACCEPT, close, handshake } from './wire.mjs';

/**
 * One move of the client, as which the case speaks. Bytes are written; `{ lines }` waits until the server has said so many since the handshake;
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
 * @property {boolean} [isLeftAlone] the examined end has to close TCP, whichever it is: nobody else will. Default false
 */

/**
 * @typedef {object} Opening
 * @property {(path: string, extensions: Case['extensions']) => Uint8Array} request
 * @property {(path: string, testCase: Case) => readonly string[]} answer the lines before those of the case
 * @property {() => import('./raw-connection.mjs').Reader} newReader makes lines of what the server says
 */

/** A category of cases: a row of the table. */
/**
 * With `peer`: for that one alone. With `examines`: for that end alone.
 *
 * @typedef {{ name: string, cases: readonly Case[], peer?: string, examines?: 'server' | 'client' }} Category
 */

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
  answer: (_path, testCase) => [
    EXAMINED === 'server' ? switchingProtocols(testCase.extensions?.answer) : requestLine(testCase),
  ],
  newReader: () => new TranscriptReader(),
};

/** @type {Opening} */
const NONE = { request: () => Buffer.alloc(0), answer: () => [], newReader: RFC_6455.newReader };

/** @param {string | undefined} extensions that the server has accepted */
export function switchingProtocols(extensions) {
  if (extensions === undefined) return SWITCHING_PROTOCOLS;
  return `${SWITCHING_PROTOCOLS} | sec-websocket-extensions: ${extensions}`;
}

/** What a client asks, by its endpoint. */
/** @param {Case} testCase */
function requestLine({ endpoint = 'echo' }) {
  const extensions = endpoint.startsWith('deflating')
    ? ' | sec-websocket-extensions: permessage-deflate; client_max_window_bits'
    : '';
  return `GET | connection: Upgrade | upgrade: websocket${extensions} | sec-websocket-version: 13 | a key of 16 bytes`;
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
 * @param {import('./server-process.mjs').ServerProcess | import('./client-process.mjs').ClientProcess} examined
 * @param {Case} testCase
 * @returns {Promise<Outcome>}
 */
export async function runCase(examined, testCase) {
  const { moves, raw = false, application } = testCase;
  const { opening = raw ? NONE : RFC_6455 } = testCase;
  const path = `/${++connections}`;
  const deadline = AbortSignal.timeout(CASE_TIMEOUT_MS);
  const connection = await examined.open(testCase, opening, path);
  try {
    const answer = opening.answer(path, testCase);
    const expected = [...answer, ...testCase.expected];
    for (const move of moves) await make(move, connection, answer.length, deadline);
    const isInTurn =
      'settle' in examined ? await endAsServer(examined, connection, testCase, expected, deadline) : true;
    await connection.until(() => false, deadline);

    const observed = [...connection.lines];
    if (!isInTurn) observed.push('closed TCP before the server did');
    if (application !== undefined) {
      // Our half of TCP is the last to go: only then the application learns of the end.
      connection.endOutput();
      expected.push(`application: ${application}`);
      observed.push(`application: ${await examined.closeOf(path, deadline)}`);
    }
    const passed =
      observed.length === expected.length && expected.every((line, at) => isExpected(line, observed[at]));
    return { passed, observed, expected };
  } finally {
    connection.dispose();
  }
}

/**
 * "the server MUST close the connection first" (§7.1.1): where a client is examined, that is up to the case, when all has been
 * said.
 *
 * @param {import('./client-process.mjs').ClientProcess} client
 * @param {RawConnection} connection
 * @param {Case} testCase
 * @param {readonly string[]} expected
 * @param {AbortSignal} deadline
 * @returns whether the client has left that to us, where it had to
 */
async function endAsServer(client, connection, testCase, expected, deadline) {
  if (testCase.isLeftAlone) return true;
  const said = expected.filter((line) => line !== 'end').length;
  await connection.until(() => connection.lines.length >= said, deadline);
  await client.settle();
  await nextTurn();
  // It may go first where it fails the connection (§7.1.7), and where ours was the first.
  const mayGoFirst = testCase.application === '1006' || testCase.moves.includes('end output');
  const isInTurn = mayGoFirst || !connection.ended;
  connection.endOutput();
  return isInTurn;
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

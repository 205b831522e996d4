/**
 * Where a class does not keep a clause, and why that is accepted: ours, and the engines' own. Such a clause counts as excepted only while it really
 * fails: one that holds has to leave the list. `docs/contract.md` shows it.
 *
 * @typedef {object} Exception
 * @property {string} area
 * @property {readonly string[]} clauses
 * @property {readonly string[]} variants by name (variants.mjs)
 * @property {readonly string[]} [engines] by name (engines/engines.mjs). Default: all
 * @property {string} because
 */
import { COUNTED } from './clauses/buffered-amount.mjs';

const OURS = ['websocket', 'long-polling', 'iframe', 'foreign server'];
const NATIVE = ['native class'];

const UNTRUSTED = 'Only the browser makes trusted events; those of a script never are.';
const COUNTS_HEADERS = 'WebKit counts the header of a frame, too, once a socket is closing: 6 bytes or more.';

/** Where ours does not keep it, though the engine's own class may. */
/** @type {readonly Exception[]} */
export const OUR_EXCEPTIONS = [
  {
    area: 'Opening',
    clauses: ['the event is trusted'],
    variants: OURS,
    because: UNTRUSTED,
  },
  {
    area: 'Messages',
    clauses: ['the event is trusted'],
    variants: OURS,
    because: UNTRUSTED,
  },
  {
    area: 'The close event',
    clauses: ['the event is trusted'],
    variants: OURS,
    because: UNTRUSTED,
  },
  {
    area: 'Tasks',
    clauses: ['microtasks run between the listeners of one event'],
    variants: OURS,
    because:
      'While a script dispatches an event, the script itself is running, and microtasks wait for its end. They run between two events.',
  },
];

/** Where the engine's own class does not, and ours where nothing but that class is behind it. */
/** @type {readonly Exception[]} */
export const ENGINE_EXCEPTIONS = [
  {
    area: 'close()',
    clauses: [
      'the code 999.5 is 1000',
      'the code 999.6 is 1000',
      'the code 2999.5 is 3000',
      'the code 3001.5 is 3002',
      'the code 1000.6 is an InvalidAccessError',
      'the code 4999.5 is an InvalidAccessError',
      'the code 4999.6 is an InvalidAccessError',
    ],
    variants: NATIVE,
    engines: ['chromium', 'webkit'],
    because: 'These engines cut the fraction of a [Clamp] number off, where WebIDL rounds it.',
  },
  {
    area: 'close()',
    clauses: ['a reason that is too long is a SyntaxError without a code, too'],
    variants: NATIVE,
    engines: ['chromium', 'webkit'],
    because: 'Without a code Chromium refuses any reason, and WebKit passes over it.',
  },
  {
    area: 'The close event',
    clauses: ['a connection that breaks is an error, then a close, as RFC 6455 §7.2.1 fails it'],
    variants: NATIVE,
    because:
      'Engines tell a close alone where TCP has ended, though a client that loses its connection has to fail it, and a failed one is an error (WHATWG WebSockets §4).',
  },
  {
    area: 'The constructor: the URL',
    clauses: [
      '"" becomes "ws://{host}{page}"',
      'the base URL is the document’s, not the page’s',
      'the base URL may name another server',
      'with a base URL of another scheme, a relative one is a SyntaxError',
      'the fragment of the page is none of a relative URL’s',
    ],
    variants: NATIVE,
    engines: ['firefox'],
    because:
      'Firefox takes the address of the page as the base, with its fragment, and not `<base>`; and it refuses an empty URL.',
  },
  {
    area: 'The constructor: the subprotocols',
    clauses: ['an object whose iterator is undefined or null is a string'],
    variants: NATIVE,
    engines: ['firefox'],
    because: 'Firefox takes null for an iterator that is none, and throws.',
  },
  {
    area: 'Connecting',
    clauses: ['a server without TLS is an error, then a close'],
    variants: NATIVE,
    engines: ['firefox'],
    because: 'Firefox tells 1015 where TLS fails, which the standard forbids (§4).',
  },
  {
    area: 'Connecting',
    clauses: ['a port that is blocked is an error, then a close'],
    variants: NATIVE,
    engines: ['webkit'],
    because: 'WebKit says nothing about a port that it blocks: it stays CONNECTING.',
  },
  {
    area: 'bufferedAmount',
    clauses: [
      ...COUNTED.flatMap(({ what, bytes }) => [
        `${what} raises it by ${bytes} while closing`,
        `${what} raises it by ${bytes} when closed`,
      ]),
      'what is sent while closing or closed adds up, and stays',
      'it does not fall when the connection breaks',
    ],
    variants: NATIVE,
    engines: ['webkit'],
    because: COUNTS_HEADERS,
  },
  {
    area: 'close()',
    clauses: ['while connecting, what is sent afterwards counts, and throws nothing'],
    variants: NATIVE,
    engines: ['webkit'],
    because: COUNTS_HEADERS,
  },
  {
    area: 'close()',
    clauses: ['what was sent before arrives'],
    variants: NATIVE,
    engines: ['webkit'],
    because: 'WebKit does not send a Blob that it is still reading, nor what comes behind it.',
  },
  {
    area: 'The close event',
    clauses: [
      'the server’s 1012 is told, and clean',
      'the server’s 1013 is told, and clean',
      'the server’s 1014 is told, and clean',
    ],
    variants: [...NATIVE, 'foreign server'],
    engines: ['webkit'],
    because: 'WebKit takes the codes that were registered after RFC 6455 for a mistake of the server’s.',
  },
  {
    area: 'The close event',
    clauses: ['the server’s reason "\\u0000" is told'],
    variants: [...NATIVE, 'foreign server'],
    engines: ['webkit'],
    because: 'WebKit cuts a reason off at a NUL.',
  },
];

export const EXCEPTIONS = [...OUR_EXCEPTIONS, ...ENGINE_EXCEPTIONS];

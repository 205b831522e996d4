/**
 * Where a class does not keep a clause, and why that is accepted. Such a clause counts as excepted only while it really fails: one that
 * holds has to leave the list.
 *
 * @typedef {object} Exception
 * @property {string} area
 * @property {readonly string[]} clauses
 * @property {readonly string[]} variants by name (variants.mjs)
 * @property {readonly string[]} [engines] default: all
 * @property {string} because
 */

const OURS = ['websocket', 'long-polling', 'iframe', 'foreign server'];
const NATIVE = ['native class'];

/** @type {readonly Exception[]} */
export const EXCEPTIONS = [
  {
    area: 'Opening',
    clauses: ['the event is trusted'],
    variants: OURS,
    because: 'Only the browser makes trusted events; those of a script never are.',
  },
  {
    area: 'Messages',
    clauses: ['the event is trusted'],
    variants: OURS,
    because: 'As above.',
  },
  {
    area: 'The close event',
    clauses: ['the event is trusted'],
    variants: OURS,
    because: 'As above.',
  },
  {
    area: 'Tasks',
    clauses: ['microtasks run between the listeners of one event'],
    variants: OURS,
    because:
      'While a script dispatches an event, the script itself is running, and microtasks wait for its end. They run between two events.',
  },
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
];

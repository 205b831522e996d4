/** What our class costs a page, for a message, over the native one. */

/** Messages a second: more than any page shows, and what a busy feed brings. */
export const RATE = 100_000;

/** Where a machine is too slow for that, with any of the classes: the highest of these that it holds. */
export const LOWER_RATES = [50_000, 25_000, 10_000, 5000];

/** Of each message, in bytes: short ones, of which the class is the larger part. */
export const MESSAGE_BYTES = 20;

/** @typedef {'received' | 'sent'} Direction what the page does with messages */
/** @typedef {{ name: string, direction: Direction, type: 'text' | 'binary' }} ClientRow */

/** @type {readonly ClientRow[]} */
export const CLIENT = [
  { name: 'received, text', direction: 'received', type: 'text' },
  { name: 'received, binary', direction: 'received', type: 'binary' },
  { name: 'sent, text', direction: 'sent', type: 'text' },
  { name: 'sent, binary', direction: 'sent', type: 'binary' },
];

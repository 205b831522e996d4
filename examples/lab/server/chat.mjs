/**
 * The chat room's server half: one room, its last messages, everybody hears everything.
 *
 * The writer hears it too: that is how the page knows that the message has arrived.
 *
 * @import { Demo } from './hub.mjs'
 * @import { Visitors } from './visitors.mjs'
 */
import { CHAT_HISTORY, MAX_CHAT_LENGTH } from '../public/shared/limits.js';

/**
 * @typedef {object} ChatLine
 * @property {number} id
 * @property {number} person
 * @property {string} name as it was when the line was written
 * @property {number} colour
 * @property {number} atMs when the server heard it, in ms since 1970
 * @property {string} text
 */

/**
 * @param {Visitors} visitors
 * @returns {Demo}
 */
export function createChat(visitors) {
  /** Oldest first; never more than CHAT_HISTORY. @type {ChatLine[]} */
  const history = [];
  let nextId = 1;

  return {
    topic: 'chat',
    join(visitor) {
      visitor.send('chat', 'history', { lines: history });
    },
    receive(visitor, type, { text, draft }) {
      if (type !== 'say' || typeof text !== 'string') return;
      const trimmed = text.trim().slice(0, MAX_CHAT_LENGTH);
      if (trimmed === '') return;
      const { person, name, colour } = visitor;
      const line = { id: nextId, person, name, colour, atMs: Date.now(), text: trimmed };
      nextId += 1;
      history.push(line);
      if (history.length > CHAT_HISTORY) history.shift();
      visitors.broadcast('chat', 'line', { line }, visitor);
      visitor.send('chat', 'line', { line, draft: Number.isInteger(draft) ? draft : null });
    },
  };
}

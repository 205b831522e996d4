/**
 * Presence: everybody sees who is here and which transport carries them.
 *
 * The list goes out whole, and only when it differs from the last one: people come and go far less often than messages.
 *
 * @import { Demo } from './hub.mjs'
 * @import { Visitors } from './visitors.mjs'
 */

/** How often the list is compared, in ms: soon enough to look live, seldom enough for a crowd that arrives at once. */
const COMPARE_MS = 300;

/**
 * @param {Visitors} visitors
 * @returns {Demo}
 */
export function createPeople(visitors) {
  let lastTold = '';

  const tell = () => {
    const people = visitors
      .present()
      .filter(({ name }) => name !== '')
      .map(({ person, name, colour, transport }) => ({ person, name, colour, transport }));
    const now = JSON.stringify(people);
    if (now === lastTold) return;
    lastTold = now;
    visitors.broadcast('people', 'list', { people });
  };
  const timer = setInterval(tell, COMPARE_MS).unref();

  return {
    topic: 'people',
    join() {
      // A visitor who has seen no list yet may make one that equals the last.
      lastTold = '';
    },
    receive(visitor, type, body) {
      if (type === 'rename') visitor.introduce(body);
    },
    close() {
      clearInterval(timer);
    },
  };
}

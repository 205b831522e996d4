import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Hub } from '../server/hub.mjs';
import { createPeople } from '../server/people.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

/** @type {Hub} */
let hub;

beforeEach(() => {
  vi.useFakeTimers();
  const visitors = new Visitors();
  hub = new Hub(visitors, [createPeople(visitors)]);
});

afterEach(() => {
  vi.useRealTimers();
});

/** @param {number} number */
const join = (number) =>
  new FakePage().connect(hub, String(number).padStart(16, '0')).hello(`Page ${number}`, number);

/** @param {FakePage} page */
const lists = (page) => page.bodies('people', 'list').map(({ people }) => people);

describe('Presence', () => {
  test('tells everybody who is here and what carries them', () => {
    const [first, second] = [join(1), join(2)];
    second.transport = 'iframe';
    vi.advanceTimersByTime(1000);
    const everybody = [
      { person: 1, name: 'Page 1', colour: 1, transport: 'websocket' },
      { person: 2, name: 'Page 2', colour: 2, transport: 'iframe' },
    ];
    expect(lists(first)).toEqual([everybody]);
    expect(lists(second)).toEqual([everybody]);
  });

  test('tells when somebody leaves, moves to another transport or takes another name', () => {
    const [first, second] = [join(1), join(2)];
    vi.advanceTimersByTime(1000);
    second.transport = 'long-polling';
    vi.advanceTimersByTime(1000);
    second.say('people', 'rename', { name: 'Renamed', colour: 4 });
    vi.advanceTimersByTime(1000);
    second.close();
    vi.advanceTimersByTime(1000);
    expect(lists(first).slice(1)).toMatchObject([
      [{ person: 1 }, { transport: 'long-polling' }],
      [{ person: 1 }, { name: 'Renamed', colour: 4 }],
      [{ person: 1 }],
    ]);
  });

  test('shows nobody who has not said hello', () => {
    new FakePage().connect(hub, 'f'.repeat(16));
    const page = join(1);
    vi.advanceTimersByTime(1000);
    expect(lists(page)).toMatchObject([[{ person: 2 }]]);
  });
});

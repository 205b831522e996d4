import { beforeEach, describe, expect, test } from 'vitest';
import { createBoard } from '../server/board.mjs';
import { Hub } from '../server/hub.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

const BEGIN = { stroke: 1, colour: 2, width: 10, points: [10, 20] };

/** @type {Hub} */
let hub;

beforeEach(() => {
  const visitors = new Visitors();
  hub = new Hub(visitors, [createBoard(visitors)]);
});

/** @param {number} number */
const join = (number) => new FakePage().connect(hub, String(number).padStart(16, '0')).hello();

describe('The drawing board', () => {
  test('passes a stroke on to the others as it grows, and not to its writer', () => {
    const [writer, watcher] = [join(1), join(2)];
    writer.say('board', 'begin', BEGIN).say('board', 'points', { stroke: 1, points: [30, 40] });
    expect(watcher.bodies('board', 'begin')).toEqual([{ person: 1, ...BEGIN }]);
    expect(watcher.bodies('board', 'points')).toEqual([{ person: 1, stroke: 1, points: [30, 40] }]);
    expect(writer.bodies('board').slice(1)).toEqual([]);
  });

  test('gives a late comer a blank board and then the whole picture, in pieces', () => {
    const writer = join(1);
    const points = new Array(480).fill(7);
    for (let stroke = 1; stroke <= 50; stroke += 1)
      writer.say('board', 'begin', { ...BEGIN, stroke, points });
    const late = join(2);
    expect(late.received.filter(({ topic }) => topic === 'board').map(({ type }) => type)).toEqual([
      'blank',
      'strokes',
      'strokes',
      'strokes',
    ]);
    expect(late.bodies('board', 'strokes').flatMap(({ strokes }) => strokes)).toHaveLength(50);
  });

  test('tells each page how much of what it sent was on the board when it was cleared', () => {
    const [first, second] = [join(1), join(2)];
    first.say('board', 'begin', BEGIN).say('board', 'points', { stroke: 1, points: [3, 4] });
    second.say('board', 'clear');
    expect(first.bodies('board', 'clear')).toEqual([{ person: 2, seen: 3 }]);
    expect(second.bodies('board', 'clear')).toEqual([{ person: 2, seen: 2 }]);
    expect(join(3).bodies('board', 'strokes')).toEqual([]);
  });

  test('passes nothing malformed on', () => {
    const [writer, watcher] = [join(1), join(2)];
    writer
      .say('board', 'begin', { ...BEGIN, width: 1e9 })
      .say('board', 'points', { stroke: 1, points: [3, 4] });
    expect(watcher.bodies('board').slice(1)).toEqual([]);
  });
});

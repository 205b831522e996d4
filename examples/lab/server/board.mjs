/**
 * The drawing board's server half: passes strokes on as they grow, and keeps them for those who come later.
 *
 * The writer has drawn already and hears nothing of its own. A `clear` tells each page how much of what it sent had come
 * by then, so that what it drew since stays.
 *
 * @import { Demo } from './hub.mjs'
 * @import { Stroke } from './strokes.mjs'
 * @import { Visitors } from './visitors.mjs'
 */
import { Strokes } from './strokes.mjs';

/** Points in one message of the picture that a late comer gets: some tens of kilobytes. */
const PICTURE_BATCH_POINTS = 5000;

/**
 * @param {Visitors} visitors
 * @returns {Demo}
 */
export function createBoard(visitors) {
  const strokes = new Strokes();

  return {
    topic: 'board',
    join(visitor) {
      visitor.send('board', 'blank');
      for (const batch of batches(strokes.all())) visitor.send('board', 'strokes', { strokes: batch });
    },
    receive(visitor, type, body) {
      const { person } = visitor;
      if (type === 'begin') {
        const stroke = strokes.begin(person, body);
        if (stroke !== undefined) visitors.broadcast('board', 'begin', { ...stroke }, visitor);
      } else if (type === 'points') {
        const added = strokes.extend(person, body);
        if (added !== undefined) visitors.broadcast('board', 'points', { person, ...added }, visitor);
      } else if (type === 'clear') {
        strokes.clear();
        for (const each of visitors.present()) each.send('board', 'clear', { person, seen: each.up.highest });
      }
    },
  };
}

/**
 * @param {Iterable<Stroke>} strokes
 * @returns {Generator<Stroke[]>}
 */
function* batches(strokes) {
  /** @type {Stroke[]} */
  let batch = [];
  let points = 0;
  for (const stroke of strokes) {
    batch.push(stroke);
    points += stroke.points.length / 2;
    if (points < PICTURE_BATCH_POINTS) continue;
    yield batch;
    batch = [];
    points = 0;
  }
  if (batch.length > 0) yield batch;
}

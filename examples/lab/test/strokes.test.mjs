import { describe, expect, test } from 'vitest';
import { MAX_BOARD_POINTS, MAX_STROKE_POINTS, MAX_STROKES } from '../public/shared/limits.js';
import { Strokes } from '../server/strokes.mjs';

const BEGIN = { stroke: 1, colour: 2, width: 10, points: [10, 20] };

describe('Strokes', () => {
  test('keep a stroke that grows, for those who come later', () => {
    const strokes = new Strokes();
    strokes.begin(7, BEGIN);
    strokes.extend(7, { stroke: 1, points: [30, 40, 50, 60] });
    expect([...strokes.all()]).toEqual([
      { person: 7, stroke: 1, colour: 2, width: 10, points: [10, 20, 30, 40, 50, 60] },
    ]);
  });

  test('tell strokes of two people apart, whatever their numbers', () => {
    const strokes = new Strokes();
    strokes.begin(7, BEGIN);
    expect(strokes.extend(8, { stroke: 1, points: [1, 1] })).toBeUndefined();
  });

  test.each([
    [{ ...BEGIN, colour: 8 }],
    [{ ...BEGIN, colour: '2' }],
    [{ ...BEGIN, width: 11 }],
    [{ ...BEGIN, points: [] }],
    [{ ...BEGIN, points: [10] }],
    [{ ...BEGIN, points: [10, 1001] }],
    [{ ...BEGIN, points: [-1, 10] }],
    [{ ...BEGIN, points: [1.5, 10] }],
    [{ ...BEGIN, points: new Array(2000).fill(1) }],
    [{ ...BEGIN, stroke: 'x' }],
    [{}],
  ])('ignore a malformed beginning: %j', (body) => {
    const strokes = new Strokes();
    expect(strokes.begin(7, body)).toBeUndefined();
    expect([...strokes.all()]).toEqual([]);
  });

  test('let no stroke begin twice', () => {
    const strokes = new Strokes();
    strokes.begin(7, BEGIN);
    expect(strokes.begin(7, { ...BEGIN, points: [99, 99] })).toBeUndefined();
  });

  test('let no stroke grow beyond its bound', () => {
    const strokes = new Strokes();
    strokes.begin(7, BEGIN);
    const batch = new Array(200).fill(5);
    while (strokes.extend(7, { stroke: 1, points: batch }) !== undefined);
    const [stroke] = strokes.all();
    expect(stroke?.points.length).toBeLessThanOrEqual(2 * MAX_STROKE_POINTS);
    expect(stroke?.points.length).toBeGreaterThan(2 * MAX_STROKE_POINTS - 200);
  });

  test('let the oldest stroke go when there are too many', () => {
    const strokes = new Strokes();
    for (let stroke = 1; stroke <= MAX_STROKES + 1; stroke += 1) strokes.begin(7, { ...BEGIN, stroke });
    const kept = [...strokes.all()];
    expect(kept).toHaveLength(MAX_STROKES);
    expect(kept[0]?.stroke).toBe(2);
  });

  test('let the oldest strokes go when there are too many points', () => {
    const strokes = new Strokes();
    const batch = new Array(480).fill(5);
    for (let stroke = 1; stroke <= MAX_BOARD_POINTS / 240 + 3; stroke += 1) {
      strokes.begin(7, { ...BEGIN, stroke, points: batch.slice() });
    }
    const kept = [...strokes.all()];
    expect(kept.length * 240).toBeLessThanOrEqual(MAX_BOARD_POINTS);
    expect(kept[0]?.stroke).toBe(4);
  });

  test('are gone after a clear', () => {
    const strokes = new Strokes();
    strokes.begin(7, BEGIN);
    strokes.clear();
    expect([...strokes.all()]).toEqual([]);
    expect(strokes.extend(7, { stroke: 1, points: [1, 1] })).toBeUndefined();
  });
});

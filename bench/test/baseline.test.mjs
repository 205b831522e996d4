import { describe, expect, it } from 'vitest';
import { beside, chooseBaseline } from '../baseline.mjs';
import { ENGINE_IO, HOLDFAST_HTTP, SOCKJS } from '../questions/sides.mjs';

describe('beside', () => {
  it('takes a ratio within each round, and the medians of both', () => {
    const ours = [{ speed: 10 }, { speed: 40 }, { speed: 30 }];
    const theirs = [{ speed: 5 }, { speed: 10 }, { speed: 30 }];
    expect(beside(ours, theirs, 'speed')).toEqual([30, 2]);
  });
});

describe('chooseBaseline', () => {
  const measurements = new Map([
    [SOCKJS, [{ speed: 1 }, { speed: 9 }, { speed: 1 }]],
    [ENGINE_IO, [{ speed: 3 }, { speed: 2 }, { speed: 2 }]],
    [HOLDFAST_HTTP, [{ speed: 100 }]],
  ]);

  it('is the one there is', () => {
    expect(chooseBaseline(SOCKJS, measurements, 'speed', 'most')).toBe(SOCKJS);
  });

  it('is the best of several by its median, whichever way is better', () => {
    expect(chooseBaseline([SOCKJS, ENGINE_IO], measurements, 'speed', 'most')).toBe(ENGINE_IO);
    expect(chooseBaseline([SOCKJS, ENGINE_IO], measurements, 'speed', 'least')).toBe(SOCKJS);
  });

  it('is none that could not be measured', () => {
    const measured = new Map([[SOCKJS, [{ speed: 1 }]]]);
    expect(chooseBaseline([ENGINE_IO, SOCKJS], measured, 'speed', 'most')).toBe(SOCKJS);
  });
});

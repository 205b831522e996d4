import { beforeEach, describe, expect, it } from 'vitest';
import { Progress } from '../progress.mjs';

/** @type {Progress} */
let progress;

beforeEach(() => {
  progress = new Progress();
  progress.idleMs({ messages: 10, waitingBytes: 1000 }, 5000);
});

describe('a run', () => {
  it('has moved when it is looked at for the first time', () => {
    expect(new Progress().idleMs({ messages: 0, waitingBytes: 0 }, 5000)).toBe(0);
  });

  it('is idle since a message moved last', () => {
    expect(progress.idleMs({ messages: 10, waitingBytes: 1000 }, 7000)).toBe(2000);
    expect(progress.idleMs({ messages: 11, waitingBytes: 1000 }, 8000)).toBe(0);
    expect(progress.idleMs({ messages: 11, waitingBytes: 1000 }, 9000)).toBe(1000);
  });

  it('gets on while a part of a large message goes', () => {
    expect(progress.idleMs({ messages: 10, waitingBytes: 999 }, 7000)).toBe(0);
    expect(progress.idleMs({ messages: 10, waitingBytes: 998 }, 9000)).toBe(0);
  });

  it('does not get on while the same parts go again and again', () => {
    progress.idleMs({ messages: 10, waitingBytes: 500 }, 6000);
    for (const [waitingBytes, nowMs] of /** @type {const} */ ([
      [1000, 7000],
      [500, 8000],
      [1000, 9000],
    ]))
      expect(progress.idleMs({ messages: 10, waitingBytes }, nowMs)).toBe(nowMs - 6000);
  });

  it('begins anew with each message: what waits may be more by then', () => {
    progress.idleMs({ messages: 11, waitingBytes: 5000 }, 6000);
    expect(progress.idleMs({ messages: 11, waitingBytes: 4000 }, 7000)).toBe(0);
  });
});

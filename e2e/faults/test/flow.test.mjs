import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { holdAll } from '../src/filters.mjs';
import { Flow, writeTo } from '../src/flow.mjs';
import { Lane } from '../src/lane.mjs';
import { Link } from '../src/link.mjs';

const SPEC = { upMs: 0, downMs: 0, jitterMs: 0, upKibps: 0, downKibps: 0, connectMs: 0, seed: 1 };

/** A flow whose deliveries are noted. */
function notedFlow() {
  /** @type {string[]} */
  const noted = [];
  const lane = new Lane('up');
  const flow = new Flow({
    direction: 'up',
    lane,
    write: (chunk) => void noted.push(String(chunk)),
    end: () => void noted.push('END'),
    onMoved: () => {},
  });
  return { flow, lane, noted, push: (/** @type {string} */ text) => flow.push(Buffer.from(text)) };
}

describe('a flow', () => {
  it('delivers prelude, bytes and end in order, and nothing after the end', () => {
    const { flow, noted, push } = notedFlow();
    flow.begin(() => void noted.push('HEAD'));
    push('a');
    flow.finish();
    push('b');
    flow.finish();
    expect(noted).toEqual(['HEAD', 'a', 'END']);
  });

  it('keeps a held prelude until a byte leaves the filter, or the end', () => {
    const { flow, noted, push } = notedFlow();
    flow.setFilter(holdAll(() => {}));
    flow.begin(() => void noted.push('HEAD'), { held: true });
    push('a');
    expect(noted).toEqual([]);
    flow.finish();
    expect(noted).toEqual(['HEAD', 'a', 'END']);
  });

  it('lets exactly its budget through and then does what was agreed', () => {
    const { flow, noted, push } = notedFlow();
    flow.setBudget(5, () => void noted.push('CUT'));
    push('abc');
    push('defg');
    push('h');
    flow.finish();
    expect(noted).toEqual(['abc', 'de', 'CUT']);
  });

  it('spends an empty budget right behind its prelude', () => {
    const { flow, noted } = notedFlow();
    flow.setBudget(0, () => void noted.push('CUT'));
    flow.begin(() => void noted.push('HEAD'));
    expect(noted).toEqual(['HEAD', 'CUT']);
  });

  it('drops bytes but not the end when muted', () => {
    const { flow, noted, push } = notedFlow();
    flow.mute();
    push('a');
    flow.finish();
    expect(noted).toEqual(['END']);
  });

  it('delivers what is under way when closed, and nothing of it when it vanishes', () => {
    vi.useFakeTimers();
    try {
      for (const [act, wanted] of /** @type {const} */ ([
        ['close', ['a']],
        ['vanish', []],
      ])) {
        const { flow, lane, noted, push } = notedFlow();
        lane.link = new Link({ ...SPEC, upMs: 20 });
        push('a');
        flow[act]();
        push('b');
        flow.finish();
        vi.advanceTimersByTime(100);
        expect(noted).toEqual(wanted);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('cuts large chunks into portions of the link', () => {
    vi.useFakeTimers();
    try {
      const { lane, noted, push } = notedFlow();
      lane.link = new Link({ ...SPEC, upKibps: 100 });
      push('x'.repeat(10_240));
      vi.advanceTimersByTime(50);
      expect(noted.join('').length).toBe(4096);
      vi.advanceTimersByTime(50);
      expect(noted.join('').length).toBe(10_240);
    } finally {
      vi.useRealTimers();
    }
  });

  it('pauses its source while the sink is full, and goes on when it drains', async () => {
    /** @type {(() => void)[]} */
    const blocked = [];
    const sink = new Writable({
      highWaterMark: 1,
      write: (_chunk, _coding, done) => void blocked.push(done),
    });
    const source = new PassThrough();
    const flow = new Flow({
      direction: 'up',
      lane: new Lane('up'),
      write: (chunk) => writeTo(sink, chunk),
      end: () => void sink.end(),
      onMoved: () => {},
    });
    flow.attach(source);
    source.write(Buffer.alloc(64 * 1024));
    source.write(Buffer.alloc(64 * 1024));
    await expect.poll(() => source.isPaused()).toBe(true);
    await expect
      .poll(() => {
        for (const done of blocked.splice(0)) done();
        return source.isPaused();
      })
      .toBe(false);
  });
});

describe('writeTo', () => {
  it('says when a sink takes more, also when that is never because it closed', async () => {
    const sink = new Writable({ highWaterMark: 1, write: () => {} });
    const waiting = writeTo(sink, Buffer.from('abc'));
    expect(waiting).toBeInstanceOf(Promise);
    sink.destroy();
    await waiting;
    expect(writeTo(sink, Buffer.from('d'))).toBeUndefined();
    expect(sink.listenerCount('drain')).toBe(0);
  });
});

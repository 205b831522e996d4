import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type DeflateContext,
  DeflateContexts,
  deflateWindowBits,
} from '../../src/deflate/deflate-contexts.ts';
import { toDeflateParameters } from '../../src/deflate/options.ts';

const TEXT = Buffer.from('a text to be found again '.repeat(8));
/** Of one context with zlib's default parameters. */
const CONTEXT_BYTES = 256 * 1024;

/** Takes contexts as a connection does. */
class Holder {
  context: DeflateContext | undefined;
  private readonly contexts: DeflateContexts;
  readonly windowBits: number;

  constructor(contexts: DeflateContexts, windowBits = 15) {
    this.contexts = contexts;
    this.windowBits = windowBits;
  }

  /** How long the text gets: the second time in the same context, it is found again. */
  deflate(): number {
    this.context = this.contexts.take(this, this.windowBits, this.context);
    return this.context.zlib.run(TEXT, 0, TEXT.length, Buffer.alloc(1024), 0);
  }

  release(): void {
    if (this.context !== undefined) this.contexts.release(this.context, this);
    this.context = undefined;
  }
}

function contextsFor(count: number): DeflateContexts {
  return new DeflateContexts(toDeflateParameters(), count * CONTEXT_BYTES);
}

/** Of the text, where nothing was before, and where it was. */
const [FRESH, REPEATED] = freshAndRepeated();

function freshAndRepeated(): [number, number] {
  const holder = new Holder(contextsFor(1));
  return [holder.deflate(), holder.deflate()];
}

describe('DeflateContexts', () => {
  it('lets each holder go on with its own', () => {
    expect(REPEATED).toBeLessThan(FRESH);
    const contexts = contextsFor(2);
    const [one, other] = [new Holder(contexts), new Holder(contexts)];
    expect([one.deflate(), other.deflate()]).toEqual([FRESH, FRESH]);
    expect([one.deflate(), other.deflate()]).toEqual([REPEATED, REPEATED]);
  });

  it('makes none before the first message', () => {
    expect(contextsFor(2).bytes).toBe(0);
  });

  it('takes the context of the holder that has not used it for the longest time, once there are enough', () => {
    const contexts = contextsFor(2);
    const [first, second, third] = [new Holder(contexts), new Holder(contexts), new Holder(contexts)];
    first.deflate();
    second.deflate();
    first.deflate();
    expect(third.deflate()).toBe(FRESH);
    expect(contexts.bytes).toBe(2 * CONTEXT_BYTES);
    expect(first.deflate()).toBe(REPEATED);
    expect(second.deflate()).toBe(FRESH); // from the third
    expect(third.deflate()).toBe(FRESH);
  });

  it('has one in any case', () => {
    const contexts = contextsFor(0);
    const [one, other] = [new Holder(contexts), new Holder(contexts)];
    expect([one.deflate(), one.deflate(), other.deflate(), one.deflate()]).toEqual([
      FRESH,
      REPEATED,
      FRESH,
      FRESH,
    ]);
    expect(contexts.bytes).toBe(CONTEXT_BYTES);
  });

  it('gives released contexts to others, empty', () => {
    const contexts = contextsFor(8);
    const one = new Holder(contexts);
    one.deflate();
    const { context } = one;
    one.release();
    const other = new Holder(contexts);
    expect(other.deflate()).toBe(FRESH);
    expect(other.context).toBe(context);
    expect(contexts.bytes).toBe(CONTEXT_BYTES);
  });

  it('leaves alone whose context was taken away, when it releases it', () => {
    const contexts = contextsFor(1);
    const [one, other] = [new Holder(contexts), new Holder(contexts)];
    one.deflate();
    other.deflate();
    one.release();
    expect(other.deflate()).toBe(REPEATED);
  });

  it('keeps to its bound with windows of several sizes', () => {
    const contexts = contextsFor(2);
    const holders = [15, 9, 12, 15, 9, 10, 15].map((bits) => new Holder(contexts, bits));
    for (let round = 0; round < 3; round++) {
      for (const holder of holders) {
        holder.deflate();
        expect(contexts.bytes).toBeLessThanOrEqual(2 * CONTEXT_BYTES);
        expect(holder.context?.windowBits).toBe(holder.windowBits);
      }
    }
  });

  describe('when time passes', () => {
    beforeEach(() => vi.useFakeTimers());
    afterEach(() => vi.useRealTimers());

    it('frees what nobody has used for a minute or two, and then has no timer', () => {
      const contexts = contextsFor(8);
      const [idle, busy, released] = [new Holder(contexts), new Holder(contexts), new Holder(contexts)];
      for (const holder of [idle, busy, released]) holder.deflate();
      released.release();
      vi.advanceTimersByTime(61_000);
      expect(contexts.bytes).toBe(3 * CONTEXT_BYTES);
      busy.deflate();
      vi.advanceTimersByTime(60_000);
      expect(contexts.bytes).toBe(CONTEXT_BYTES);
      expect(busy.deflate()).toBe(REPEATED);
      expect(idle.deflate()).toBe(FRESH);
      vi.advanceTimersByTime(240_000);
      expect(contexts.bytes).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
      // It begins anew.
      expect([busy.deflate(), busy.deflate()]).toEqual([FRESH, REPEATED]);
      expect(vi.getTimerCount()).toBe(1);
    });
  });
});

describe('deflateWindowBits', () => {
  it('is what was agreed upon, but for 8, which zlib does not have', () => {
    expect([8, 9, 10, 15].map((bits) => deflateWindowBits(bits))).toEqual([9, 9, 10, 15]);
  });
});

import { describe, expect, it } from 'vitest';
import { Compression, compressionFor } from '../../src/deflate/compression.ts';
import { inflateAll, inflateInWindow, json } from './texts.ts';

describe('Compression', () => {
  it('compresses a message for many, at once where it is short, without a trace', async () => {
    const compression = new Compression({});
    const once = compression.deflateOnce(json(1000), 15);
    expect(once).toBeInstanceOf(Uint8Array);
    expect(compression.deflateOnce(json(1000), 15)).toEqual(once);
    expect(inflateAll([await once]).equals(json(1000))).toBe(true);
    const long = compression.deflateOnce(json(100_000).toString(), 15);
    expect(long).toBeInstanceOf(Promise);
    expect(inflateAll([await long]).equals(json(100_000))).toBe(true);
    expect(compression.contexts.bytes).toBe(256 * 1024);
  });

  it('keeps to the window of those it is for', async () => {
    for (const length of [1000, 100_000]) {
      const once = await new Compression({}).deflateOnce(json(length), 8);
      expect((await inflateInWindow([once], 8)).equals(json(length))).toBe(true);
    }
  });

  it('does as much at once as it may, and without a limit all of it', async () => {
    for (const [concurrencyLimit, most] of [
      [undefined, 10],
      [3, 3],
      [0, 20],
    ] as const) {
      const { limiter } = new Compression({ concurrencyLimit });
      let running = 0;
      let seen = 0;
      const task = async (): Promise<void> => {
        seen = Math.max(seen, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      };
      await Promise.all(Array.from({ length: 20 }, () => limiter.run(task)));
      expect(seen).toBe(most);
    }
  });
});

describe('compressionFor', () => {
  it('is the same for the same options, and for no others', () => {
    const options = { threshold: 3 };
    expect(compressionFor(options)).toBe(compressionFor(options));
    expect(compressionFor(options).thresholdBytes).toBe(3);
    expect(compressionFor({ threshold: 3 })).not.toBe(compressionFor(options));
  });
});

import { constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compression } from '../../src/deflate/compression.ts';
import { MAX_SYNCHRONOUS_BYTES, MessageDeflater } from '../../src/deflate/message-deflater.ts';
import type { PerMessageDeflateOptions } from '../../src/deflate/options.ts';
import { inflateAll, inflateInWindow, json, noise } from './texts.ts';

interface Settings {
  windowBits?: number;
  hasTakeover?: boolean;
  usesRawZlib?: boolean;
  options?: PerMessageDeflateOptions;
}

function deflater({ windowBits = 15, hasTakeover = true, usesRawZlib = true, options = {} }: Settings = {}) {
  return new MessageDeflater(new Compression(options, usesRawZlib), windowBits, hasTakeover);
}

async function deflateAll(
  by: MessageDeflater,
  messages: readonly (string | Uint8Array)[],
): Promise<Uint8Array[]> {
  const deflated: Uint8Array[] = [];
  for (const message of messages) deflated.push(await by.deflate(message, true));
  return deflated;
}

const LONG = MAX_SYNCHRONOUS_BYTES + 1;

describe.each([
  ['with the handle of zlib', true],
  ['with public functions alone', false],
])('a MessageDeflater %s', (_how, usesRawZlib) => {
  it.each([0, 1, 125, 126, 127, 1024, MAX_SYNCHRONOUS_BYTES, LONG, 65_535, 65_536])(
    'compresses a message of %i bytes to what zlib inflates',
    async (length) => {
      for (const data of [json(length), noise(length)]) {
        const by = deflater({ usesRawZlib });
        expect(inflateAll(await deflateAll(by, [data])).equals(data)).toBe(true);
      }
    },
  );

  it('compresses texts as UTF-8', async () => {
    const [message] = await deflateAll(deflater({ usesRawZlib }), ['grüße 👋'.repeat(20)]);
    expect(inflateAll([message as Uint8Array]).toString()).toBe('grüße 👋'.repeat(20));
  });

  it('gives any row of messages back in one context', async () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ max: 3 * LONG, min: 0 }).map((length) => json(length)),
    );
    const settings = fc.record({
      windowBits: fc.integer({ min: 8, max: 15 }),
      hasTakeover: fc.boolean(),
      level: fc.integer({ min: 0, max: 9 }),
      memLevel: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 6 }), settings, async (messages, rest) => {
        const { level, memLevel, ...parameters } = rest;
        const options = { zlibDeflateOptions: { level, memLevel } };
        const by = deflater({ ...parameters, usesRawZlib, options });
        const inflated = await inflateInWindow(await deflateAll(by, messages), rest.windowBits);
        expect(inflated.equals(Buffer.concat(messages))).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('compresses fragments so that each can leave, and only the last leaves out the tail', async () => {
    const by = deflater({ usesRawZlib });
    const fragments = [
      await by.deflate('Hel', false),
      await by.deflate('', false),
      await by.deflate(json(LONG), false),
      await by.deflate('lo', true),
    ];
    for (const fragment of [fragments[0], fragments[2]]) {
      expect(
        Buffer.from(fragment as Uint8Array)
          .subarray(-4)
          .toString('hex'),
      ).toBe('0000ffff');
    }
    expect(inflateAll([Buffer.concat(fragments)]).toString()).toBe(`Hel${json(LONG)}lo`);
    expect(
      inflateAll([Buffer.concat([...fragments.slice(0, 3), await by.deflate('', true)])]).toString(),
    ).toBe(`Hel${json(LONG)}`);
  });

  it('says a message of nothing in one byte (RFC 7692 §7.2.3.6)', () => {
    const by = deflater({ usesRawZlib });
    for (const data of ['', new Uint8Array(0)]) expect(by.deflate(data, true)).toEqual(Uint8Array.of(0));
  });

  it('leaves what it is given as it was', async () => {
    const data = json(LONG);
    await deflater({ usesRawZlib }).deflate(data, true);
    expect(data.equals(json(LONG))).toBe(true);
  });

  it.each([
    [8, 8],
    [9, 9],
    [10, 10],
  ])('refers no further back than a window of 2^%i bytes', async (windowBits) => {
    const messages = [json(500), json(3000), json(LONG), json(200)];
    const compressed = await deflateAll(deflater({ windowBits, usesRawZlib }), messages);
    const inflated = await inflateInWindow(compressed, windowBits);
    expect(inflated.equals(Buffer.concat(messages))).toBe(true);
    // It could be told: from a larger window, these do not fit.
    const larger = await deflateAll(deflater({ windowBits: windowBits + 2, usesRawZlib }), messages);
    await expect(inflateInWindow(larger, windowBits)).rejects.toThrow('invalid distance too far back');
  });
});

describe('a MessageDeflater', () => {
  it('compresses short messages at once, and long ones in a thread', () => {
    const by = deflater();
    expect(by.deflate(json(MAX_SYNCHRONOUS_BYTES), true)).toBeInstanceOf(Uint8Array);
    expect(by.deflate(json(LONG), true)).toBeInstanceOf(Promise);
  });

  it('refers to messages before, with context takeover alone', async () => {
    const [first, second] = await deflateAll(deflater(), [json(1000), json(1000)]);
    expect(second?.length).toBeLessThan((first?.length as number) / 4);
    const alone = await deflateAll(deflater({ hasTakeover: false }), [json(1000), json(1000)]);
    expect(alone[1]).toEqual(alone[0]);
    expect(alone[0]).toEqual(first);
  });

  it('refers to nothing before a long message, nor to it', async () => {
    const messages = [json(1000), json(LONG), json(1000)];
    const [first, , third] = await deflateAll(deflater(), messages);
    expect(third).toEqual(first);
  });

  it('refers to nothing it has forgotten, and gives its context to others', () => {
    const compression = new Compression({});
    const by = new MessageDeflater(compression, 15, true);
    const first = by.deflate(json(1000), true);
    by.forget();
    expect(by.deflate(json(1000), true)).toEqual(first);
    by.forget();
    const other = new MessageDeflater(compression, 15, true);
    expect(other.deflate(json(1000), true)).toEqual(first);
    expect(compression.contexts.bytes).toBe(256 * 1024);
  });

  it('has memory of its own for what it returns', () => {
    const by = deflater();
    const first = by.deflate(json(1000), true) as Uint8Array;
    const before = Buffer.from(first);
    by.deflate(noise(1000), true);
    expect(before.equals(first)).toBe(true);
  });

  it('shares one context among all that have no context takeover', () => {
    const compression = new Compression({});
    for (let i = 0; i < 10; i++) new MessageDeflater(compression, 15, false).deflate(json(1000), true);
    expect(compression.contexts.bytes).toBe(256 * 1024);
  });

  it('uses the level of zlib that it is told', async () => {
    const options = { zlibDeflateOptions: { level: constants.Z_NO_COMPRESSION } };
    for (const length of [1000, LONG]) {
      const [message] = await deflateAll(deflater({ options }), [json(length)]);
      expect(message?.length).toBeGreaterThan(length);
    }
  });

  it('has room for what only gets longer, at the worst parameters', async () => {
    const options = { zlibDeflateOptions: { memLevel: 1, strategy: constants.Z_FIXED } };
    // Nine bits each by the codes of RFC 1951 §3.2.6.
    const data = noise(MAX_SYNCHRONOUS_BYTES).map((byte) => 144 + (byte % 112));
    for (const each of [data, noise(data.length)]) {
      const [message] = await deflateAll(deflater({ options, hasTakeover: false }), [each]);
      expect(message?.length).toBeGreaterThan(each.length);
      expect(inflateAll([message as Uint8Array]).equals(each)).toBe(true);
    }
  });

  it('compresses no more long messages at once than it may', async () => {
    const compression = new Compression({ concurrencyLimit: 1 });
    let atOnce = 0;
    let most = 0;
    const { limiter } = compression;
    const run = limiter.run.bind(limiter);
    limiter.run = (task) =>
      run(async () => {
        most = Math.max(most, ++atOnce);
        const result = await task();
        atOnce--;
        return result;
      });
    const deflaters = [1, 2, 3].map(() => new MessageDeflater(compression, 15, true));
    const messages = await Promise.all(deflaters.map((by) => by.deflate(json(LONG), true)));
    expect(messages.map((message) => inflateAll([message]).length)).toEqual([LONG, LONG, LONG]);
    expect(most).toBe(1);
  });
});

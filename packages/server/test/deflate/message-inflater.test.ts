import { constants, createDeflateRaw, deflateRawSync } from 'node:zlib';
import type { DataEvent } from '@holdfast/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Compression } from '../../src/deflate/compression.ts';
import { MessageDeflater } from '../../src/deflate/message-deflater.ts';
import { MessageInflater } from '../../src/deflate/message-inflater.ts';
import { deflated, json, noise } from './texts.ts';

const { Z_SYNC_FLUSH } = constants;

interface Settings {
  windowBits?: number;
  hasTakeover?: boolean;
  usesRawZlib?: boolean;
  maxMessageBytes?: number;
  validateUtf8?: boolean;
}

function inflater(settings: Settings = {}): MessageInflater {
  const { windowBits = 15, hasTakeover = true, usesRawZlib = true } = settings;
  const { maxMessageBytes = 2 ** 24, validateUtf8 = true } = settings;
  const limits = { maxMessageBytes, validateUtf8 };
  return new MessageInflater(new Compression({}, usesRawZlib), windowBits, hasTakeover, limits);
}

function binary(data: Uint8Array): DataEvent {
  return { type: 'binary', data, compressed: true };
}

/** What comes of `inflate`, thrown or rejected alike. */
async function inflate(by: MessageInflater, data: Uint8Array): Promise<Buffer> {
  const { type, data: inflated, compressed } = await by.inflate(binary(data));
  expect([type, compressed]).toEqual(['binary', false]);
  return inflated as Buffer;
}

/** Compresses in one context, without a context in between as `MessageDeflater` may. */
class Peer {
  private readonly deflate = createDeflateRaw();

  async message(data: Uint8Array): Promise<Buffer> {
    const chunks: Buffer[] = [];
    const gather = (chunk: Buffer): void => void chunks.push(chunk);
    this.deflate.on('data', gather);
    this.deflate.write(data);
    await new Promise<void>((resolve) => this.deflate.flush(Z_SYNC_FLUSH, resolve));
    this.deflate.off('data', gather);
    return Buffer.concat(chunks).subarray(0, -4);
  }
}

const ZEROS = Buffer.alloc(1);

describe.each([
  ['with the handle of zlib', true],
  ['with public functions alone', false],
])('a MessageInflater %s', (_how, usesRawZlib) => {
  it.each([0, 1, 125, 126, 127, 1024, 65_535, 65_536, 65_537, 200_000])(
    'inflates a message of %i bytes',
    async (length) => {
      for (const data of [json(length), noise(length)]) {
        const inflated = await inflate(inflater({ usesRawZlib }), deflated(data));
        expect(Buffer.isBuffer(inflated)).toBe(true);
        expect(inflated.equals(data)).toBe(true);
      }
    },
  );

  it('inflates the examples of RFC 7692 §7.2.3', async () => {
    const examples = {
      'one block': 'f248cdc9c90700',
      'a block of its own codes, then one without compression': '000500faff48656c6c6f00',
      'a final block, and the byte behind it': 'f348cdc9c9070000',
      'two blocks': 'f248050000 00ffffcac9c90700'.replace(' ', ''),
    };
    for (const [what, hex] of Object.entries(examples)) {
      const by = inflater({ usesRawZlib });
      expect([what, (await inflate(by, Buffer.from(hex, 'hex'))).toString()]).toEqual([what, 'Hello']);
    }
  });

  it('inflates what refers to messages before (§7.2.3.2)', async () => {
    const by = inflater({ usesRawZlib });
    expect((await inflate(by, Buffer.from('f248cdc9c90700', 'hex'))).toString()).toBe('Hello');
    expect((await inflate(by, Buffer.from('f200110000', 'hex'))).toString()).toBe('Hello');
  });

  it('inflates any row of messages of one context', async () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 100_000 }).map((length) => json(length)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 8 }), async (messages) => {
        const [peer, by] = [new Peer(), inflater({ usesRawZlib })];
        for (const data of messages.filter(({ length }) => length > 0)) {
          const inflated = await inflate(by, await peer.message(data));
          expect(inflated.equals(data)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refers to a window of the size agreed upon alone', async () => {
    const [near, far] = [json(200), json(1000)];
    for (const [data, isInWindow] of [
      [near, true],
      [far, false],
    ] as const) {
      const [peer, by] = [new Peer(), inflater({ usesRawZlib, windowBits: 8 })];
      await inflate(by, await peer.message(data));
      const again = inflate(by, await peer.message(data));
      if (isInWindow) expect((await again).equals(data)).toBe(true);
      else await expect(again).rejects.toMatchObject({ code: 'Z_DATA_ERROR', closeCode: 1007 });
    }
  });

  it('knows nothing of messages before without context takeover', async () => {
    const [peer, by] = [new Peer(), inflater({ usesRawZlib, hasTakeover: false })];
    await inflate(by, await peer.message(json(1000)));
    await expect(inflate(by, await peer.message(json(1000)))).rejects.toMatchObject({ closeCode: 1007 });
  });

  it('takes a message of nothing, in a byte or in none (§7.2.3.6)', async () => {
    for (const data of [Buffer.alloc(0), Buffer.of(0)]) {
      expect(await inflate(inflater({ usesRawZlib }), data)).toHaveLength(0);
    }
  });

  describe('from blocks with BFINAL set (§7.2.3.5)', () => {
    const final = (data: Uint8Array): Buffer => deflateRawSync(data);

    it.each([100, 50_000, 100_000])('takes a message of %i bytes that ends with one', async (length) => {
      const by = inflater({ usesRawZlib });
      for (let round = 0; round < 3; round++) {
        const message = Buffer.concat([final(json(length)), ZEROS]);
        expect((await inflate(by, message)).equals(json(length))).toBe(true);
      }
    });

    it('takes one whose sender has forgotten the byte behind it', async () => {
      expect((await inflate(inflater({ usesRawZlib }), final(json(100)))).equals(json(100))).toBe(true);
    });

    it.each([100, 30_000])(
      'takes several of %i bytes in a message, and what comes between',
      async (length) => {
        const parts = [json(length), noise(length), json(length), noise(5)];
        const message = Buffer.concat([
          final(parts[0] as Buffer),
          deflateRawSync(parts[1] as Buffer, { finishFlush: Z_SYNC_FLUSH }),
          final(parts[2] as Buffer),
          deflated(parts[3] as Buffer),
        ]);
        const inflated = await inflate(inflater({ usesRawZlib }), message);
        expect(inflated.equals(Buffer.concat(parts))).toBe(true);
      },
    );

    it('lets what follows one refer to what was before it, in this message and those before', async () => {
      const by = inflater({ usesRawZlib });
      await inflate(by, deflated('Holdfast'));
      const referring = (dictionary: Uint8Array, finishFlush?: number): Buffer =>
        deflateRawSync('Holdfast holds fast', { dictionary, ...(finishFlush && { finishFlush }) });
      const first = referring(Buffer.from('Holdfast'));
      const second = referring(Buffer.from('HoldfastHoldfast holds fast'), Z_SYNC_FLUSH).subarray(0, -4);
      const inflated = await inflate(by, Buffer.concat([first, second]));
      expect(inflated.toString()).toBe('Holdfast holds fast'.repeat(2));
    });

    it('does not take them without end: each makes zlib begin anew', async () => {
      const empty = final(Buffer.alloc(0));
      const message = Buffer.concat([...Array<Buffer>(65).fill(empty), ZEROS]);
      await expect(inflate(inflater({ usesRawZlib }), message)).rejects.toMatchObject({ closeCode: 1007 });
      const fewer = Buffer.concat([...Array<Buffer>(64).fill(empty), ZEROS]);
      expect(await inflate(inflater({ usesRawZlib }), fewer)).toHaveLength(0);
    });
  });

  describe('that is given what is no compressed message', () => {
    it.each([
      ['a reserved type of block', '07'],
      ['lengths of a block that do not agree', '000500000048656c6c6f'],
      ['a distance to before the beginning', '0b0002'],
      ['noise', 'ffffffffffffffff'],
      ['half a block', deflateRawSync(json(100)).subarray(0, 50).toString('hex')],
      ['a block without its end', deflateRawSync(json(100)).subarray(0, -1).toString('hex')],
      ['a block without compression that is too short', '000500faff48656c'],
    ])('fails: %s', async (_what, hex) => {
      const by = inflater({ usesRawZlib });
      await expect(inflate(by, Buffer.from(hex, 'hex'))).rejects.toMatchObject({
        name: 'ProtocolError',
        code: 'Z_DATA_ERROR',
        closeCode: 1007,
      });
    });

    it('fails, and no other connection is concerned', async () => {
      const [good, bad] = [inflater({ usesRawZlib }), inflater({ usesRawZlib })];
      const peer = new Peer();
      await inflate(good, await peer.message(json(1000)));
      await expect(inflate(bad, Buffer.from('07', 'hex'))).rejects.toThrow();
      expect((await inflate(good, await peer.message(json(1000)))).equals(json(1000))).toBe(true);
    });

    it('fails like this or gives something, whatever it is given', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
          const result = await inflate(inflater({ usesRawZlib }), bytes).catch((error: unknown) => error);
          if (!Buffer.isBuffer(result)) expect(result).toMatchObject({ closeCode: 1007 });
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('with a limit', () => {
    it.each([1, 1000, 65_535, 65_536, 65_537, 100_000])('takes %i bytes, and not one more', async (limit) => {
      for (const make of [json, noise]) {
        const by = inflater({ usesRawZlib, maxMessageBytes: limit });
        expect(await inflate(by, deflated(make(limit)))).toHaveLength(limit);
        await expect(inflate(by, deflated(make(limit + 1)))).rejects.toMatchObject({
          code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
          closeCode: 1009,
        });
      }
    });

    it('counts what comes in several streams', async () => {
      const message = Buffer.concat([deflateRawSync(json(600)), deflateRawSync(json(600)), ZEROS]);
      const by = inflater({ usesRawZlib, maxMessageBytes: 1199 });
      await expect(inflate(by, message)).rejects.toMatchObject({ closeCode: 1009 });
      const fitting = inflater({ usesRawZlib, maxMessageBytes: 1200 });
      expect(await inflate(fitting, message)).toHaveLength(1200);
    });

    it('allocates no more than it and a chunk for what inflates without end', async () => {
      const bomb = deflated(Buffer.alloc(256 * 1024 * 1024));
      const by = inflater({ usesRawZlib, maxMessageBytes: 1024 * 1024 });
      const before = process.memoryUsage().arrayBuffers;
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }, 1);
      await expect(inflate(by, bomb)).rejects.toMatchObject({ closeCode: 1009 });
      clearInterval(watch);
      most = Math.max(most, process.memoryUsage().arrayBuffers);
      // The limit, a chunk, and the compressed message with its tail.
      expect(most - before).toBeLessThan(1024 * 1024 + 256 * 1024 + bomb.length + 256 * 1024);
    });

    it('has none where it is Infinity', async () => {
      const by = inflater({ usesRawZlib, maxMessageBytes: Number.POSITIVE_INFINITY });
      expect(await inflate(by, deflated(json(300_000)))).toHaveLength(300_000);
    });
  });

  it('validates text once it is inflated', async () => {
    const text = (by: MessageInflater, data: Uint8Array): Promise<DataEvent> =>
      Promise.resolve().then(() => by.inflate({ type: 'text', data: deflated(data), compressed: true }));
    const long = Buffer.concat([json(70_000), Buffer.of(0xc3)]);
    for (const invalid of [Buffer.of(0xff), long]) {
      await expect(text(inflater({ usesRawZlib }), invalid)).rejects.toMatchObject({
        code: 'WS_ERR_INVALID_UTF8',
        closeCode: 1007,
      });
      const lax = await text(inflater({ usesRawZlib, validateUtf8: false }), invalid);
      expect(Buffer.from(lax.data).equals(invalid)).toBe(true);
      expect(await inflate(inflater({ usesRawZlib }), deflated(invalid))).toHaveLength(invalid.length);
    }
    const { type, data } = await text(inflater({ usesRawZlib }), Buffer.from('grüße'));
    expect([type, String(data)]).toEqual(['text', 'grüße']);
  });
});

describe('a MessageInflater', () => {
  it('inflates short messages at once, and what is long, before or afterwards, in a thread', async () => {
    const by = inflater();
    expect(by.inflate(binary(deflated(json(65_535))))).not.toBeInstanceOf(Promise);
    for (const data of [json(65_537), noise(65_537)]) {
      const inflating = by.inflate(binary(deflated(data)));
      expect(inflating).toBeInstanceOf(Promise);
      await inflating;
    }
  });

  it('has memory of its own for what it returns', async () => {
    const by = inflater();
    const first = await inflate(by, deflated(json(1000)));
    await inflate(by, deflated(noise(1000)));
    expect(first.equals(json(1000))).toBe(true);
  });

  it('takes what a MessageDeflater gives, in every window, with takeover and without', async () => {
    for (let windowBits = 8; windowBits <= 15; windowBits++) {
      for (const hasTakeover of [true, false]) {
        const deflater = new MessageDeflater(new Compression({}), windowBits, hasTakeover);
        const by = inflater({ windowBits, hasTakeover });
        for (const data of [json(300), json(5000), noise(300), json(40_000), json(5000)]) {
          const inflated = await inflate(by, await deflater.deflate(data, true));
          expect(inflated.equals(data)).toBe(true);
        }
      }
    }
  });
});

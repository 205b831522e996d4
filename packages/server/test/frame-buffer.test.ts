import { fragment, type Item, type Payload } from '@holdfast/protocol';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { FrameBuffer, KEPT_PAYLOAD_BYTES } from '../src/frame-buffer.ts';
import { itemsOfRun } from './frame-run.ts';

/** Room for any number of items. */
const PLENTY_BYTES = 1e9;

let buffer: FrameBuffer;
/** Everything that was appended, as the items it is, in words. */
let appended: string[];

beforeEach(() => {
  buffer = new FrameBuffer();
  appended = [];
});

function append(data: Payload, binary = false): void {
  buffer.append(data, binary);
  for (const item of fragment(typeof data === 'string' && binary ? Buffer.from(data) : data, binary)) {
    appended.push(inWords({ ...item, data: Buffer.from(item.data as string) }));
  }
}

function fill(count: number): void {
  for (let i = 0; i < count; i++) append(`number ${buffer.next}`);
}

/** One string: far faster to compare than bytes, which the matchers look at one by one. */
function inWords(item: Item): string {
  if (item.kind === 'close') return `close ${item.code} ${item.reason}`;
  return `${item.binary ? 'binary' : 'text'}${item.final ? '' : ' more'} ${(item.data as Buffer).toString('latin1')}`;
}

/** What `take` hands out, by number, once it is sure that these are the items which have them. */
function take(capacityBytes = PLENTY_BYTES): number[] {
  const run = buffer.take(capacityBytes);
  expect(itemsOfRun(run).map(inWords)).toEqual(appended.slice(run.first, run.first + run.count));
  return Array.from({ length: run.count }, (_, index) => run.first + index);
}

const bytesOf = (frames: readonly Buffer[]): number =>
  frames.reduce((bytes, { length }) => bytes + length, 0);

describe('a send buffer of frames', () => {
  it('hands items out in order, once', () => {
    fill(3);
    expect(take()).toEqual([0, 1, 2]);
    expect(buffer.hasUnsent).toBe(false);
    expect(take()).toEqual([]);
    fill(1);
    expect(take()).toEqual([3]);
  });

  it.each([0, 1, 41, 42, 124, 125, 126, KEPT_PAYLOAD_BYTES - 1, KEPT_PAYLOAD_BYTES, 32_768, 32_769])(
    'says a message of length %i, of any kind',
    (length) => {
      for (const beginning of ['', '~', 'é', '😀', '~more']) {
        const text = (beginning + 'x~é😀'.repeat(length / 4 + 1)).slice(0, length);
        append(text);
        append(text, true);
        append(Buffer.from(text));
        append(Buffer.from(text), true);
      }
      buffer.appendClose(3001, 'that is all');
      appended.push(inWords({ kind: 'close', code: 3001, reason: 'that is all' }));
      expect(take()).toHaveLength(appended.length);
      buffer.rewind(0);
      expect(take()).toHaveLength(appended.length);
    },
  );

  it.each([
    [1005, ''],
    [1000, ''],
    [4999, 'é'.repeat(61)],
  ])('says a close of %i', (code, reason) => {
    buffer.appendClose(code, reason);
    expect(itemsOfRun(buffer.take(PLENTY_BYTES))).toEqual([{ kind: 'close', code, reason }]);
  });

  it('copies what is short, and keeps what is long', () => {
    const [short, long] = [Buffer.alloc(KEPT_PAYLOAD_BYTES - 1), Buffer.alloc(KEPT_PAYLOAD_BYTES)];
    buffer.append(short, true);
    buffer.append(long, true);
    const { frames } = buffer.take(PLENTY_BYTES);
    expect(frames.map(({ buffer: memory }) => memory === short.buffer)).not.toContain(true);
    expect(frames.at(-1)?.buffer).toBe(long.buffer);
  });

  it('hands out memory that does not change when more comes', () => {
    fill(1);
    const { frames } = buffer.take(PLENTY_BYTES);
    const before = Buffer.concat(frames);
    fill(50);
    expect(Buffer.concat(frames).equals(before)).toBe(true);
    expect(take()).toHaveLength(50);
  });

  it('keeps what it has handed out until it is acknowledged', () => {
    fill(3);
    const { heldBytes } = buffer;
    expect(heldBytes).toBe(3 * (2 + 'number 0'.length));
    take();
    expect(buffer).toMatchObject({ heldBytes, unsentBytes: 0 });
    buffer.acknowledge(2);
    expect(buffer).toMatchObject({ acknowledged: 2, unsentBytes: 0 });
    buffer.acknowledge(3);
    expect(buffer).toMatchObject({ acknowledged: 3, heldBytes: 0 });
  });

  it('counts what is unsent as it will be on the wire', () => {
    append('é');
    append('~');
    append('x'.repeat(200));
    const unsent = buffer.unsentBytes;
    expect(bytesOf(buffer.take(PLENTY_BYTES).frames)).toBe(unsent);
    expect(buffer.unsentBytes).toBe(0);
  });

  it('hands out again what the peer does not have', () => {
    fill(4);
    take();
    buffer.rewind(1);
    expect(buffer).toMatchObject({ acknowledged: 1, cursor: 1, unsentBytes: 3 * 10, resent: 0 });
    expect(take()).toEqual([1, 2, 3]);
    expect(buffer.resent).toBe(3);
  });

  it('begins with what tells about a fragment, where that is the first one handed out again', () => {
    append('x'.repeat(40_000));
    append('~more');
    append('~m');
    fill(1);
    take();
    for (const first of [1, 0, 2, 3, 4]) {
      if (first >= buffer.acknowledged) buffer.rewind(first);
      expect(take()[0]).toBe(first >= buffer.acknowledged ? first : undefined);
    }
  });

  it('takes no binary message for what tells about a fragment, whatever its bytes are', () => {
    append(Buffer.from('~more'), true);
    fill(2);
    take();
    buffer.acknowledge(1);
    buffer.rewind(1);
    expect(take()).toEqual([1, 2]);
  });

  it('counts as resent only what was handed out before', () => {
    fill(2);
    take();
    fill(2);
    buffer.rewind(0);
    expect(take()).toEqual([0, 1, 2, 3]);
    expect(buffer.resent).toBe(2);
    fill(1);
    take();
    expect(buffer.resent).toBe(2);
  });

  it('does not hand out again what is acknowledged after it was rewound', () => {
    fill(4);
    take();
    buffer.rewind(0);
    buffer.acknowledge(3);
    expect(buffer).toMatchObject({ cursor: 3, unsentBytes: 10 });
    expect(take()).toEqual([3]);
  });

  it('ignores an acknowledgement that is older than the last', () => {
    fill(3);
    take();
    buffer.acknowledge(2);
    buffer.acknowledge(1);
    expect(buffer.acknowledged).toBe(2);
  });

  it('refuses the acknowledgement of what was never handed out, and changes nothing', () => {
    append('x'.repeat(40_000));
    fill(1);
    take(1);
    const before = { ...buffer };
    for (const call of [() => buffer.acknowledge(3), () => buffer.rewind(3), () => buffer.acknowledge(4)]) {
      expect(call).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
    }
    expect({ ...buffer }).toEqual(before);
  });

  it('hands out about what fits, and at least something', () => {
    for (let i = 0; i < 20; i++) append(Buffer.alloc(10_000, i), true);
    expect(take(1)).toEqual([0]);
    expect(take(35_000)).toEqual([1, 2, 3]);
    expect(take()).toHaveLength(16);
  });

  it('holds nothing once all is acknowledged, and little beside what is not', () => {
    for (let round = 0; round < 300; round++) {
      fill(100);
      take();
      buffer.acknowledge(Math.max(0, buffer.next - 40));
    }
    expect(buffer.heldBytes).toBeLessThan(150_000);
    expect(segmentsOf(buffer)).toBeLessThan(10);
    buffer.acknowledge(buffer.next);
    expect(segmentsOf(buffer)).toBe(0);
    expect(buffer).toMatchObject({ heldBytes: 0, unsentBytes: 0 });
    fill(1);
    expect(take()).toEqual([30_000]);
  });

  it('keeps its invariants through any row of calls', () => {
    const payload = fc.record({
      length: fc.oneof(fc.nat(60), fc.nat(300), fc.nat(9000), fc.nat(70_000)),
      beginning: fc.constantFrom('', '~', '~more', 'é', '😀'),
      binary: fc.boolean(),
      asBytes: fc.boolean(),
    });
    const call = fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant('append' as const), payload }) },
      fc.record({ type: fc.constant('take' as const), n: fc.nat(40_000) }),
      fc.record({ type: fc.constant('acknowledge' as const), n: fc.nat(100) }),
      fc.record({ type: fc.constant('rewind' as const), n: fc.nat(100) }),
    );
    fc.assert(
      fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
        buffer = new FrameBuffer();
        appended = [];
        let handedOut = 0;
        for (const each of calls) {
          if (each.type === 'append') {
            const { length, beginning, binary, asBytes } = each.payload;
            const text = beginning + 'x'.repeat(length);
            append(asBytes ? Buffer.from(text) : text, binary);
          } else if (each.type === 'take') {
            take(each.n);
          } else {
            buffer[each.type](Math.floor((handedOut * each.n) / 100));
          }
          handedOut = Math.max(handedOut, buffer.cursor);
          expect(buffer.acknowledged).toBeLessThanOrEqual(buffer.cursor);
          expect(buffer.cursor).toBeLessThanOrEqual(buffer.next);
          expect(buffer.next).toBe(appended.length);
          expect(buffer.unsentBytes).toBeLessThanOrEqual(buffer.heldBytes);
          expect(buffer.heldBytes === 0).toBe(buffer.acknowledged === buffer.next);
        }
        buffer.rewind(0);
        const { unsentBytes, cursor } = buffer;
        const rest = buffer.take(PLENTY_BYTES);
        expect(bytesOf(rest.frames)).toBe(unsentBytes);
        expect(itemsOfRun(rest).map(inWords)).toEqual(appended.slice(cursor));
      }),
      { numRuns: 1000 },
    );
  });
});

/** How many pieces of memory are kept, which no public field tells. */
function segmentsOf(of: FrameBuffer): number {
  return (of as unknown as { segments: unknown[] }).segments.length;
}

import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../src/item.ts';
import { ItemBuffer } from '../src/item-buffer.ts';

const item = (data: string): Item => ({ kind: 'data', data, binary: false, final: true });

/** Room for any number of items. */
const PLENTY_BYTES = 1e9;

let buffer: ItemBuffer;

beforeEach(() => {
  buffer = new ItemBuffer();
});

/** Appends `count` items of ten bytes each, whose data is their number. */
function fill(count: number): void {
  for (let i = 0; i < count; i++) buffer.appendItem(item(String(buffer.next)), 10);
}

/** What `take` hands out, by number. */
function take(capacityBytes = PLENTY_BYTES): number[] {
  const { first, items } = buffer.take(capacityBytes);
  expect(items).toEqual(items.map((_, index) => item(String(first + index))));
  return items.map((_, index) => first + index);
}

describe('a send buffer of items', () => {
  it('hands items out in order, once', () => {
    fill(3);
    expect(take()).toEqual([0, 1, 2]);
    expect(buffer.hasUnsent).toBe(false);
    expect(take()).toEqual([]);
    fill(1);
    expect(take()).toEqual([3]);
  });

  it('keeps what it has handed out until it is acknowledged', () => {
    fill(3);
    take();
    expect(buffer).toMatchObject({ heldBytes: 30, unsentBytes: 0 });
    buffer.acknowledge(2);
    expect(buffer).toMatchObject({ acknowledged: 2, heldBytes: 10, unsentBytes: 0 });
    buffer.acknowledge(3);
    expect(buffer).toMatchObject({ acknowledged: 3, heldBytes: 0 });
  });

  it('hands out again what the peer does not have', () => {
    fill(4);
    take();
    buffer.rewind(1);
    expect(buffer).toMatchObject({ acknowledged: 1, cursor: 1, heldBytes: 30, unsentBytes: 30, resent: 0 });
    expect(take()).toEqual([1, 2, 3]);
    expect(buffer.resent).toBe(3);
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

  it('rewinds to what was acknowledged when the count is older', () => {
    fill(5);
    take();
    buffer.acknowledge(3);
    buffer.rewind(1);
    expect(take()).toEqual([3, 4]);
  });

  it('does not hand out again what is acknowledged after it was rewound', () => {
    fill(4);
    take();
    buffer.rewind(0);
    buffer.acknowledge(3);
    expect(buffer).toMatchObject({ cursor: 3, heldBytes: 10, unsentBytes: 10 });
    expect(take()).toEqual([3]);
  });

  it('ignores an acknowledgement that is older than the last', () => {
    fill(3);
    take();
    buffer.acknowledge(2);
    buffer.acknowledge(1);
    expect(buffer).toMatchObject({ acknowledged: 2, heldBytes: 10 });
  });

  it('refuses the acknowledgement of what was never handed out, and changes nothing', () => {
    fill(3);
    take(40);
    const before = { ...buffer };
    for (const call of [() => buffer.acknowledge(2), () => buffer.rewind(2), () => buffer.acknowledge(4)]) {
      expect(call).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
    }
    expect({ ...buffer }).toEqual(before);
  });

  it('takes the acknowledgement of what was handed out before a rewind', () => {
    fill(3);
    take();
    buffer.rewind(0);
    take(1);
    buffer.acknowledge(3);
    expect(buffer).toMatchObject({ cursor: 3, unsentBytes: 0, heldBytes: 0 });
  });

  it('hands out what fits, header and all', () => {
    fill(5);
    expect(take(2 * (10 + 24))).toEqual([0, 1]);
    expect(take(2 * (10 + 24) - 1)).toEqual([2]);
    expect(buffer.unsentBytes).toBe(20);
  });

  it('bounds the number of empty items too', () => {
    for (let i = 0; i < 100; i++) buffer.appendItem(item(String(i)), 0);
    expect(take(240)).toHaveLength(10);
  });

  it('hands out at least one item, however long', () => {
    buffer.appendItem(item('0'), 100_000);
    buffer.appendItem(item('1'), 0);
    expect(take(1)).toEqual([0]);
    expect(take(1)).toEqual([1]);
    expect(take(0)).toEqual([]);
  });

  it('holds no item that is acknowledged, in thousands of items', () => {
    for (let round = 0; round < 200; round++) {
      fill(25);
      take();
      buffer.acknowledge(Math.max(0, buffer.next - 40));
      expect(buffer.heldBytes).toBe((buffer.next - buffer.acknowledged) * 10);
    }
    buffer.rewind(4_970);
    expect(take()).toEqual(Array.from({ length: 30 }, (_, index) => 4_970 + index));
    expect(held(buffer)).toHaveLength(30);
    buffer.acknowledge(5_000);
    expect(held(buffer)).toEqual([]);
  });

  it('gives up the memory of a large backlog when it is gone', () => {
    fill(3_000);
    take();
    expect(held(buffer)).toHaveLength(3_000);
    buffer.acknowledge(3_000);
    expect(held(buffer)).toEqual([]);
    fill(2);
    expect(take()).toEqual([3_000, 3_001]);
  });

  it('takes one large backlog apart in small steps', () => {
    fill(3_000);
    take();
    for (let count = 1; count <= 3_000; count++) {
      buffer.acknowledge(count);
      if (count % 499 === 0) {
        buffer.rewind(0);
        expect(take()[0]).toBe(count);
      }
    }
    expect(buffer).toMatchObject({ heldBytes: 0, unsentBytes: 0, acknowledged: 3_000, cursor: 3_000 });
  });

  it('keeps its invariants through any row of calls', () => {
    const call = fc.oneof(
      fc.record({ type: fc.constant('append' as const), n: fc.nat(100) }),
      fc.record({ type: fc.constant('take' as const), n: fc.nat(2_000) }),
      fc.record({ type: fc.constant('acknowledge' as const), n: fc.nat(100) }),
      fc.record({ type: fc.constant('rewind' as const), n: fc.nat(100) }),
    );
    fc.assert(
      fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
        buffer = new ItemBuffer();
        let handedOut = 0;
        for (const { type, n } of calls) {
          const count = Math.floor((handedOut * n) / 100);
          if (type === 'append') fill(n);
          else if (type === 'take') take(n);
          else buffer[type](count);
          handedOut = Math.max(handedOut, buffer.cursor);
          expect(buffer.acknowledged).toBeLessThanOrEqual(buffer.cursor);
          expect(buffer.cursor).toBeLessThanOrEqual(buffer.next);
          expect(buffer.heldBytes).toBe((buffer.next - buffer.acknowledged) * 10);
          expect(buffer.unsentBytes).toBe((buffer.next - buffer.cursor) * 10);
        }
      }),
    );
  });
});

/** What memory is held, which no public field tells. */
function held(of: ItemBuffer): unknown[] {
  return (of as unknown as { held: unknown[] }).held;
}

describe('cutting anew', () => {
  /** What `take` hands out, as text, with what is no end of a message followed by a dash. */
  const texts = (): string[] =>
    buffer
      .take(PLENTY_BYTES)
      .items.map((each) =>
        each.kind === 'data' ? `${each.data}${each.final ? '' : '-'}` : `close ${each.code}`,
      );

  it('makes of what is too long several fragments, and leaves the rest as it is', () => {
    for (const data of ['a', 'b'.repeat(8), 'cc']) buffer.append(data, false);
    buffer.appendClose(1000, '');
    buffer.cut(6);
    expect(buffer).toMatchObject({ next: 7, heldBytes: 11, unsentBytes: 11 });
    expect(texts()).toEqual(['a', 'bb-', 'bb-', 'bb-', 'bb', 'cc', 'close 1000']);
    expect(buffer).toMatchObject({ heldBytes: 11, unsentBytes: 0 });
  });

  it('goes on in the middle of a message', () => {
    buffer.append(new Uint8Array(70_000), true);
    buffer.take(40_000);
    buffer.rewind(1);
    buffer.cut(10_000);
    const { first, items } = buffer.take(PLENTY_BYTES);
    expect(first).toBe(1);
    expect(items.map((each) => each.kind === 'data' && [each.data.length, each.final])).toEqual([
      [10_000, false],
      [10_000, false],
      [10_000, false],
      [2768, false],
      [4464, true],
    ]);
  });

  it('holds for what is appended later, until it is told otherwise', () => {
    buffer.cut(6);
    buffer.append('a'.repeat(7), false);
    buffer.append(new Uint8Array(7), true);
    buffer.cut();
    buffer.append('b'.repeat(7), false);
    const { items } = buffer.take(PLENTY_BYTES);
    expect(items.map((each) => each.kind === 'data' && each.data.length)).toEqual([2, 2, 2, 1, 6, 1, 7]);
  });

  it('leaves no fragment longer than that, in UTF-8, nor anything out', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 60 })),
        fc.integer({ min: 12, max: 40 }),
        fc.nat(5),
        (messages, maxBytes, received) => {
          buffer = new ItemBuffer();
          for (const message of messages) buffer.append(message, false);
          buffer.take(PLENTY_BYTES);
          const before = Math.min(received, messages.length);
          buffer.rewind(before);
          buffer.cut(maxBytes);
          const { items } = buffer.take(PLENTY_BYTES);
          let text = '';
          for (const each of items) {
            if (each.kind !== 'data') continue;
            expect(Buffer.byteLength(each.data as string)).toBeLessThanOrEqual(maxBytes);
            text += `${each.data}${each.final ? '|' : ''}`;
          }
          expect(text).toBe(
            messages
              .slice(before)
              .map((message) => `${message}|`)
              .join(''),
          );
        },
      ),
    );
  });

  it('lets what stands before them be acknowledged late: it went along with an attach, and has its number still', () => {
    for (const data of ['a', 'b', 'c'.repeat(10), 'd']) buffer.append(data, false);
    buffer.take(PLENTY_BYTES);
    buffer.rewind(0);
    buffer.cut(6);
    buffer.acknowledge(2);
    expect(() => buffer.acknowledge(3)).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
    expect(texts()).toEqual(['cc-', 'cc-', 'cc-', 'cc-', 'cc', 'd']);
  });

  it('refuses to have acknowledged what was only handed out before', () => {
    buffer.append('x'.repeat(10), false);
    buffer.append('y', false);
    buffer.take(PLENTY_BYTES);
    buffer.rewind(0);
    buffer.cut(6);
    expect(() => buffer.acknowledge(1)).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
  });
});

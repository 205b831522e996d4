import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OutgoingMessages } from '../../src/stream/outgoing.ts';

const KIB_128 = 128 * 1024;

let messages: OutgoingMessages;
let bufferedAmount: number;
let isOpen: boolean;
let sent: unknown[];
/** What the host was told beside. */
let told: unknown[];
let writer: WritableStreamDefaultWriter;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  bufferedAmount = 0;
  isOpen = true;
  sent = [];
  told = [];
  messages = new OutgoingMessages({
    get bufferedAmount() {
      return bufferedAmount;
    },
    send(message) {
      sent.push(message);
      return isOpen;
    },
    onClose: () => told.push('close'),
    onAbort: (reason) => told.push(['abort', reason]),
  });
  writer = messages.writable.getWriter();
  writer.closed.catch(() => {});
});

afterEach(() => {
  vi.useRealTimers();
});

/** What became of a promise by now. */
function stateOf(promise: Promise<unknown>): Promise<unknown> {
  const pending = new Promise((resolve) => setImmediate(resolve, 'pending'));
  return Promise.race([promise.then(() => 'resolved'), pending]).catch((error) => error);
}

describe('a write', () => {
  it('is through at once while little waits', async () => {
    bufferedAmount = KIB_128;
    await writer.write('a');
    expect(sent).toEqual(['a']);
    expect(messages.isWriting).toBe(false);
  });

  it('waits while much does, and so does the next', async () => {
    bufferedAmount = KIB_128 + 1;
    const first = writer.write('a');
    const second = writer.write('b');
    expect(await stateOf(first)).toBe('pending');
    vi.advanceTimersByTime(1000);
    expect(await stateOf(first)).toBe('pending');
    expect(messages.isWriting).toBe(true);
    expect(sent).toEqual(['a']);
    bufferedAmount = KIB_128;
    vi.advanceTimersByTime(4);
    expect(await stateOf(first)).toBe('resolved');
    expect(await stateOf(second)).toBe('resolved');
    expect(sent).toEqual(['a', 'b']);
  });

  it('is through at once where nothing is sent any more', async () => {
    isOpen = false;
    bufferedAmount = KIB_128 + 1;
    await writer.write('a');
    expect(messages.isWriting).toBe(false);
  });

  it('takes buffers and views as they are, and anything else as text', async () => {
    const buffer = new ArrayBuffer(2);
    const view = new DataView(buffer, 1);
    for (const chunk of ['a', buffer, view, 1, null, undefined, ['b', 'c'], new Blob([])])
      await writer.write(chunk);
    expect(sent).toEqual(['a', buffer, view, '1', 'null', 'undefined', 'b,c', '[object Blob]']);
    expect(sent[1]).toBe(buffer);
  });

  it.each([
    ['what is no text', Symbol('none')],
    ['memory that is shared', new SharedArrayBuffer(1)],
    ['a view of such', new Uint8Array(new SharedArrayBuffer(1))],
    ['a buffer that may be resized', Reflect.construct(ArrayBuffer, [1, { maxByteLength: 2 }])],
  ])('refuses %s, and all after it', async (_, chunk) => {
    await expect(writer.write(chunk)).rejects.toThrow(TypeError);
    await expect(writer.write('a')).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });
});

describe('the end', () => {
  const error = new Error('over');

  it('is asked for by a writer that closes, behind what it wrote, and waited for', async () => {
    bufferedAmount = KIB_128 + 1;
    void writer.write('a');
    const closing = writer.close();
    expect(await stateOf(closing)).toBe('pending');
    expect(told).toEqual([]);
    bufferedAmount = 0;
    vi.advanceTimersByTime(4);
    expect(await stateOf(closing)).toBe('pending');
    expect(told).toEqual(['close']);
    messages.close(error);
    expect(await stateOf(closing)).toBe('resolved');
  });

  it('may be a bad one for a writer that closes', async () => {
    const closing = writer.close();
    expect(await stateOf(closing)).toBe('pending');
    messages.fail(error);
    expect(await stateOf(closing)).toBe(error);
  });

  it('is asked for by a writer that aborts, with its reason', async () => {
    await writer.abort('why');
    expect(told).toEqual([['abort', 'why']]);
  });

  it.each([
    ['close', 'resolved'],
    ['fail', error],
  ] as const)('settles a write that waits: %s', async (how, outcome) => {
    bufferedAmount = KIB_128 + 1;
    const writing = writer.write('a');
    expect(await stateOf(writing)).toBe('pending');
    messages[how](error);
    expect(await stateOf(writing)).toBe(outcome);
    expect(messages.isWriting).toBe(false);
    expect(await stateOf(writer.write('b'))).toBe(error);
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
    vi.runAllTimers();
    expect(vi.getTimerCount()).toBe(0);
  });
});

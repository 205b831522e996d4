import { beforeEach, describe, expect, it } from 'vitest';
import { type Incoming, IncomingMessages } from '../../src/stream/incoming.ts';

const KIB_32 = new Uint8Array(32 * 1024);

let messages: IncomingMessages;
/** What the host was told, in order. */
let told: unknown[];

/** Reads so many. */
async function read(count: number): Promise<(Incoming | undefined)[]> {
  const reader = messages.readable.getReader();
  const chunks: (Incoming | undefined)[] = [];
  for (let i = 0; i < count; i++) chunks.push((await reader.read()).value);
  reader.releaseLock();
  return chunks;
}

/** Streams look for more in turns of their own. */
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(async () => {
  told = [];
  messages = new IncomingMessages({
    onHoldUp: (isHeldUp) => told.push(isHeldUp ? 'hold up' : 'go on'),
    onCancel: (reason) => told.push(['cancel', reason]),
  });
  await endOfTurn();
});

describe('messages that have come', () => {
  it('are read in order', async () => {
    for (const text of ['a', '', 'b']) messages.add(text);
    messages.add(KIB_32);
    expect(await read(4)).toEqual(['a', '', 'b', KIB_32]);
    expect(told).toEqual([]);
  });

  it('hold up whoever sends once 128 KiB wait, and let it go on once half of them have been read', async () => {
    for (let i = 0; i < 3; i++) messages.add(KIB_32);
    expect(told).toEqual([]);
    messages.add(KIB_32);
    messages.add(KIB_32);
    expect(told).toEqual(['hold up']);
    await read(2);
    await endOfTurn();
    expect(told).toEqual(['hold up']);
    await read(2);
    await endOfTurn();
    expect(told).toEqual(['hold up', 'go on']);
    await read(1);
    for (let i = 0; i < 4; i++) messages.add(KIB_32);
    expect(told).toEqual(['hold up', 'go on', 'hold up']);
  });

  it('count for more than they hold, so that many empty ones hold up too', () => {
    for (let i = 0; i < 6000; i++) messages.add('');
    expect(told).toEqual(['hold up']);
  });

  it('are dropped once nobody wants them any more', async () => {
    messages.add('a');
    await messages.readable.cancel('enough');
    for (let i = 0; i < 5; i++) messages.add(KIB_32);
    messages.close();
    messages.fail(new Error('late'));
    expect(told).toEqual([['cancel', 'enough']]);
  });
});

describe('the end', () => {
  it('comes behind what waits', async () => {
    messages.add('a');
    messages.close();
    const reader = messages.readable.getReader();
    expect(await reader.read()).toEqual({ done: false, value: 'a' });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
  });

  it('comes behind what waits also where it is an error', async () => {
    const error = new Error('cut');
    messages.add('a');
    messages.add('b');
    messages.fail(error);
    expect(await read(2)).toEqual(['a', 'b']);
    await expect(read(1)).rejects.toBe(error);
  });

  it('is an error at once where nothing waits', async () => {
    const error = new Error('cut');
    const reading = read(1);
    messages.fail(error);
    await expect(reading).rejects.toBe(error);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Messages } from '../pages/messages.mjs';
import { Sender } from '../pages/sender.mjs';

/** @import { Message } from '../pages/messages.mjs' */

const messages = new Messages(1, 'p0-up');

/** @param {{ waiting?: () => number, total?: number, perSecond?: number }} options */
function start({ waiting = () => 0, total = 40, perSecond = 10 }) {
  /** @type {Message[]} */
  const sent = [];
  const send = (/** @type {Message} */ message) => void sent.push(message);
  return { sent, sender: new Sender(messages, { send, waiting, mostWaiting: 1000, total, perSecond }) };
}

describe('a sender', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('sends the messages in order, at its rate, and as many as it is to', async () => {
    const { sent, sender } = start({});
    await vi.advanceTimersByTimeAsync(3000);
    expect(sent.length).toBeGreaterThanOrEqual(29);
    expect(sent.length).toBeLessThanOrEqual(30);
    expect(sender.isDone).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(sent).toEqual(Array.from({ length: 40 }, (_, number) => messages.at(number)));
    expect(sender.isDone).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits while too much waits, then makes up for it, and tells how much it was at most', async () => {
    let waiting = 1000;
    const { sent, sender } = start({ waiting: () => waiting });
    await vi.advanceTimersByTimeAsync(3000);
    expect(sent).toEqual([]);
    waiting = 999;
    await vi.advanceTimersByTimeAsync(50);
    expect(sent.length).toBeGreaterThanOrEqual(29);
    expect(sender.mostWaiting).toBe(999);
  });

  it('stops for good', async () => {
    const { sent, sender } = start({});
    await vi.advanceTimersByTimeAsync(1000);
    sender.stop();
    const { length } = sent;
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(length);
  });
});

import type { Item, Outgoing, Transport } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChannelHandler } from '../src/channel.ts';
import type { FrameRun } from '../src/frame-buffer.ts';
import { PreparedMessage } from '../src/prepared-message.ts';
import { SessionChannel, type SessionLimits } from '../src/session-channel.ts';
import { Timeouts } from '../src/timeouts.ts';
import { itemsOfRun } from './frame-run.ts';

const LIMITS: SessionLimits = {
  maxMessageBytes: 100,
  maxBufferedBytes: 1000,
  expiryMs: 30_000,
  closeTimeoutMs: 5000,
  autoPong: true,
};

/** Everything the socket would be told, in words. */
function listeningHandler(): { said: string[]; handler: ChannelHandler } {
  const said: string[] = [];
  return {
    said,
    handler: {
      onMessage: (data, isBinary) => said.push(`message ${data.toString()}${isBinary ? ' binary' : ''}`),
      onPing: (data) => said.push(`ping ${data.toString()}`),
      onPong: (data) => said.push(`pong ${data.toString()}`),
      onClosing: (code, reason) => said.push(`closing ${code} ${reason.toString()}`),
      onClosed: (code, reason) => said.push(`closed ${code} ${reason.toString()}`),
      onError: (error) => said.push(`error ${(error as NodeJS.ErrnoException).code}`),
    },
  };
}

class RecordingTransport implements Transport<FrameRun> {
  readonly name = 'websocket';
  readonly acknowledges = 'often';
  readonly pendingBytes = 0;
  readonly sent: Outgoing<FrameRun>[] = [];
  released: string | undefined = undefined;

  capacity(): number {
    return 1_000_000;
  }

  send(outgoing: Outgoing<FrameRun>): void {
    this.sent.push(outgoing);
  }

  release(reason: string): void {
    this.released = reason;
  }
}

/** The items of what was sent, bytes as Buffers. */
function itemsOf({ sent }: RecordingTransport): Item[] {
  return sent.flatMap(({ run }) => itemsOfRun(run));
}

function open(limits: Partial<SessionLimits> = {}): {
  channel: SessionChannel;
  transport: RecordingTransport;
  said: string[];
} {
  const channel = new SessionChannel({ ...LIMITS, ...limits }, new Timeouts());
  const { said, handler } = listeningHandler();
  channel.setHandler(handler);
  const transport = new RecordingTransport();
  channel.driver.attach(transport, 0, 1);
  return { channel, transport, said };
}

const text = (data: string, final = true) =>
  ({ kind: 'data', data: Buffer.from(data), binary: false, final }) as const;

/** The driver's flush comes before this. */
const endOfTurn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('sending', () => {
  it('gathers what one turn sends into one call of the transport', async () => {
    const { channel, transport } = open();
    channel.send('a', false, {});
    channel.send(Buffer.from('b'), true, {});
    expect(transport.sent).toEqual([]);
    await endOfTurn();
    expect(transport.sent.map(({ run }) => run.count)).toEqual([2]);
    expect(itemsOf(transport)).toEqual([text('a'), { ...text('b'), binary: true }]);
  });

  it('gathers what is sent until its holder releases it, also beyond the turn', async () => {
    const { channel, transport } = open();
    channel.hold();
    channel.send('a', false, {});
    await endOfTurn();
    channel.send('b', false, {});
    expect(transport.sent).toEqual([]);
    channel.release();
    expect(transport.sent.map(({ run }) => run.count)).toEqual([2]);
    channel.send('c', false, {});
    await endOfTurn();
    expect(transport.sent.map(({ run }) => run.count)).toEqual([2, 1]);
  });

  it('keeps a copy: the caller may use its buffer again', async () => {
    const { channel, transport } = open();
    const buffer = Buffer.from('before');
    channel.send(buffer, true, {});
    buffer.write('after!');
    await endOfTurn();
    expect(itemsOf(transport)).toEqual([{ ...text('before'), binary: true }]);
  });

  it('keeps a copy of what is long, too', async () => {
    const { channel, transport } = open({ maxBufferedBytes: 10_000 });
    const buffer = Buffer.alloc(5000, 'before');
    channel.send(buffer, true, {});
    buffer.fill('after!');
    await endOfTurn();
    expect(itemsOf(transport)).toEqual([
      { kind: 'data', data: Buffer.alloc(5000, 'before'), binary: true, final: true },
    ]);
  });

  it('calls back when the client has acknowledged the message, not before', async () => {
    const { channel } = open();
    const callback = vi.fn();
    channel.send('a', false, {});
    channel.send('b', false, {}, callback);
    await endOfTurn();
    channel.driver.acknowledge(1);
    expect(callback).not.toHaveBeenCalled();
    channel.driver.acknowledge(2);
    expect(callback).toHaveBeenCalledExactlyOnceWith();
  });

  it('asks the client to acknowledge at once what somebody waits for, and nothing else', async () => {
    const { channel, transport } = open();
    channel.send('a', false, {});
    await endOfTurn();
    channel.send('b', false, {}, () => {});
    channel.send('c', false, {});
    await endOfTurn();
    expect(transport.sent.map(({ controls }) => controls)).toEqual([[], ['~ask 2']]);
  });

  it('calls back with an error when the session ends first', () => {
    const { channel } = open();
    const callback = vi.fn();
    channel.send('a', false, {}, callback);
    channel.terminate();
    expect(callback).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
  });

  it('puts fragments of the application together', async () => {
    const { channel, transport } = open();
    channel.send('a', false, { fin: false });
    channel.send('b', false, { fin: false });
    channel.send('c', false, { fin: true });
    await endOfTurn();
    expect(itemsOf(transport)).toEqual([text('abc')]);
  });

  it('keeps what is published in the memory that it shares with others, if it is long', async () => {
    const [one, other] = [open({ maxBufferedBytes: 10_000 }), open({ maxBufferedBytes: 10_000 })];
    const message = new PreparedMessage('for all '.repeat(1000), false, true);
    for (const { channel } of [one, other]) {
      channel.send('before', false, {});
      channel.publish(message);
    }
    await endOfTurn();
    for (const { transport } of [one, other]) {
      expect(itemsOf(transport)).toEqual([text('before'), text('for all '.repeat(1000))]);
      const last = transport.sent.at(-1)?.run.frames.at(-1);
      expect([last?.buffer, last?.byteOffset]).toEqual([message.payload.buffer, message.payload.byteOffset]);
    }
  });

  it('has room for what fits beside what is not acknowledged', async () => {
    const { channel } = open();
    expect(channel.hasRoomFor(1000)).toBe(true);
    expect(channel.hasRoomFor(1001)).toBe(false);
    channel.send(Buffer.alloc(500), true, {});
    await endOfTurn();
    expect(channel.hasRoomFor(500)).toBe(false);
    channel.driver.acknowledge(1);
    expect(channel.hasRoomFor(1000)).toBe(true);
  });

  it('loses no message silently where it ends for want of room and nobody gave a callback', () => {
    const { channel, said } = open({ maxBufferedBytes: 12 });
    channel.send('0123456789', false, {});
    channel.send('x'.repeat(3), false, {});
    expect(said).toContain('error HOLDFAST_ERR_BUFFER_OVERFLOW');
    expect(channel.driver.state).toBe('finished');
  });

  it('takes a text that just fits, measured in UTF-8', () => {
    const { channel, said } = open({ maxBufferedBytes: 16 });
    channel.send('0123456789', false, {});
    expect(channel.hasRoomFor(4)).toBe(true);
    expect(channel.hasRoomFor(5)).toBe(false);
    channel.send('äö', false, {});
    expect(said).toEqual([]);
  });

  it('ends a session whose client acknowledges nothing, with a clear error', () => {
    const { channel, transport, said } = open({ maxBufferedBytes: 12 });
    channel.send('0123456789', false, {});
    const callback = vi.fn();
    channel.send('x', false, {}, callback);
    expect(callback).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'HOLDFAST_ERR_BUFFER_OVERFLOW' }),
    );
    const closed = ['closing 1008 More than 12 bytes wait', 'closed 1008 More than 12 bytes wait'];
    expect(said).toEqual(['error HOLDFAST_ERR_BUFFER_OVERFLOW', ...closed]);
    expect(transport.released).toBe('gone');
    expect(channel.whyGone).toBe('1008 More than 12 bytes wait');
  });

  it('counts as buffered what no transport has taken', () => {
    const channel = new SessionChannel(LIMITS, new Timeouts());
    channel.send('äb', false, {});
    expect(channel.bufferedAmount).toBe('äb'.length + 1 + 2);
    channel.driver.attach(new RecordingTransport(), 0, 1);
    expect(channel.bufferedAmount).toBe(0);
  });
});

describe('receiving', () => {
  it('hands on messages as Buffers, with their type', () => {
    const { channel, said } = open();
    channel.driver.receive(0, text('hello'));
    channel.driver.receive(1, { kind: 'data', data: new Uint8Array([104, 105]), binary: true, final: true });
    expect(said).toEqual(['message hello', 'message hi binary']);
  });

  it('holds messages and the close while paused, and delivers them in order', () => {
    const { channel, said } = open();
    channel.pause();
    channel.driver.receive(0, text('a'));
    channel.driver.receive(1, text('b'));
    channel.driver.receive(2, { kind: 'close', code: 1000, reason: 'bye' });
    expect(said).toEqual([]);
    channel.resume();
    expect(said).toEqual(['message a', 'message b', 'closing 1000 bye', 'closed 1000 bye']);
  });

  it('stops delivering where a message pauses it again', () => {
    const channel = new SessionChannel(LIMITS, new Timeouts());
    const { said, handler } = listeningHandler();
    channel.setHandler({
      ...handler,
      onMessage: (data, isBinary) => {
        handler.onMessage(data, isBinary);
        channel.pause();
      },
    });
    channel.pause();
    for (const [number, data] of ['a', 'b', 'c'].entries()) channel.driver.receive(number, text(data));
    channel.resume();
    expect(said).toEqual(['message a']);
    channel.resume();
    expect(said).toEqual(['message a', 'message b']);
  });

  it('holds the client up while it has paused, until all that came is delivered', () => {
    const { channel, said } = open({ maxMessageBytes: 200_000, maxBufferedBytes: 500_000 });
    const { driver } = channel;
    channel.pause();
    driver.receive(0, text('a'));
    driver.receive(1, text('x'.repeat(140_000)));
    expect(driver.holdsPeerUp).toBe(true);
    channel.setHandler({
      ...listeningHandler().handler,
      onMessage: () => {
        said.push('message');
        channel.pause();
      },
    });
    channel.resume();
    expect(said).toEqual(['message']);
    expect(driver.holdsPeerUp).toBe(true);
    channel.resume();
    expect(said).toEqual(['message', 'message']);
    channel.resume();
    expect(driver.holdsPeerUp).toBe(false);
  });

  it('ends a session that is paused while more comes than may wait, with a clear error', () => {
    const { channel, said } = open({ maxBufferedBytes: 300 });
    channel.pause();
    channel.driver.receive(0, text('x'.repeat(100)));
    expect(channel.driver.state).toBe('open');
    channel.driver.receive(1, text('x'.repeat(100)));
    const closed = ['closing 1008 More than 300 bytes wait', 'closed 1008 More than 300 bytes wait'];
    expect(said).toEqual(['error HOLDFAST_ERR_BUFFER_OVERFLOW', ...closed]);
    expect(channel.driver.state).toBe('finished');
  });

  it('tells of an end without a close though it is paused, behind what it held', () => {
    const { channel, said } = open();
    channel.pause();
    channel.driver.receive(0, text('a'));
    channel.driver.end(); // as when the session expires
    expect(said).toEqual(['message a', 'closed 1006 ']);
  });

  it('tells of its end by terminate though it is paused, and drops what it held', () => {
    const { channel, said } = open();
    channel.pause();
    channel.driver.receive(0, text('a'));
    channel.terminate();
    expect(said).toEqual(['closed 1006 ']);
  });

  it('still owes what was held behind a message whose listener throws', () => {
    const channel = new SessionChannel(LIMITS, new Timeouts());
    const { said, handler } = listeningHandler();
    channel.setHandler({
      ...handler,
      onMessage: (data, isBinary) => {
        handler.onMessage(data, isBinary);
        if (said.length === 1) throw new Error('from the listener');
      },
    });
    channel.pause();
    channel.driver.receive(0, text('a'));
    channel.driver.receive(1, text('b'));
    expect(() => channel.resume()).toThrow('from the listener');
    channel.resume();
    expect(said).toEqual(['message a', 'message b']);
  });

  it('answers a message that is too long with a close of 1009', async () => {
    const { channel, transport, said } = open();
    channel.driver.receive(0, text('x'.repeat(101)));
    await endOfTurn();
    expect(said).toEqual(['error WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']);
    expect(itemsOf(transport)).toEqual([{ kind: 'close', code: 1009, reason: '' }]);
  });
});

describe('pings', () => {
  it('go out with their data in base64, and come back as it was', async () => {
    const { channel, transport, said } = open();
    channel.ping(Buffer.from('data'));
    await endOfTurn();
    expect(transport.sent[0]?.controls).toEqual(['~ping ZGF0YQ==']);
    channel.driver.control('pong', 'ZGF0YQ==');
    expect(said).toEqual(['pong data']);
  });

  it('are answered without the application, unless autoPong is off', async () => {
    const { channel, transport, said } = open();
    channel.driver.control('ping', 'ZGF0YQ==');
    await endOfTurn();
    expect(transport.sent[0]?.controls).toEqual(['~pong ZGF0YQ==']);
    expect(said).toEqual(['ping data']);

    const silent = open({ autoPong: false });
    silent.channel.driver.control('ping', 'ZGF0YQ==');
    await endOfTurn();
    expect(silent.transport.sent).toEqual([]);
  });
});

describe('ending', () => {
  it('waits for the close of the client no longer than the close timeout', () => {
    const { channel, said } = open();
    channel.close(1000, Buffer.from('bye'));
    vi.advanceTimersByTime(LIMITS.closeTimeoutMs - 1);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(said).toEqual(['closed 1006 ']);
  });

  it('expires without a transport, and is forgotten', () => {
    const { channel, transport, said } = open();
    const forgotten = vi.fn();
    channel.onForgotten = forgotten;
    channel.driver.detach(transport);
    vi.advanceTimersByTime(LIMITS.expiryMs - 1);
    expect(forgotten).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(said).toEqual(['closed 1006 ']);
    expect(forgotten).toHaveBeenCalledOnce();
  });

  it('lives as long where the client has not shown that it knows of it: the page may have opened, and stand still', () => {
    const { channel, transport, said } = open();
    channel.driver.detach(transport);
    vi.advanceTimersByTime(LIMITS.expiryMs - 1);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(said).toEqual(['closed 1006 ']);
  });

  it('leaves no timer behind', async () => {
    const { channel } = open();
    channel.close(1000, Buffer.alloc(0));
    await endOfTurn();
    channel.driver.acknowledge(1);
    channel.driver.receive(0, { kind: 'close', code: 1000, reason: '' });
    // One that was for all sessions looks once more whether there are any.
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
    vi.advanceTimersByTime(LIMITS.expiryMs);
    expect(vi.getTimerCount()).toBe(0);
  });
});

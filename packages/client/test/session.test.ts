import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Incoming, WireMessage } from '../src/session.ts';
import { RecordingSession } from './recording-session.ts';
import { SimulatedTransport } from './simulated-transport.ts';

let session: RecordingSession;
let transport: SimulatedTransport;

beforeEach(() => {
  vi.useFakeTimers();
  session = new RecordingSession();
  transport = attach();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Attaches a new transport to a server that has received so much. */
function attach(received = 0, tellAfterBytes = 100_000): SimulatedTransport {
  const transport = new SimulatedTransport('websocket', session);
  Object.assign(transport, { tellAfterBytes });
  session.attach(transport, { attach: session.attachNumber + 1, received });
  return transport;
}

/** At the end of this turn the session flushes. */
const endOfTurn = (): Promise<void> => Promise.resolve();

/** All that the transport was given, in a row. */
const sent = (): WireMessage[] => transport.sent.flat();

describe('what a session sends', () => {
  it('leaves at the end of the turn, in one piece', async () => {
    session.send('a');
    session.send(Uint8Array.of(1));
    expect(transport.sent).toEqual([]);
    await endOfTurn();
    expect(transport.sent).toEqual([['a', Uint8Array.of(1)]]);
  });

  it('is escaped where it looks like a control', async () => {
    session.send('~more');
    session.send('~~');
    await endOfTurn();
    expect(sent()).toEqual(['~~more', '~~~']);
  });

  it.each([32_767, 32_768, 32_769, 65_536, 65_537])(
    'is cut into fragments of 32 KiB: %i bytes',
    async (length) => {
      session.send(new Uint8Array(length));
      await endOfTurn();
      const fragments = sent().filter((message) => message !== '~more');
      expect(fragments.map(({ length }) => length)).toEqual(
        Array.from({ length: Math.ceil(length / 32_768) }, (_, index) =>
          Math.min(32_768, length - index * 32_768),
        ),
      );
      expect(sent().filter((message) => message === '~more')).toHaveLength(fragments.length - 1);
    },
  );

  it('is not cut within a character', async () => {
    session.send(`${'x'.repeat(32_767)}😀`);
    await endOfTurn();
    expect(sent()).toEqual(['~more', 'x'.repeat(32_767), '😀']);
  });

  it('is escaped fragment by fragment', async () => {
    session.send(`${'x'.repeat(32_768)}~y`);
    await endOfTurn();
    expect(sent().at(-1)).toBe('~~y');
  });

  it('is buffered, in bytes of UTF-8, until the transport takes it', async () => {
    transport.capacity = () => 0;
    session.send('ä😀');
    await endOfTurn();
    expect(session.bufferedAmount).toBe(6);
    transport.capacity = () => 100;
    session.flush();
    expect(session.bufferedAmount).toBe(0);
  });

  it('goes out as far as it fits, one item at least', async () => {
    let capacity = 50;
    transport.capacity = () => capacity;
    transport.send = (bytes) => {
      transport.sent.push(session.take(bytes, session.cursor));
      capacity = 0;
    };
    session.send('x'.repeat(100));
    session.send('y');
    session.send('z');
    await endOfTurn();
    expect(transport.sent).toEqual([['x'.repeat(100)]]);
    capacity = 50;
    session.flush();
    expect(transport.sent.at(-1)).toEqual(['y', 'z']);
  });

  it('has its number said where that is not implied', () => {
    session.send('a');
    expect(session.take(100)).toEqual(['~from 0', 'a']);
    session.send('b');
    expect(session.take(100, 1)).toEqual(['b']);
    session.send('c');
    expect(session.take(100, 1)).toEqual(['~from 2', 'c']);
  });

  it('is kept until it is acknowledged, and goes out again from where the next transport’s server is', async () => {
    for (const text of ['a', 'b', 'c']) session.send(text);
    await endOfTurn();
    session.says('~ack 1');
    session.detach();
    transport = attach(2);
    expect(sent()).toEqual(['c']);
    expect(session.resent).toBe(1);
    session.says('~ack 3');
    expect(session.held).toEqual([]);
    expect(session.sentBytes).toBe(0);
  });

  it('cannot be acknowledged before it was sent', () => {
    expect(() => session.says('~ack 1')).toThrow('never sent');
    expect(() => session.says('~ack')).not.toThrow();
    expect(() => session.says('~ack x')).toThrow('never sent');
  });

  it('waits while the server’s application has paused, but for pongs', async () => {
    session.says('~pause');
    session.send('a');
    session.says('~ping x');
    await endOfTurn();
    expect(sent()).toEqual(['~pong x']);
    session.says('~resume');
    await endOfTurn();
    expect(sent()).toEqual(['~pong x', 'a']);
  });
});

describe('what a session receives', () => {
  it('is a message of text or bytes, escaped or not', () => {
    session.says('a', Uint8Array.of(126, 1), '~~b', '');
    expect(session.messages).toEqual(['a', Uint8Array.of(126, 1), '~b', '']);
  });

  it('is put together from its fragments', () => {
    session.says('~more', 'a', '~more', '~~b', 'c', '~more', Uint8Array.of(1), Uint8Array.of(2, 3));
    expect(session.messages).toEqual(['a~bc', Uint8Array.of(1, 2, 3)]);
  });

  it('is dropped where it comes twice, with what was said of it', () => {
    session.says('a', '~from 0', '~more', 'a', 'b');
    expect(session.messages).toEqual(['a', 'b']);
  });

  it('breaks the transport where something is missing before it, or no number was said', () => {
    expect(() => session.says('~from 1', 'b')).toThrow('a gap');
    expect(() => session.read(transport, {}, 'a')).toThrow('a gap');
    expect(session.messages).toEqual([]);
  });

  it('goes on over the next transport within a message', () => {
    session.says('~more', 'a');
    transport = attach(0);
    const incoming: Incoming = { next: 1 };
    session.read(transport, incoming, 'b');
    expect(session.messages).toEqual(['ab']);
  });

  it('counts only over the transport in use', () => {
    const older = transport;
    transport = attach();
    session.read(older, { next: 0 }, 'a');
    session.read(older, { next: 0 }, '~close 1000');
    expect([session.messages, session.closes]).toEqual([[], []]);
  });

  it('is acknowledged within 250 ms', () => {
    session.says('a');
    vi.advanceTimersByTime(249);
    expect(sent()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(sent()).toEqual(['~ack 1']);
    vi.advanceTimersByTime(1000);
    expect(sent()).toHaveLength(1);
  });

  it('is acknowledged at once where it is much, or somebody waits for it', async () => {
    session.says(new Uint8Array(100_000));
    await endOfTurn();
    expect(sent()).toEqual(['~ack 1']);
    session.says('~ask 3', 'a');
    await endOfTurn();
    expect(sent()).toHaveLength(1);
    session.says('b');
    await endOfTurn();
    expect(sent()).toEqual(['~ack 1', '~ack 3']);
    session.says('~ask 3');
    await endOfTurn();
    expect(sent()).toHaveLength(3);
  });

  it('is not acknowledged by itself where the next request will say it', async () => {
    transport = attach(0, Number.POSITIVE_INFINITY);
    session.says(new Uint8Array(100_000), '~ask 1');
    await endOfTurn();
    vi.advanceTimersByTime(1000);
    expect(sent()).toEqual([]);
  });

  it('is acknowledged still where another transport attaches: the statement may have been made before', () => {
    session.says('a');
    transport = attach();
    vi.advanceTimersByTime(250);
    expect(sent()).toEqual(['~ack 1']);
  });
});

describe('the close of a session', () => {
  it('follows everything, is answered, and ends it', async () => {
    session.send('a');
    session.sendClose('1000 bye');
    session.sendClose('3000');
    await endOfTurn();
    expect(sent()).toEqual(['a', '~close 1000 bye']);
    session.says('~ack 2');
    expect(session.finished).toBe(false);
    session.says('~close 1000 bye');
    expect(session.closes).toEqual([[1000, 'bye']]);
    expect(session.finished).toBe(true);
    expect(sent().at(-1)).toBe('~ack 1');
    expect(transport.isOver).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is answered with the same code and reason where the server begins', async () => {
    session.says('~close 4001 no more');
    expect(session.closes).toEqual([[4001, 'no more']]);
    await endOfTurn();
    expect(sent()).toContain('~close 4001 no more');
    expect(session.finished).toBe(false);
    session.says('~ack 1');
    expect(session.finished).toBe(true);
  });

  it('may say nothing', async () => {
    session.says('~close');
    expect(session.closes).toEqual([[1005, '']]);
    await endOfTurn();
    expect(sent()).toContain('~close');
  });

  it('lets out what is left although the server’s application has paused', async () => {
    session.says('~pause');
    session.send('a');
    session.says('~close 1000');
    await endOfTurn();
    expect(sent()).toEqual(expect.arrayContaining(['a', '~close 1000']));
  });

  it('is not cut or escaped when fragments are', () => {
    session.sendClose('1000');
    expect(session.take(100, 0)).toEqual(['~close 1000']);
  });

  it('comes by itself when no transport attaches in time', () => {
    session.detach();
    vi.advanceTimersByTime(29_999);
    expect(session.finished).toBe(false);
    vi.advanceTimersByTime(1);
    expect(session.closes).toEqual([[1006, '']]);
    expect(session.finished).toBe(true);
  });

  it('does not come where one does', () => {
    session.detach();
    vi.advanceTimersByTime(29_999);
    attach();
    vi.advanceTimersByTime(60_000);
    expect(session.closes).toEqual([]);
  });

  it('waits all of its time again where there is somebody to ask', () => {
    session.detach();
    vi.advanceTimersByTime(29_999);
    session.keep();
    vi.advanceTimersByTime(29_999);
    expect(session.closes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(session.closes).toEqual([[1006, '']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not come to one that never was attached, is attached or has ended, whoever is asked', () => {
    const young = new RecordingSession();
    young.keep();
    session.keep();
    const other = new RecordingSession();
    other.end();
    other.keep();
    expect(vi.getTimerCount()).toBe(0);
  });
});

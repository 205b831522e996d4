import './with-native-websocket.ts';
import type { Attached } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransportFinder } from '../src/strategy.ts';
import type { TransportName } from '../src/transports/client-transport.ts';
import { webSocketAlone } from '../src/websocket-connector.ts';
import { RecordingSession } from './recording-session.ts';
import { SimulatedNativeWebSocket as Native } from './simulated-native-websocket.ts';

let session: RecordingSession;
let finder: TransportFinder;
/** What the host was told: the log without the times, and the rest. */
let seen: unknown[];

const find = (names?: readonly TransportName[]): TransportFinder => {
  const hosted = Object.assign(session, {
    onOpened: ({ protocol }: Attached) => seen.push(`opened ${protocol}`),
    onForeign: (socket: unknown, said: unknown) => {
      seen.push(['foreign', socket, said]);
      finder.stop();
    },
    onLog: (_: unknown, type: string, attach: number, __: number, reason = '') =>
      seen.push(`${type} ${attach} ${reason}`.trim()),
  });
  return webSocketAlone(hosted, [], names);
};

beforeEach(() => {
  vi.useFakeTimers();
  // Where something is drawn at random, the least.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  Native.forget();
  seen = [];
  session = new RecordingSession();
  finder = find();
  session.onFinish = () => finder.stop();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (ms: number): void => {
  vi.advanceTimersByTime(ms);
};

/** The number that the last socket has stated in its handshake. */
const stated = (): number => Number(Native.last.protocols.at(-1)?.split('.').at(-2));

function attach(number = stated()): void {
  Native.last.open();
  Native.last.say(`~attached {"attach":${number},"received":0,"protocol":"chat"}`);
}

function open(): void {
  finder.connect();
  attach();
  Native.last.say('~pong');
  seen = [];
}

describe('a session on WebSocket alone', () => {
  it('opens when its first attach holds', () => {
    finder.connect();
    finder.connect();
    expect(Native.instances).toHaveLength(1);
    attach();
    expect(seen).toEqual(['attempt 1', 'attached 1', 'opened chat']);
    expect(session.current?.name).toBe('websocket');
  });

  it('is asked for twice, then natively, then given up', () => {
    finder.connect();
    Native.last.end();
    pass(100);
    Native.last.end();
    pass(200);
    expect(Native.instances.map(({ protocols }) => protocols.length)).toEqual([2, 2, 1]);
    expect(session.closes).toEqual([]);
    Native.last.end();
    expect(session.closes).toEqual([[1006, '']]);
    pass(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on natively where the server is another one', () => {
    finder.connect();
    Native.last.open('chat');
    expect(seen.at(-1)).toEqual(['foreign', Native.last, undefined]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives up a server that says nothing', () => {
    finder.connect();
    Native.last.open();
    pass(10_000);
    expect(seen).toEqual(['attempt 1', 'failed 1 no answer']);
    pass(100);
    expect(Native.instances).toHaveLength(2);
    Native.last.open();
    pass(10_000);
    expect(session.closes).toEqual([[1006, '']]);
    expect(Native.instances).toHaveLength(2);
  });

  it('fails where the platform refuses it outright, in a turn of its own', () => {
    Native.refusal = new DOMException('mixed content', 'SecurityError');
    finder.connect();
    expect(seen).toEqual(['attempt 1']);
    pass(0);
    expect(seen.at(-1)).toMatch(/^failed 1 .*mixed content/);
  });

  it('is unreachable where an application does not want WebSocket', () => {
    find(['long-polling']).connect();
    expect(session.closes).toEqual([[1006, '']]);
    expect(Native.instances).toEqual([]);
  });

  it('attaches anew over the same socket where a newer attach was seen', () => {
    finder.connect();
    Native.last.open();
    Native.last.say('~superseded 7');
    expect(Native.last.sent).toEqual(['~attach {"attach":8,"received":null}']);
    Native.last.say('~attached {"attach":8,"received":0}');
    expect(seen.at(-2)).toBe('attached 8');
    expect(Native.instances).toHaveLength(1);
  });

  it('ends when the server says that it is gone, with what it says', () => {
    open();
    Native.last.say('~gone 1008 too slow');
    expect(session.closes).toEqual([[1008, 'too slow']]);
    expect(seen).toEqual(['gone 1 too slow']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a WebSocket that fails', () => {
  it('is replaced at once when it has lived for a while', () => {
    open();
    Native.last.say('a');
    Native.last.say('~pong');
    pass(1000);
    Native.last.end();
    expect(seen).toEqual(['detached 1 WebSocket closed with 1006', 'attempt 2']);
    expect(Native.last.protocols.at(-1)).toMatch(/\.2\.1$/);
    attach();
    expect(seen.at(-1)).toBe('attached 2');
  });

  it('is replaced at once when it has moved something', () => {
    open();
    Native.last.say('a');
    Native.last.end();
    expect(seen.at(-1)).toBe('attempt 2');
  });

  it('is replaced later and later when none holds', () => {
    open();
    const pauses: number[] = [];
    for (let count = 0; count < 8; count++) {
      const { length } = Native.instances;
      Native.last.end();
      const failedAt = performance.now();
      while (Native.instances.length === length) vi.advanceTimersToNextTimer();
      pauses.push(performance.now() - failedAt);
      if (count > 5) attach();
    }
    expect(pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('does not open another server’s socket in the place of its own', () => {
    open();
    pass(1000);
    Native.last.end();
    Native.last.open('chat');
    expect(seen.at(-1)).toBe('failed 2 another server answered');
  });

  it('is found out by a newer attach that is none of its own', () => {
    open();
    pass(1000);
    Native.last.say('~superseded 5');
    expect(seen).toEqual(['detached 5 superseded by attach 5', 'attempt 6']);
  });
});

describe('what the page tells', () => {
  it('has the connection looked at when it wakes', () => {
    open();
    const { pings } = Native.last;
    finder.wake();
    expect(Native.last.pings).toBe(pings + 1);
  });

  it('has an old attempt made anew when it wakes, and no pause waited for', () => {
    finder.connect();
    pass(1001);
    finder.wake();
    expect(seen).toEqual(['attempt 1', 'dropped 1 asked again', 'attempt 2']);
    finder.wake();
    expect(Native.instances).toHaveLength(2);
    Native.last.end();
    finder.wake();
    expect(Native.instances).toHaveLength(3);
  });

  it('lets the socket go when it is put away, until it is back', () => {
    open();
    const socket = Native.last;
    finder.rest();
    expect(socket.closedWith).toEqual([1000]);
    expect(session.current).toBeUndefined();
    pass(10_000);
    expect(Native.instances).toHaveLength(1);
    finder.wake();
    attach();
    expect(session.current).toBeDefined();
  });

  it('is nothing to a session that has ended', () => {
    finder.connect();
    finder.stop();
    expect(seen.at(-1)).toBe('dropped 1 the session ended');
    finder.wake();
    finder.connect();
    expect(Native.instances).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

import '../with-native-websocket.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WireMessage } from '../../src/session.ts';
import type { TransportEvents } from '../../src/transports/client-transport.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { RecordingSession } from '../recording-session.ts';
import { SimulatedNativeWebSocket as Native } from '../simulated-native-websocket.ts';

const TOKEN = 'holdfast.v1.ssssssssssssssss.kkkkkkkkkkkkkkkkkkkkkk';

let session: RecordingSession;
let transport: WebSocketTransport;
let seen: unknown[];
/** What the connector does when the attach holds. */
let onAttached: (received: number, attach: number) => void;

beforeEach(() => {
  vi.useFakeTimers();
  Native.forget();
  seen = [];
  onAttached = (received, attach) => session.attach(transport, { attach, received });
  const events: TransportEvents = {
    onAttached: (_, { attach, received }) => {
      seen.push(`attached ${attach}`);
      onAttached(received, attach);
    },
    onSuperseded: (_, newest) => seen.push(`superseded ${newest}`),
    onGone: (_, reason) => seen.push(`gone ${reason}`),
    onFailed: (_, { reason }) => {
      seen.push(`failed: ${reason}`);
      session.current = undefined;
    },
    onForeign: (_, socket, said) => seen.push(['foreign', socket, said]),
  };
  session = new RecordingSession(
    ['v2', 'v1'],
    {
      id: 'ssssssssssssssss',
      secret: 'kkkkkkkkkkkkkkkkkkkkkk',
      keepaliveMs: 20_000,
      maxBodyBytes: 100_000,
      roundTripMs: 50,
    },
    events,
  );
  transport = new WebSocketTransport(session);
});

afterEach(() => {
  vi.useRealTimers();
});

const attached = (received = 0, attach = 1): string =>
  `~attached {"attach":${attach},"received":${received}}`;

/** At the end of this turn the driver flushes. */
const endOfTurn = (): Promise<void> => Promise.resolve();

function open(received = 0): void {
  transport.attach({ attach: 1, received: null });
  Native.last.open();
  Native.last.say(attached(received));
}

async function send(data: WireMessage): Promise<void> {
  session.send(data);
  await endOfTurn();
}

describe('the opening handshake', () => {
  it('offers the token after the application’s subprotocols', () => {
    transport.attach({ attach: 3, received: 17 });
    expect(Native.last.url).toBe('wss://example.com/chat');
    expect(Native.last.protocols).toEqual(['v2', 'v1', `${TOKEN}.3.17`]);
    expect(Native.last.binaryType).toBe('arraybuffer');
  });

  it('says `new` for a session that was never attached', () => {
    transport.attach({ attach: 1, received: null });
    expect(Native.last.protocols.at(-1)).toBe(`${TOKEN}.1.new`);
  });

  it('offers no token where that is asked for', () => {
    transport = new WebSocketTransport(session, true);
    transport.attach({ attach: 1, received: null });
    expect(Native.last.protocols).toEqual(['v2', 'v1']);
  });

  it('means nothing by itself: a middlebox may swallow the rest', () => {
    transport.attach({ attach: 1, received: null });
    Native.last.open();
    expect(seen).toEqual([]);
    expect(session.current).toBeUndefined();
  });

  it('throws what the platform refuses outright', () => {
    Native.refusal = new DOMException('insecure', 'SecurityError');
    expect(() => transport.attach({ attach: 1, received: null })).toThrow('insecure');
  });

  it('fails when the socket closes', () => {
    transport.attach({ attach: 1, received: null });
    Native.last.end(1006, '');
    expect(seen).toEqual(['failed: WebSocket closed with 1006']);
    expect(Native.last.isLetGo).toBe(true);
  });

  it('fails where a policy forbids it, in a turn of its own', () => {
    transport.attach({ attach: 1, received: null });
    Native.last.isForbidden();
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(seen).toEqual(['failed: WebSocket closed with 1006']);
    expect(Native.last.isLetGo).toBe(true);
  });

  it('fails once where a close follows the error', () => {
    transport.attach({ attach: 1, received: null });
    Native.last.end();
    vi.advanceTimersByTime(0);
    expect(seen).toEqual(['failed: WebSocket closed with 1006']);
  });

  it('names the reason of the other side', () => {
    open();
    Native.last.end(1011, 'out of memory', true);
    expect(seen.at(-1)).toBe('failed: WebSocket closed with 1011 out of memory');
  });
});

describe('the answer to an attach', () => {
  it('may be that it holds', () => {
    open();
    expect(seen).toEqual(['attached 1']);
    expect(session.current).toBe(transport);
  });

  it('may be that a newer one holds, and then another attach goes over the same socket', () => {
    transport.attach({ attach: 0, received: 5 });
    Native.last.open();
    Native.last.say('~superseded 4');
    expect(seen).toEqual(['superseded 4']);
    transport.attach({ attach: 5, received: 6 });
    expect(Native.instances).toHaveLength(1);
    expect(Native.last.sent).toEqual(['~attach {"attach":5,"received":6}']);
    Native.last.say(attached(0, 5));
    expect(seen).toEqual(['superseded 4', 'attached 5']);
  });

  it('may be that the session is gone', () => {
    transport.attach({ attach: 1, received: 4 });
    Native.last.open();
    Native.last.say('~gone 1008 why');
    expect(seen).toEqual(['gone why']);
    expect(session.closes).toEqual([[1008, 'why']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(['~attached', '~attached {"attach":1}', '~attached nonsense'])(
    'fails the transport when it is %s',
    (answer) => {
      transport.attach({ attach: 1, received: null });
      Native.last.open();
      Native.last.say(answer);
      expect(seen.at(-1)).toMatch(/^failed: /);
      expect(Native.last.closedWith).toEqual([1000]);
      expect(vi.getTimerCount()).toBe(0);
    },
  );
});

describe('a server that is not Holdfast', () => {
  it.each(['v1', 'v2', ''])('is handed over when it selects %j', (protocol) => {
    transport.attach({ attach: 1, received: null });
    Native.last.open(protocol);
    expect(seen).toEqual([['foreign', Native.last, undefined]]);
    expect(Native.last.isLetGo).toBe(true);
    expect(Native.last.closedWith).toBeUndefined();
  });

  it.each([
    ['a text', 'hello'],
    ['a control of no answer', '~ping'],
    ['a word that only begins like one', '~attachedness'],
    ['bytes', new ArrayBuffer(3)],
  ])('is handed over with %s as the first it says', (_, data) => {
    transport.attach({ attach: 1, received: null });
    Native.last.open();
    Native.last.say(data);
    expect(seen).toEqual([['foreign', Native.last, typeof data === 'string' ? data : new Uint8Array(data)]]);
    expect(Native.last.isLetGo).toBe(true);
  });

  it('is handed over once it is open where no token was offered', () => {
    const plainly = new RecordingSession([], {}, session.events);
    transport = new WebSocketTransport(plainly, true);
    transport.attach({ attach: 1, received: null });
    Native.last.open('');
    expect(seen).toEqual([['foreign', Native.last, undefined]]);
  });
});

describe('messages on a WebSocket', () => {
  it('go out as native messages, without their numbers', async () => {
    open();
    await send('a');
    await send('~tilde');
    await send(new Uint8Array([1, 2]));
    expect(Native.last.sent).toEqual(['a', '~~tilde', new Uint8Array([1, 2])]);
  });

  it('go out with the number where an older transport has carried some in the meantime', async () => {
    await send('a');
    await send('b');
    transport.attach({ attach: 1, received: null });
    Native.last.open();
    onAttached = (received, attach) => {
      session.take(1000);
      session.acknowledge(1);
      session.attach(transport, { attach, received });
    };
    Native.last.say(attached(0));
    expect(Native.last.sent).toEqual(['~from 1', 'b']);
  });

  it('go out again from what the server has', async () => {
    open();
    await send('a');
    await send('b');
    Native.last.end();
    transport = new WebSocketTransport(session);
    transport.attach({ attach: 2, received: 0 });
    Native.last.open();
    Native.last.say(attached(1, 2));
    expect(Native.last.sent).toEqual(['b']);
  });

  it('come in numbered from what was stated', () => {
    session.received = 1;
    transport.attach({ attach: 2, received: 1 });
    Native.last.open();
    Native.last.say(attached(0, 2));
    Native.last.say('a');
    Native.last.say(new Uint8Array([7]).buffer);
    Native.last.say('~~b');
    Native.last.say('\ufeffc');
    expect(session.messages).toEqual(['a', new Uint8Array([7]), '~b', '\ufeffc']);
  });

  it('come in with the number that the server says', () => {
    open();
    Native.last.say('a');
    Native.last.say('~from 0');
    Native.last.say('a again');
    Native.last.say('b');
    expect(session.messages).toEqual(['a', 'b']);
  });

  it('come in whole where they were cut', () => {
    open();
    Native.last.say('~more');
    Native.last.say('a');
    Native.last.say('b');
    expect(session.messages).toEqual(['ab']);
  });

  it('fail the transport where the numbers have a gap', () => {
    open();
    Native.last.say('~from 4');
    Native.last.say('a');
    expect(seen.at(-1)).toBe('failed: Error: a gap in the numbers');
    expect(Native.last.closedWith).toEqual([1000]);
  });

  it('are ignored while another transport is attached', () => {
    onAttached = () => {};
    open();
    Native.last.say('~superseded 4');
    Native.last.say('a');
    Native.last.say('~ack 17');
    expect(session.messages).toEqual([]);
    expect(seen).toEqual(['attached 1', 'superseded 4']);
  });

  it('are acknowledged', async () => {
    open();
    for (let count = 0; count < 256; count++) Native.last.say('a');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~ack 256']);
  });

  it('are heard once, and once more when they are acknowledged: asking for the time costs more than reading them', () => {
    open();
    const now = vi.spyOn(performance, 'now');
    for (let count = 0; count < 100; count++) Native.last.say('a');
    expect(now).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(250);
    expect(Native.last.sent.at(-1)).toBe('~ack 100');
    expect(now).toHaveBeenCalledTimes(2);
    now.mockRestore();
  });

  it('answer a ping', async () => {
    open();
    Native.last.say('~ping x');
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~pong x']);
  });
});

describe('backpressure', () => {
  it('leaves what the browser would keep where it can still change transports', async () => {
    open();
    Native.last.bufferedAmount = 4 * 1024 * 1024;
    await send('a');
    expect(Native.last.sent).toEqual([]);
    expect(transport.pendingBytes).toBe(4 * 1024 * 1024);
    vi.advanceTimersByTime(100);
    expect(Native.last.sent).toEqual([]);
    Native.last.bufferedAmount = 0;
    vi.advanceTimersByTime(10);
    expect(Native.last.sent).toEqual(['a']);
    expect(vi.getTimerCount()).toBe(1); // keepalive
  });

  it('counts as buffered what the application has sent, and nothing of ours', async () => {
    open();
    const { last } = Native;
    const say = last.send.bind(last);
    last.send = (data) => {
      last.bufferedAmount += (data as string).length;
      say(data);
    };
    last.say('~ping x');
    await endOfTurn();
    expect(last.bufferedAmount).toBe('~pong x'.length);
    expect(session.bufferedAmount).toBe(0);
    await send('~abc');
    expect(last.bufferedAmount).toBe('~pong x~~abc'.length);
    expect(session.bufferedAmount).toBe(4);
    last.bufferedAmount = 0;
    expect(session.bufferedAmount).toBe(0);
  });

  it('sends nothing on a socket that is closing, whose end is on its way', async () => {
    open();
    Native.last.readyState = 2;
    await send('a');
    expect(Native.last.sent).toEqual([]);
    expect(session.held).toHaveLength(1);
  });
});

describe('watching for silence', () => {
  it('asks for one answer more than the handshake, and fails where nothing comes', () => {
    transport.attach({ attach: 1, received: null });
    vi.advanceTimersByTime(900);
    Native.last.open();
    Native.last.say(attached());
    expect(Native.last.pings).toBe(1);
    vi.advanceTimersByTime(899);
    expect(seen).toEqual(['attached 1']);
    vi.advanceTimersByTime(1);
    expect(seen.at(-1)).toBe('failed: silent for 900 ms');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('measures the round trip', () => {
    open();
    vi.advanceTimersByTime(70);
    Native.last.say('~pong');
    expect(session.roundTripMs).toBe(70);
  });

  it('wants what was sent to be acknowledged', async () => {
    open();
    Native.last.say('~pong');
    await send('');
    Native.last.say('~pong');
    vi.advanceTimersByTime(600);
    expect(seen.at(-1)).toBe('failed: silent for 600 ms');
  });

  it('is content once that is done', async () => {
    open();
    await send('');
    Native.last.say('~ack 1');
    vi.advanceTimersByTime(9000);
    expect(seen).toEqual(['attached 1']);
  });

  it('asks for a sign of life when the page wakes up', () => {
    open();
    Native.last.say('~pong');
    transport.check();
    expect(Native.last.pings).toBe(2);
    vi.advanceTimersByTime(600);
    expect(seen.at(-1)).toMatch(/^failed: silent/);
  });

  it('is not done while another transport is attached', () => {
    transport.attach({ attach: 0, received: 0 });
    Native.last.open();
    Native.last.say('~superseded 4');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('letting go', () => {
  it('closes the socket with 1000 and forgets it', () => {
    open();
    transport.check();
    Native.last.bufferedAmount = 5 * 1024 * 1024;
    transport.capacity();
    transport.giveUp();
    expect(Native.last.closedWith).toEqual([1000]);
    expect(Native.last.isLetGo).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    Native.last.end();
    Native.last.say('a');
    expect(seen).toEqual(['attached 1']);
  });

  it('also closes a socket that is connecting: the next to this host would wait for it', () => {
    transport.attach({ attach: 1, received: null });
    transport.giveUp();
    expect(Native.last.closedWith).toEqual([1000]);
    Native.last.open();
    Native.last.end();
    expect(seen).toEqual([]);
  });

  it('does nothing where there is no socket yet', () => {
    expect(() => transport.giveUp()).not.toThrow();
    expect(transport.pendingBytes).toBe(0);
  });
});

describe('leaving the page', () => {
  it('sends all there is, the close last', () => {
    open();
    session.send('a');
    session.sendClose('1001');
    transport.leave();
    expect(Native.last.sent).toEqual(['a', '~close 1001']);
  });
});

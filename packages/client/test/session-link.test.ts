import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connector } from '../src/connector.ts';
import type { LinkEvents } from '../src/link.ts';
import type { Incoming, WireMessage } from '../src/session.ts';
import { SessionLink } from '../src/session-link.ts';
import type { Candidate } from '../src/strategy.ts';
import type { ClientTransport, TransportName } from '../src/transports/client-transport.ts';
import { SimulatedTransport } from './simulated-transport.ts';

const WELCOME = { protocol: 'chat', expiryMs: 20_000, keepaliveMs: 7000, maxBodyBytes: 123_456 };

let started: SimulatedTransport[];
let seen: unknown[];
let link: SessionLink;
/** Of what `says` says. */
let incoming: Incoming;

const candidate = (name: TransportName): Candidate => ({
  name,
  roundTrips: 1,
  allowanceMs: 300,
  isHttp: name !== 'websocket',
  isHere: () => true,
  create: (given) => {
    const transport = new SimulatedTransport(name, given);
    started.push(transport);
    return transport;
  },
});

const find =
  (names: readonly TransportName[]) =>
  (link: SessionLink): Connector =>
    new Connector(names.map(candidate), link);

const events: LinkEvents = {
  onOpen: (protocol, extensions) => seen.push(['open', protocol, extensions]),
  onMessage: (data) => seen.push(['message', data]),
  onClose: (code, reason, wasClean) => seen.push(['close', code, reason, wasClean]),
  onLog: () => {},
  onForeign: (socket, said) => seen.push(['foreign', socket, said]),
};

/** At the end of this turn the link connects, and the driver flushes. */
const endOfTurn = (): Promise<void> => Promise.resolve();

async function begin(
  url = 'wss://example.com/chat?room=1',
  names: readonly TransportName[] = ['websocket', 'long-polling'],
): Promise<SimulatedTransport> {
  link = new SessionLink(url, ['v2'], find(names), events);
  await endOfTurn();
  return started[0] as SimulatedTransport;
}

async function open(): Promise<SimulatedTransport> {
  const transport = await begin();
  transport.isAttached(WELCOME);
  seen = [];
  return transport;
}

/** The server says this on the transport in use. */
function says(...messages: readonly WireMessage[]): void {
  for (const message of messages) link.read(link.current as ClientTransport, incoming, message);
}

beforeEach(() => {
  vi.useFakeTimers();
  started = [];
  seen = [];
  incoming = { next: 0 };
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a session’s beginning', () => {
  it('waits until the application can listen', async () => {
    link = new SessionLink('ws://example.com/', [], find(['websocket']), events);
    expect(started).toEqual([]);
    await endOfTurn();
    expect(started).toHaveLength(1);
  });

  it('draws an id and a secret, never the same', async () => {
    await begin();
    const first = link;
    expect(first.id).toMatch(/^[\w-]{16,64}$/);
    expect(first.secret).toMatch(/^[0-9a-v]{26}$/);
    started = [];
    await begin();
    expect(link.id).not.toBe(first.id);
    expect(link.secret).not.toBe(first.secret);
  });

  it.each([
    ['ws://example.com/', 'http://example.com/?holdfast='],
    ['wss://example.com:8443/a/b', 'https://example.com:8443/a/b?holdfast='],
    ['wss://example.com/?a=b%20c+d&e', 'https://example.com/?a=b%20c+d&e&holdfast='],
  ])('asks HTTP at the same URL, its query as it is written: %s', async (url, expected) => {
    await begin(url);
    expect(link.url).toBe(url);
    expect(link.httpUrl).toBe(expected + link.id);
    expect(link.httpUrl).not.toContain(link.secret);
  });

  it('opens with the subprotocol, and keeps the server’s limits', async () => {
    const transport = await begin();
    expect(link.transport).toBeNull();
    transport.isAttached(WELCOME);
    expect(seen).toEqual([['open', 'chat', '']]);
    expect(link.transport).toBe('websocket');
    expect(link.keepaliveMs).toBe(7000);
    expect(link.maxBodyBytes).toBe(123_456);
  });

  it('opens without a subprotocol where the server says none', async () => {
    (await begin()).isAttached();
    expect(seen).toEqual([['open', '', '']]);
  });

  it('closes with 1006 where nothing opens', async () => {
    await begin('ws://example.com/', []);
    expect(seen).toEqual([['close', 1006, '', false]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('hands a socket of another server on, and ends', async () => {
    const transport = await begin();
    const socket = { close: vi.fn() } as unknown as globalThis.WebSocket;
    link.events.onForeign(transport, socket, 'hello');
    expect(seen).toEqual([['foreign', socket, 'hello']]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('messages of a session', () => {
  it('go to the transport at the end of the turn, together', async () => {
    const transport = await open();
    link.send('a');
    link.send(new Uint8Array([1]));
    expect(transport.sent).toEqual([]);
    await endOfTurn();
    expect(transport.sent).toEqual([['a', new Uint8Array([1])]]);
  });

  it('are buffered until a transport takes them', async () => {
    const transport = await open();
    vi.advanceTimersByTime(5000);
    transport.fails();
    link.send('äö');
    await endOfTurn();
    expect(link.bufferedAmount).toBe(4);
    (started.at(-1) as SimulatedTransport).isAttached();
    expect(link.bufferedAmount).toBe(0);
    expect((started.at(-1) as SimulatedTransport).sent).toEqual([['äö']]);
  });

  it('are told as they come', async () => {
    await open();
    says('a');
    says(new Uint8Array([1]));
    expect(seen).toEqual([
      ['message', 'a'],
      ['message', new Uint8Array([1])],
    ]);
  });

  it('have no limit in length', async () => {
    await open();
    const part = 'x'.repeat(32_768);
    for (let number = 0; number < 100; number++) says(...(number < 99 ? ['~more'] : []), part);
    expect(seen).toEqual([['message', part.repeat(100)]]);
  });

  it('are acknowledged in time where the transport wants that said', async () => {
    const transport = await begin();
    Object.assign(transport, { tellAfterBytes: 1e6 });
    transport.isAttached(WELCOME);
    says('a');
    vi.advanceTimersByTime(249);
    expect(transport.sent).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(transport.sent).toEqual([['~ack 1']]);
  });

  it('leave a ping answered', async () => {
    const transport = await open();
    says('~ping x');
    await endOfTurn();
    expect(transport.sent).toEqual([['~pong x']]);
  });
});

describe('a session’s end', () => {
  it('is agreed on with the server, and lets everything go', async () => {
    const transport = await open();
    link.close(3001, 'enough');
    await endOfTurn();
    expect(transport.sent).toEqual([['~close 3001 enough']]);
    says('~ack 1');
    says('~close 3001 enough');
    expect(seen).toEqual([['close', 3001, 'enough', true]]);
    expect(transport.isOver).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has no code where the application gives none', async () => {
    const transport = await open();
    link.close(undefined, '');
    await endOfTurn();
    expect(transport.sent).toEqual([['~close']]);
  });

  it('may come from the server', async () => {
    await open();
    says('~close 1001 restart');
    expect(seen).toEqual([['close', 1001, 'restart', true]]);
  });

  it('comes by itself when no transport attaches for as long as the server keeps the session', async () => {
    const transport = await open();
    vi.advanceTimersByTime(5000);
    transport.fails();
    vi.advanceTimersByTime(19_999);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(2);
    expect(seen).toEqual([['close', 1006, '', false]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes in a turn of its own while connecting, and the server is told when there is a way', async () => {
    const transport = await begin();
    link.close(1000, '');
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(seen).toEqual([['close', 1006, '', false]]);
    expect(transport.aborted).toBe(false);
    transport.isAttached(WELCOME);
    expect(transport.sent).toEqual([['~close 1001']]);
    says('~ack 1');
    says('~close 1001');
    expect(transport.isOver).toBe(true);
    expect(seen).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told to the server where it attaches between the call and that turn', async () => {
    const transport = await begin();
    link.close(1000, '');
    transport.isAttached(WELCOME);
    vi.advanceTimersByTime(0);
    expect(transport.sent).toEqual([['~close 1001']]);
    expect(seen.at(-1)).toEqual(['close', 1006, '', false]);
  });

  it('is final where the server turns out to be another one after all', async () => {
    const transport = await begin();
    link.close(1000, '');
    vi.advanceTimersByTime(0);
    const socket = { close: vi.fn() } as unknown as globalThis.WebSocket;
    link.events.onForeign(transport, socket, undefined);
    expect(socket.close).toHaveBeenCalledTimes(1);
    expect(seen).toEqual([['close', 1006, '', false]]);
  });

  it('comes at once, and is told to the server, when the session is abandoned', async () => {
    const transport = await open();
    link.abandon();
    expect(seen).toEqual([['close', 1006, '', false]]);
    expect(transport.sent).toEqual([['~close 1001']]);
  });
});

describe('a session that was closed before it opened', () => {
  it('is given up soon where nobody answers, so that a program can end', async () => {
    const transport = await begin();
    link.close(1000, '');
    vi.advanceTimersByTime(2900);
    expect(transport.aborted).toBe(false);
    vi.advanceTimersByTime(200);
    expect(transport.aborted).toBe(true);
    expect(seen).toEqual([['close', 1006, '', false]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told to a server that answers late, and ends', async () => {
    const transport = await begin('wss://example.com/', ['websocket']);
    link.close(1000, '');
    vi.advanceTimersByTime(2900);
    transport.isAttached(WELCOME);
    expect(transport.sent).toEqual([['~close 1001']]);
    vi.advanceTimersByTime(5000);
    says('~ack 1', '~close 1001');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a session and its page', () => {
  let page: EventTarget;

  beforeEach(() => {
    page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  });

  const leave = (): void => {
    page.dispatchEvent(Object.assign(new Event('pagehide'), { persisted: false }));
  };

  it('says goodbye with it', async () => {
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'hidden' }));
    const transport = await open();
    leave();
    expect(transport.leaves).toBe(1);
    expect(link.held.at(-1)?.isClose).toBe(true);
  });

  it('has nobody to say goodbye to while there is no transport', async () => {
    await begin();
    expect(leave).not.toThrow();
  });

  it('wakes with it', async () => {
    const transport = await open();
    page.dispatchEvent(new Event('online'));
    expect(transport.checks).toBe(1);
  });

  it('asks the server before it gives up, where it would have while the page stood still', async () => {
    const transport = await open();
    transport.fails();
    vi.advanceTimersByTime(WELCOME.expiryMs - 1);
    page.dispatchEvent(new Event('online'));
    vi.advanceTimersByTime(WELCOME.expiryMs - 1);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(seen).toEqual([['close', 1006, '', false]]);
  });

  it('has nothing to do with it after the end', async () => {
    const transport = await open();
    link.end();
    page.dispatchEvent(new Event('online'));
    leave();
    expect(transport).toMatchObject({ checks: 0, leaves: 0 });
  });
});

describe('a session whose answers come too late', () => {
  it('lives on while they come: the server has it still', async () => {
    const first = await open();
    first.fails();
    for (let answers = 0; answers < 3; answers++) {
      vi.advanceTimersByTime(WELCOME.expiryMs - 1000);
      const waiting = started.find(({ aborted }) => !aborted) as SimulatedTransport;
      waiting.isSuperseded(waiting.number + 1);
    }
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(WELCOME.expiryMs);
    expect(seen).toEqual([['close', 1006, '', false]]);
  });
});

describe('the statistics of a session', () => {
  it('tell attempts, migrations and what was sent again', async () => {
    const transport = await begin();
    expect(link.stats()).toEqual({
      transport: null,
      attempts: [{ transport: 'websocket', outcome: 'pending' }],
      migrations: 0,
      resent: 0,
      attachMs: null,
      roundTripMs: 50,
    });
    vi.advanceTimersByTime(30);
    transport.isAttached(WELCOME);
    link.send('abc');
    await endOfTurn();
    says('de');
    vi.advanceTimersByTime(5000);
    transport.fails({ reason: 'cut' });
    (started.at(-1) as SimulatedTransport).fails({ reason: 'refused' });
    vi.advanceTimersByTime(10);
    const longPolling = started.at(-1) as SimulatedTransport;
    longPolling.isAttached();
    expect(link.stats()).toEqual({
      transport: 'long-polling',
      attempts: [
        { transport: 'websocket', outcome: 'attached', durationMs: 30 },
        { transport: 'websocket', outcome: 'failed', durationMs: 0, reason: 'refused' },
        { transport: 'long-polling', outcome: 'attached', durationMs: 10 },
      ],
      migrations: 1,
      resent: 1,
      attachMs: 10,
      roundTripMs: 50,
    });
  });

  it('keep the last hundred attempts', async () => {
    await open();
    for (let count = 0; count < 120; count++) {
      const current = started.at(-1) as SimulatedTransport;
      vi.advanceTimersByTime(1000);
      current.fails();
      (started.at(-1) as SimulatedTransport).isAttached();
    }
    expect(started).toHaveLength(121);
    expect(link.stats().attempts).toHaveLength(100);
    expect(link.stats().migrations).toBe(120);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientTransport, TransportEvents } from '../../src/transports/client-transport.ts';
import { type ExchangeKind, HttpTransport } from '../../src/transports/http.ts';
import { RecordingSession } from '../recording-session.ts';
import { SimulatedExchange } from '../simulated-exchange.ts';

let exchange: SimulatedExchange;
let session: RecordingSession;
let kind: ExchangeKind;
let transport: HttpTransport;
let seen: string[];
/** What the connector does when the attach holds. */
let onAttached: (received: number, attach: number) => void;

beforeEach(() => {
  vi.useFakeTimers();
  exchange = new SimulatedExchange();
  seen = [];
  onAttached = (received, attach) => session.attach(transport, { attach, received });
  const events: TransportEvents = {
    onAttached: (_, { attach, received }) => {
      seen.push(`attached ${attach}`);
      onAttached(received, attach);
    },
    onSuperseded: (_, newest) => {
      seen.push(`superseded ${newest}`);
      // Its own number means no more than that it may ask again.
      if (newest > session.attachNumber) transport.giveUp();
    },
    onGone: (_, reason) => seen.push(`gone ${reason}`),
    onFailed: (_: ClientTransport, { reason }) => {
      seen.push(`failed: ${reason}`);
      session.current = undefined;
    },
    onForeign: () => seen.push('foreign'),
  };
  session = new RecordingSession(
    ['chat'],
    {
      id: 'ssssssssssssssss',
      secret: 'kkkkkkkkkkkkkkkkkkkkkk',
      keepaliveMs: 25_000,
      maxBodyBytes: 131_072,
      roundTripMs: 50,
    },
    events,
  );
  kind = { name: 'long-polling', exchange: exchange.exchange, overhead: 1 };
  transport = new HttpTransport(session, kind);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const attached = (received = 0, attach = 1): string =>
  `~attached {"attach":${attach},"received":${received}}`;

/** At the end of this turn the driver flushes. */
const endOfTurn = (): Promise<void> => Promise.resolve();

/** Attaches; the first poll is under way afterwards. */
function open(): void {
  transport.attach({ attach: 1, received: null });
  exchange.the('now').answers(attached());
}

/** Has the client learn that answers come in pieces. */
function openStreaming(): void {
  open();
  exchange.the('hold').says(attached());
  vi.advanceTimersByTime(50);
  exchange.the('hold').ends();
}

async function send(data: string): Promise<void> {
  session.send(data);
  await endOfTurn();
}

describe('a server whose application has paused', () => {
  const paused = (received = 0): string => `~attached {"attach":1,"received":${received},"paused":true}`;

  it('is sent nothing from when a held answer says so until the next does not', async () => {
    open();
    exchange.the('hold').says(paused());
    await send('a');
    expect(exchange.answersWanted).toEqual(['now', 'hold']);
    expect(session.bufferedAmount).toBe(1);
    exchange.the('hold').ends();
    exchange.the('hold').says(attached());
    await endOfTurn();
    expect(exchange.the('now').messages).toEqual(['~from 0', 'a']);
  });

  it('is not believed in the answer to a request that sends: that may be older than what is known', async () => {
    open();
    exchange.the('hold').says(attached());
    await send('a');
    exchange.the('now').answers(paused(1));
    await send('b');
    expect(exchange.the('now').messages).toEqual(['~from 1', 'b']);
  });
});

describe('attaching over HTTP', () => {
  it('asks for an answer at once, with the subprotocols of a new session', () => {
    transport.attach({ attach: 1, received: null });
    expect(exchange.requests).toHaveLength(1);
    const { url, statement, messages } = exchange.the('now');
    expect(url).toBe(session.httpUrl);
    expect(statement).toMatchObject({ attach: 1, received: null, protocols: ['chat'] });
    expect(messages).toEqual([]);
  });

  it('states what was received, and no subprotocols, where there is a session', () => {
    transport.attach({ attach: 4, received: 17 });
    const { statement } = exchange.the('now');
    expect(statement).toMatchObject({ attach: 4, received: 17 });
    expect(statement).not.toHaveProperty('protocols');
  });

  it('polls as soon as the attach holds', () => {
    open();
    expect(seen).toEqual(['attached 1']);
    expect(exchange.answersWanted).toEqual(['now', 'hold']);
    expect(exchange.the('hold').statement).toMatchObject({ attach: 1, received: 0, holdMs: 18_000 });
  });

  it('does not poll where the connector does not take it', () => {
    onAttached = () => {};
    open();
    expect(exchange.answersWanted).toEqual(['now']);
  });

  it('may be done anew from within the answer', () => {
    onAttached = (received, attach) => {
      if (attach === 1) transport.attach({ attach: 5, received: null });
      else session.attach(transport, { attach, received });
    };
    transport.attach({ attach: 1, received: null });
    const first = exchange.the('now');
    first.answers(attached());
    expect(first.aborted).toBe(true);
    expect(exchange.answersWanted).toEqual(['now', 'now']);
    exchange.the('now').answers(attached(0, 5));
    expect(seen).toEqual(['attached 1', 'attached 5']);
    expect(exchange.answersWanted).toEqual(['now', 'now', 'hold']);
  });

  it('tells that a newer attach holds, and may be done anew', () => {
    transport.attach({ attach: 0, received: 0 });
    exchange.the('now').answers('~superseded 4');
    expect(seen).toEqual(['superseded 4']);
    transport.attach({ attach: 5, received: 0 });
    exchange.the('now').answers(attached(0, 5));
    expect(seen).toEqual(['superseded 4', 'attached 5']);
  });

  it('tells that the session is gone', () => {
    transport.attach({ attach: 1, received: 3 });
    exchange.the('now').answers('~gone');
    expect(seen).toEqual(['gone ']);
  });

  it('is stated once more where the request fails, since one may be lost, and then tells why it failed', () => {
    transport.attach({ attach: 1, received: null });
    exchange.the('now').fails({ reason: 'HTTP 500' });
    expect(exchange.requests.map(({ statement }) => statement)).toMatchObject([
      { attach: 1, received: null },
      { attach: 1, received: null },
    ]);
    expect(seen).toEqual([]);
    exchange.the('now').fails({ reason: 'HTTP 500' });
    expect(seen).toEqual(['failed: HTTP 500']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not stated again to a server that is another one', () => {
    transport.attach({ attach: 1, received: null });
    exchange.the('now').fails({ reason: 'HTTP 404', foreign: true });
    expect(seen).toEqual(['failed: HTTP 404']);
  });

  it('is not stated again before the path wants it to be', () => {
    transport.attach({ attach: 1, received: null });
    exchange.the('now').fails({ reason: 'HTTP 429', retryAfterMs: 1000 });
    expect(seen).toEqual(['failed: HTTP 429']);
  });

  it('is stated once more each time, and a request that fails later fails the transport at once', () => {
    open();
    transport.attach({ attach: 2, received: 0 });
    exchange.the('now').fails();
    exchange.the('now').answers(attached(0, 2));
    expect(exchange.the('hold').statement.attach).toBe(2);
    exchange.the('hold').fails();
    expect(seen.at(-1)).toBe('failed: it broke');
  });

  it('brings along what is not acknowledged where the session comes back, without counting it as sent', async () => {
    open();
    await send('a');
    exchange.the('now').fails();
    transport = new HttpTransport(session, kind);
    session.send('b');
    transport.attach({ attach: 2, received: 0 });
    expect(exchange.the('now').messages).toEqual(['~from 0', 'a', 'b']);
    expect(session.bufferedAmount).toBe(2);
    exchange.the('now').answers(attached(2, 2));
    expect(session.bufferedAmount).toBe(0);
    expect(exchange.answersWanted.slice(-2)).toEqual(['now', 'hold']);
  });

  it('brings nothing along that begins with something large', async () => {
    open();
    await send('x'.repeat(5000));
    await send('y');
    exchange.the('now').fails();
    transport = new HttpTransport(session, kind);
    transport.attach({ attach: 2, received: 0 });
    expect(exchange.the('now').messages).toEqual([]);
    exchange.the('now').answers(attached(0, 2));
    expect(exchange.the('now').messages).toEqual(['~from 0', 'x'.repeat(5000), 'y']);
  });

  it('brings nothing along where another transport is attached, or only the path is tried', async () => {
    open();
    await send('a');
    for (const attach of [0, 5]) {
      const { cursor } = session;
      new HttpTransport(session, kind).attach({ attach, received: 0 });
      expect(exchange.the('now').messages).toEqual([]);
      expect(session.cursor).toBe(cursor);
    }
  });

  it('is not disturbed by a request of the same attach that somebody else waited with', () => {
    open();
    exchange.the('hold').answers(attached(), '~superseded 1');
    expect(seen).toEqual(['attached 1', 'superseded 1']);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'hold']);
  });

  it('sends what waited with the request after the attach', async () => {
    session.send('early');
    await endOfTurn();
    transport.attach({ attach: 1, received: null });
    exchange.the('now').says(attached());
    await endOfTurn();
    expect(exchange.requests.flatMap(({ messages }) => messages)).toEqual([]);
    exchange.the('now').ends();
    expect(exchange.the('now').messages).toEqual(['~from 0', 'early']);
  });
});

describe('polling', () => {
  it('asks again as soon as an answer has ended, with what was received', () => {
    open();
    exchange.the('hold').answers(attached(), '~from 0', 'a', 'b');
    expect(session.messages).toEqual(['a', 'b']);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'hold']);
    expect(exchange.the('hold').statement.received).toBe(2);
  });

  it('asks again where nothing came', () => {
    open();
    exchange.the('hold').answers(attached());
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'hold']);
  });

  it('takes from a poll what the server has received', async () => {
    open();
    await send('a');
    expect(session.acknowledged).toBe(0);
    exchange.the('hold').says(attached(1));
    expect(session.acknowledged).toBe(1);
  });

  it('fails with its answer, and aborts what is being sent', async () => {
    open();
    await send('a');
    const sending = exchange.the('now');
    exchange.the('hold').fails({ reason: 'cut' });
    expect(seen.at(-1)).toBe('failed: cut');
    expect(sending.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails where the numbers have a gap', () => {
    open();
    exchange.the('hold').says(attached(), '~from 3', 'a');
    expect(seen.at(-1)).toBe('failed: Error: a gap in the numbers');
    expect(session.messages).toEqual([]);
  });

  it('tells that it was superseded, and asks no more', () => {
    open();
    exchange.the('hold').answers(attached(), '~superseded 9');
    expect(seen.at(-1)).toBe('superseded 9');
    expect(exchange.answersWanted).toEqual(['now', 'hold']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells that the session is gone', () => {
    open();
    exchange.the('hold').answers(attached(), '~gone 1008 why');
    expect(seen.at(-1)).toBe('gone why');
    expect(session.closes).toEqual([[1008, 'why']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends within an answer that closes the session', async () => {
    open();
    session.sendClose('1000');
    await endOfTurn();
    exchange.the('now').answers(attached(1));
    exchange.the('hold').answers(attached(1), '~from 0', '~close 1000', 'after the close');
    expect(session.closes).toEqual([[1000, '']]);
    expect(session.messages).toEqual([]);
    expect(session.finished).toBe(true);
  });
});

describe('learning how answers arrive', () => {
  it('asks for streams once an answer came in pieces', () => {
    openStreaming();
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'stream']);
  });

  it('learns nothing from an answer that came in one piece', () => {
    open();
    vi.advanceTimersByTime(20_000);
    exchange.the('hold').says(attached());
    vi.advanceTimersByTime(49);
    exchange.the('hold').ends();
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'hold']);
  });

  it('asks for streams on and on', () => {
    openStreaming();
    exchange.the('stream').says(attached());
    exchange.the('stream').says('~from 0', 'a');
    expect(session.messages).toEqual(['a']);
    vi.advanceTimersByTime(100);
    exchange.the('stream').ends();
    expect(exchange.answersWanted.at(-1)).toBe('stream');
  });

  it('never asks for streams again once the server says that one has stalled', () => {
    openStreaming();
    exchange.the('stream').says(attached(), '~from 0', 'a', '~stalled');
    vi.advanceTimersByTime(100);
    exchange.the('stream').ends();
    expect(exchange.answersWanted.at(-1)).toBe('hold');
    exchange.the('hold').says(attached());
    vi.advanceTimersByTime(100);
    exchange.the('hold').ends();
    expect(exchange.answersWanted.at(-1)).toBe('hold');
  });

  it('remembers it over an attach', () => {
    openStreaming();
    transport.attach({ attach: 2, received: 0 });
    exchange.the('now').answers(attached(0, 2));
    expect(exchange.answersWanted.at(-1)).toBe('stream');
  });
});

describe('learning how long an answer may hang', () => {
  it('asks for half of what it took to cut one, with the next transport too', () => {
    open();
    exchange.the('hold').says(attached());
    vi.advanceTimersByTime(10_000);
    exchange.the('hold').fails({ reason: 'HTTP 504' });
    expect(seen.at(-1)).toBe('failed: HTTP 504');
    transport = new HttpTransport(session, kind);
    transport.attach({ attach: 2, received: 0 });
    exchange.the('now').answers(attached(0, 2));
    expect(exchange.the('hold').statement.holdMs).toBe(5000);
  });

  it('learns as much from one that vanished', () => {
    open();
    vi.advanceTimersByTime(18_000 + 6000 + 1000);
    expect(seen.at(-1)).toBe('failed: no answer in time');
    expect(session.path?.hold.value).toBeCloseTo(12_000, -2);
  });

  it('asks for a little more after each that was let be, and not after one that brought something', () => {
    open();
    session.path?.hold.exceeded(2000);
    exchange.the('hold').answers(attached());
    vi.advanceTimersByTime(1000);
    exchange.the('hold').answers(attached());
    expect(exchange.the('hold').statement.holdMs).toBe(1050);
    vi.advanceTimersByTime(1000);
    exchange.the('hold').answers(attached(), '~from 0', 'a');
    expect(exchange.the('hold').statement.holdMs).toBe(1050);
  });
});

describe('learning how large a body may be', () => {
  /** What the last body holds beside numbers and controls. */
  const data = (): string[] =>
    exchange
      .the('now')
      .messages.map(String)
      .filter((text) => !text.startsWith('~'));

  /** Attaches anew after a failure. */
  function openAgain(): void {
    transport = new HttpTransport(session, kind);
    transport.attach({ attach: 2, received: 0 });
    expect(exchange.the('now').messages).toEqual([]);
    exchange.the('now').answers(attached(0, 2));
  }

  it('sends half as much at a time, with the next transport too, and cuts what is larger than that', async () => {
    open();
    await send('x'.repeat(32_768));
    exchange.the('now').fails({ reason: 'HTTP 413', tooLarge: true });
    expect(seen.at(-1)).toBe('failed: HTTP 413');
    openAgain();
    const texts = data();
    while (session.unsentBytes > 0) {
      exchange.the('now').answers(attached(session.cursor, 2));
      expect(exchange.the('now').bytes).toBeLessThan(32_768 / 2 + 1000);
      texts.push(...data());
    }
    expect(texts.join('')).toBe('x'.repeat(32_768));
    expect(texts.length).toBeGreaterThan(2);
  });

  it('learns nothing of the kind from other failures', async () => {
    open();
    await send('x'.repeat(32_768));
    exchange.the('now').fails();
    expect(session.path?.body.value).toBe(1024 * 1024);
    openAgain();
    expect(data().map(({ length }) => length)).toEqual([32_768]);
  });
});

describe('acknowledging', () => {
  it('is a request of its own, 250 ms after something has come in a stream', async () => {
    openStreaming();
    exchange.the('stream').says(attached(), '~from 0', ...Array.from({ length: 1000 }, () => 'a'));
    await endOfTurn();
    vi.advanceTimersByTime(249);
    expect(exchange.answersWanted.at(-1)).toBe('stream');
    vi.advanceTimersByTime(1);
    expect(exchange.the('now').statement.received).toBe(1000);
    expect(exchange.the('now').messages).toEqual([]);
  });

  it('is one too after the answer to a request that sends has brought something', async () => {
    open();
    await send('a');
    exchange.the('now').answers(attached(1), '~from 0', 'an echo');
    expect(session.messages).toEqual(['an echo']);
    vi.advanceTimersByTime(250);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'now', 'now']);
    expect(exchange.the('now').statement.received).toBe(1);
  });

  it('is no request where another one has said it meanwhile', async () => {
    open();
    await send('a');
    exchange.the('now').answers(attached(1), '~from 0', 'an echo');
    await send('b');
    exchange.the('now').answers(attached(2));
    vi.advanceTimersByTime(250);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'now', 'now']);
  });

  it('is done at once where the server asks for it in a stream, or on the answer to a request', async () => {
    openStreaming();
    exchange.the('stream').says(attached(), '~ask 1', '~from 0', 'a');
    await endOfTurn();
    exchange.the('now').answers(attached(), '~ask 2', '~from 1', 'b');
    await endOfTurn();
    expect(exchange.the('now').statement.received).toBe(2);
  });

  it('is done by the next poll where a held answer has brought something', () => {
    open();
    exchange.the('hold').answers(attached(), '~ask 1', '~from 0', 'a');
    expect(exchange.the('hold').statement.received).toBe(1);
    vi.advanceTimersByTime(250);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'hold']);
  });

  it('is done by the first poll where the answer to the attach has brought something', () => {
    transport.attach({ attach: 1, received: null });
    exchange.the('now').answers(attached(), '~from 0', 'a greeting');
    expect(session.messages).toEqual(['a greeting']);
    expect(exchange.the('hold').statement.received).toBe(1);
    vi.advanceTimersByTime(250);
    expect(exchange.answersWanted).toEqual(['now', 'hold']);
  });
});

describe('sending', () => {
  it('posts what the application sends beside the poll', async () => {
    open();
    await send('a');
    expect(exchange.the('now').statement).toMatchObject({ attach: 1, received: 0 });
    expect(exchange.the('now').messages).toEqual(['~from 0', 'a']);
    expect(exchange.the('hold').aborted).toBe(false);
  });

  it('has one request under way, and then sends all that has gathered in one body', async () => {
    open();
    await send('a');
    const before = exchange.requests.length;
    await send('b');
    await send('c');
    expect(exchange.requests).toHaveLength(before);
    expect(transport.capacity()).toBe(0);
    exchange.the('now').answers(attached(1));
    expect(exchange.the('now').messages).toEqual(['~from 1', 'b', 'c']);
  });

  it('lets go of what the answer acknowledges', async () => {
    open();
    await send('a');
    exchange.the('now').answers(attached(1));
    expect(session.held).toEqual([]);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'now']);
  });

  it('counts what the application sent as pending until an answer begins', async () => {
    open();
    expect(session.bufferedAmount).toBe(0);
    await send('ab☃');
    expect(session.bufferedAmount).toBe(5);
    exchange.the('now').says(attached(1));
    expect(session.bufferedAmount).toBe(0);
  });

  it('keeps every body below what the server reads', async () => {
    open();
    for (let count = 0; count < 50; count++) session.send('x'.repeat(10_000));
    await endOfTurn();
    let received = 0;
    while (received < 50) {
      const { bytes, messages } = exchange.the('now');
      expect(bytes).toBeLessThanOrEqual(131_072);
      expect(messages.length).toBeGreaterThan(2);
      received += messages.length - 1;
      exchange.the('now').answers(attached(received));
    }
    expect(received).toBe(50);
    expect(session.held).toEqual([]);
  });

  it('keeps bodies smaller where they grow on their way', () => {
    open();
    const form = new HttpTransport(session, { name: 'iframe', exchange: exchange.exchange, overhead: 1.4 });
    expect(form.capacity()).toBeLessThan(transport.capacity() / 1.35);
  });

  it('fails when a request is not answered, and everything goes again', async () => {
    open();
    await send('a');
    vi.advanceTimersByTime(10_100);
    expect(seen.at(-1)).toBe('failed: no answer in time');
    expect(exchange.the('hold').aborted).toBe(true);
    transport.attach({ attach: 2, received: 0 });
    exchange.the('now').answers(attached(0, 2));
    expect(exchange.the('now').messages).toEqual(['~from 0', 'a']);
  });

  it('fails when the answer is that of another server', async () => {
    open();
    await send('a');
    exchange.the('now').fails({ reason: 'HTTP 200', foreign: true });
    expect(seen.at(-1)).toBe('failed: HTTP 200');
  });
});

describe('checking for a sign of life', () => {
  it('makes the poll again, and one request that is answered at once', () => {
    open();
    const before = exchange.the('hold');
    transport.check();
    expect(before.aborted).toBe(true);
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'hold', 'now']);
    exchange.the('now').answers(attached());
    expect(seen).toEqual(['attached 1']);
  });

  it('fails where that is not answered', () => {
    open();
    transport.check();
    vi.advanceTimersByTime(10_100);
    expect(seen.at(-1)).toBe('failed: no answer in time');
  });

  it('takes the request that is under way for it', async () => {
    open();
    await send('a');
    transport.check();
    expect(exchange.answersWanted).toEqual(['now', 'hold', 'now', 'hold']);
    expect(exchange.the('now').aborted).toBe(false);
  });
});

describe('letting go', () => {
  it('aborts both requests, and nothing is said any more', async () => {
    open();
    await send('a');
    transport.giveUp();
    expect(exchange.the('hold').aborted).toBe(true);
    expect(exchange.the('now').aborted).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(seen).toEqual(['attached 1']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves the last acknowledgement on its way when the session is over', async () => {
    open();
    session.sendClose('1000');
    await endOfTurn();
    exchange.the('now').answers(attached(1));
    exchange.the('hold').answers(attached(1), '~from 0', '~close 1000');
    expect(session.finished).toBe(true);
    const last = exchange.the('now');
    expect(last.statement.received).toBe(1);
    expect(last.aborted).toBe(false);
    expect(exchange.the('hold').aborted).toBe(true);
    last.answers(attached(1));
    expect(vi.getTimerCount()).toBe(0);
    expect(exchange.requests.filter(({ aborted }) => !aborted)).toHaveLength(3);
  });
});

describe('leaving the page', () => {
  const beacons: SimulatedExchange = new SimulatedExchange();

  beforeEach(() => {
    beacons.requests.length = 0;
    const nobody = { onData: () => {}, onEnd: () => {}, onFailed: () => {} };
    vi.stubGlobal('navigator', {
      sendBeacon: (url: string, body: Uint8Array<ArrayBuffer>) => beacons.exchange(url, body, nobody),
    });
  });

  it('sends the rest and the close by a beacon', () => {
    open();
    session.send('last words');
    session.sendClose('1001');
    transport.leave();
    const [beacon] = beacons.requests;
    expect(beacon).toMatchObject({
      url: session.httpUrl,
      messages: ['~from 0', 'last words', '~close 1001'],
    });
    expect(beacon?.statement).toMatchObject({ attach: 1, answer: 'now', received: 0 });
  });

  it('sends again what is on its way, since that is cancelled with the page', async () => {
    open();
    await send('a');
    session.sendClose('1001');
    transport.leave();
    expect(beacons.requests[0]?.messages).toEqual(['~from 0', 'a', '~close 1001']);
  });

  it('sends no more than browsers let it', () => {
    open();
    for (let count = 0; count < 10; count++) session.send('x'.repeat(10_000));
    session.sendClose('1001');
    transport.leave();
    expect(beacons.requests[0]?.bytes).toBeLessThan(64 * 1024);
  });

  it('does nothing where there are no beacons', () => {
    vi.stubGlobal('navigator', {});
    open();
    session.sendClose('1001');
    expect(() => transport.leave()).not.toThrow();
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WatchedConnection } from '../../src/transports/silence.ts';
import { RecordingSession } from '../recording-session.ts';

const KEEPALIVE_MS = 20_000;

let session: RecordingSession;
let pings: number;
let silent: number[];
let watch: Watch;

class Watch extends WatchedConnection {
  ping(): void {
    pings++;
  }

  onSilent(ms: number): void {
    silent.push(ms);
    this.stop();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  pings = 0;
  silent = [];
  session = new RecordingSession([], { keepaliveMs: KEEPALIVE_MS });
  watch = new Watch(session);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const pass = (ms: number): void => {
  vi.advanceTimersByTime(ms);
};

function hear(): void {
  watch.hear();
  watch.waitOn();
}

/** One item is on its way. */
function send(bytes = 0): void {
  session.send(new Uint8Array(bytes));
  session.take(Number.POSITIVE_INFINITY);
  watch.expectAcknowledgement();
}

/** @param openingMs how long it took */
function begin(openingMs = 5): void {
  pass(openingMs);
  watch.hear();
  watch.begin();
}

/** Past the time in which a connection is young. */
function beganLongAgo(): void {
  begin();
  watch.check();
  hear();
  pass(10_000);
  hear();
  pings = 0;
}

/** As Chromium does with a hidden page: timers at whole seconds, and from the fifth on that each set the next, at whole minutes. */
function throttleNestedTimers(): void {
  const setTimer = globalThis.setTimeout;
  vi.stubGlobal('setTimeout', (callback: () => void, ms: number) => {
    const own = level + 1;
    const alignMs = own < 5 ? 1000 : 60_000;
    const dueAt = Math.ceil((performance.now() + ms) / alignMs) * alignMs;
    return setTimer(() => atLevel(own, callback), dueAt - performance.now());
  });
}

/** Of how many timers, each set by the one before, the present one is the last. */
let level = 0;

function atLevel(own: number, callback: () => void): void {
  level = own;
  callback();
  level = 0;
}

describe('a young connection', () => {
  it('is silent when nothing has come that was due for 600 ms', () => {
    begin();
    send();
    pass(599);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([600]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gets as much time as opening took, on a path that is slower', () => {
    begin(900);
    send();
    pass(899);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([900]);
  });

  it('gets the time that a slow line needs for what was sent', () => {
    begin();
    send(32_000);
    pass(600 + 1999);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toHaveLength(1);
  });

  it('still owes something where what comes is no acknowledgement', () => {
    begin();
    send();
    pass(250);
    hear();
    pass(349);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([350]);
  });

  it('gets a moment more from the last sign of life on', () => {
    begin();
    send();
    for (let times = 0; times < 4; times++) {
      pass(299);
      hear();
    }
    pass(299);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([300]);
  });

  it('gets its time anew with each acknowledgement', () => {
    begin();
    send();
    send();
    pass(500);
    session.acknowledge(1);
    hear();
    pass(599);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([600]);
  });

  it('may be silent where it owes nothing', () => {
    begin();
    send();
    pass(100);
    session.acknowledge(1);
    hear();
    pass(9000);
    expect(silent).toEqual([]);
  });
});

describe('a connection that has lived for ten seconds', () => {
  it('gets five seconds, so that a server which stands still does not lose all its clients at once', () => {
    beganLongAgo();
    send();
    pass(4999);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([5000]);
  });

  it('gets no more than the keepalive interval, however much is on its way', () => {
    beganLongAgo();
    send(10_000_000);
    pass(KEEPALIVE_MS - 1);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([KEEPALIVE_MS]);
  });
});

describe('keepalive', () => {
  it('pings before one interval of silence has passed, and gives up before one and a half have', () => {
    beganLongAgo();
    pass(0.75 * KEEPALIVE_MS - 1);
    expect(pings).toBe(0);
    pass(1);
    expect(pings).toBe(1);
    pass(0.5 * KEEPALIVE_MS - 1);
    expect(silent).toEqual([]);
    pass(1);
    expect(silent).toEqual([1.25 * KEEPALIVE_MS]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes anything that comes for a sign of life', () => {
    beganLongAgo();
    for (let turn = 0; turn < 10; turn++) {
      pass(KEEPALIVE_MS);
      hear();
    }
    expect(silent).toEqual([]);
  });

  it('counts from when the clock is read, where many messages come', () => {
    beganLongAgo();
    pass(1000);
    watch.hear(true);
    pass(250);
    watch.readClock();
    pass(250);
    watch.readClock(); // nothing has come in between
    pass(0.75 * KEEPALIVE_MS - 251);
    expect(pings).toBe(0);
    pass(1);
    expect(pings).toBe(1);
  });

  it('pings nobody who was heard a moment ago, before the clock was read', () => {
    beganLongAgo();
    pass(0.75 * KEEPALIVE_MS - 1);
    watch.hear(true);
    pass(0.75 * KEEPALIVE_MS);
    expect(pings).toBe(0);
    pass(1);
    expect(pings).toBe(1);
  });

  it('keeps the interval that the server has said meanwhile', () => {
    begin();
    session.keepaliveMs = 1000;
    watch.check();
    hear();
    pass(749);
    expect(pings).toBe(1);
    pass(1);
    expect(pings).toBe(2);
  });

  it('is in time in a page that has been hidden for long, where a timer that timers have set comes once a minute', () => {
    throttleNestedTimers();
    vi.stubGlobal('document', { visibilityState: 'hidden' });
    beganLongAgo();
    for (let turn = 0; turn < 20; turn++) {
      // The ping has been sent, and is answered.
      pass(0.75 * KEEPALIVE_MS + 1000);
      expect(pings).toBe(turn + 1);
      hear();
      // And the application sends something from a timer of its own, of those that come seldom.
      atLevel(5, () => send());
      session.acknowledge(turn + 1);
      hear();
    }
    pass(1.5 * KEEPALIVE_MS);
    expect(silent).toHaveLength(1);
  });

  it.each([
    ['after a ping', 1000],
    ['after the timer has come too early', 0.5 * KEEPALIVE_MS],
  ])(
    'is in time there, too, where the application goes on sending from a timer that comes seldom, %s',
    (_, heardAfterMs) => {
      throttleNestedTimers();
      vi.stubGlobal('document', { visibilityState: 'hidden' });
      beganLongAgo();
      pass(0.75 * KEEPALIVE_MS + 1000);
      hear();
      pass(heardAfterMs);
      hear();
      pass(0.25 * KEEPALIVE_MS + 1000);
      // Nobody is there any more.
      atLevel(5, () => send());
      pass(0.75 * KEEPALIVE_MS + 1000);
      expect(silent).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('asks again where its timer comes late: the page slept, and so did its ears', () => {
    beganLongAgo();
    send();
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 3_600_000);
    vi.advanceTimersToNextTimer();
    expect(silent).toEqual([]);
    expect(pings).toBe(1);
    now.mockRestore();
  });
});

describe('a check', () => {
  it('pings, and is content with anything', () => {
    beganLongAgo();
    watch.check();
    expect(pings).toBe(1);
    pass(599);
    hear();
    pass(5000);
    expect(silent).toEqual([]);
  });

  it('gives no more than 600 ms, however old the connection is', () => {
    beganLongAgo();
    watch.check();
    pass(600);
    expect(silent).toHaveLength(1);
  });

  it('gives as much where something should have come long ago', () => {
    beganLongAgo();
    send();
    pass(4900);
    watch.check();
    pass(599);
    expect(silent).toEqual([]);
  });

  it('measures how long its answer takes', () => {
    beganLongAgo();
    watch.check();
    pass(70);
    expect(watch.pong()).toBe(70);
  });
});

describe('the end', () => {
  it('leaves no timer, whoever still sends', () => {
    begin();
    watch.check();
    watch.stop();
    send();
    expect(vi.getTimerCount()).toBe(0);
    pass(60_000);
    expect(silent).toEqual([]);
  });
});

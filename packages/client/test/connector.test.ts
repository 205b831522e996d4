import './with-native-websocket.ts';
import type { Attached } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connector } from '../src/connector.ts';
import { iframe, longPolling } from '../src/fallbacks.ts';
import { webSocket } from '../src/hedged.ts';
import { type AttemptRecord, type LogEntry, logEntry } from '../src/log.ts';
import { recall, remember } from '../src/memory.ts';
import type { Session } from '../src/session.ts';
import type { Candidate } from '../src/strategy.ts';
import type { TransportName } from '../src/transports/client-transport.ts';
import { WebSocketTransport } from '../src/transports/websocket.ts';
import { RecordingSession } from './recording-session.ts';
import { SimulatedNativeWebSocket as Native } from './simulated-native-websocket.ts';
import { SimulatedStorage } from './simulated-storage.ts';
import { SimulatedTransport } from './simulated-transport.ts';

const URL = 'wss://example.com/chat';
const ORIGIN = 'wss://example.com';
const KNOWN = [webSocket, longPolling, iframe];
const ALL: readonly TransportName[] = KNOWN.map(({ name }) => name);

/** To the server and back. */
const ROUND_TRIP_MS = 50;
/** The delay behind a WebSocket, behind long polling, and behind an iframe. */
const HEDGE_MS = 400;
const HTTP_HEDGE_MS = 150;
const IFRAME_HEDGE_MS = 450;
/** How long a socket that is open may be silent before it is taken for another server's. */
const SILENCE_MS = 450;
const ATTEMPT_TIMEOUT_MS = 10_000;

/** What a session is told for the log, beside the attempt. */
type Told = [type: LogEntry['type'], attach: number, since: number, reason?: string];

/** A connector, its host, and the transports it has started. */
class Trial {
  readonly session = new RecordingSession(['chat'], { roundTripMs: ROUND_TRIP_MS });
  readonly started: SimulatedTransport[] = [];
  readonly opened: Attached[] = [];
  readonly foreign: [unknown, unknown][] = [];
  readonly log: LogEntry[] = [];
  readonly connector: Connector;

  /** @param real names that get the real transport instead of a simulated one */
  constructor(names: readonly TransportName[] = ALL, real: readonly TransportName[] = []) {
    const candidates = names.map(
      (name): Candidate => ({
        ...(KNOWN.find((known) => known.name === name) as Candidate),
        isHere: () => true,
        create: (session) =>
          real.includes(name) ? new WebSocketTransport(session) : this.start(name, session),
      }),
    );
    const session = Object.assign(this.session, {
      onOpened: (attached: Attached) => this.opened.push(attached),
      onForeign: (socket: unknown, said: unknown) => {
        this.foreign.push([socket, said]);
        this.connector.stop();
      },
      onLog: ({ transport }: AttemptRecord, ...rest: Told) => {
        const [type, attach, since, reason] = rest;
        this.log.push(logEntry(type, transport, attach, since, reason));
      },
    });
    this.connector = new Connector(candidates, session);
    this.session.onFinish = () => this.connector.stop();
  }

  private start(name: TransportName, session: Session): SimulatedTransport {
    const transport = new SimulatedTransport(name, session);
    this.started.push(transport);
    return transport;
  }

  /** The latest of this name. */
  the(name: TransportName): SimulatedTransport {
    return this.started.filter((transport) => transport.name === name).at(-1) as SimulatedTransport;
  }

  get names(): string[] {
    return this.started.map(({ name }) => name);
  }

  /** How often the session was ended. */
  get unreachable(): number {
    return this.session.closes.length;
  }

  get current(): unknown {
    return this.session.current;
  }

  /** Every number drawn so far, in no order. */
  get numbers(): number[] {
    return this.started.flatMap(({ statements }) => statements.map(({ attach }) => attach));
  }

  /** What the log says, without the times. */
  get story(): string[] {
    return this.log.map(
      ({ type, transport, reason }) => `${type} ${transport}${reason === undefined ? '' : `: ${reason}`}`,
    );
  }
}

let trial: Trial;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('localStorage', new SimulatedStorage());
  // Where something is drawn at random, the least.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  Native.forget();
  trial = new Trial();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const pass = (ms: number): void => {
  vi.advanceTimersByTime(ms);
};

/** Opens on long polling, with the WebSocket given up. */
function openOnLongPolling(): SimulatedTransport {
  trial.connector.connect();
  trial.the('websocket').fails();
  const transport = trial.the('long-polling');
  transport.isAttached();
  return transport;
}

function openOnWebSocket(): SimulatedTransport {
  trial.connector.connect();
  const transport = trial.the('websocket');
  transport.isAttached();
  return transport;
}

describe('opening', () => {
  it('tries the best transport alone, as a client that was never attached', () => {
    trial.connector.connect();
    pass(HEDGE_MS - 1);
    expect(trial.names).toEqual(['websocket']);
    expect(trial.the('websocket').statements).toEqual([{ attach: 1, received: null }]);
  });

  it('tries the next ones beside it, each after a delay', () => {
    trial.connector.connect();
    pass(HEDGE_MS);
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    pass(HTTP_HEDGE_MS - 1);
    expect(trial.names).toHaveLength(2);
    pass(1);
    expect(trial.names).toEqual(ALL);
    expect(trial.started.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  });

  it('leaves the next one to the delay where one fails beside it', () => {
    trial.connector.connect();
    pass(HEDGE_MS);
    trial.the('websocket').fails();
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    pass(HTTP_HEDGE_MS);
    expect(trial.names).toEqual(ALL);
  });

  it('gives requests one attach number, whatever carries them, since none of them is to overtake the other', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    expect(trial.numbers).toEqual([1, 2, 2]);
    trial.the('long-polling').fails();
    trial.the('iframe').isAttached();
    expect(trial.current).toBe(trial.the('iframe'));
  });

  it('does not begin another round while the last one that was started has its time', () => {
    trial.connector.connect();
    pass(HEDGE_MS + HTTP_HEDGE_MS);
    trial.the('websocket').fails();
    trial.the('long-polling').fails();
    pass(999);
    expect(trial.names).toEqual(ALL);
    pass(1 + 100);
    expect(trial.names).toEqual([...ALL, 'websocket']);
  });

  it('tries the next one at once when one fails', () => {
    trial.connector.connect();
    trial.the('websocket').fails();
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    trial.the('long-polling').fails();
    expect(trial.names).toEqual(ALL);
  });

  it('does not wait a whole round trip between requests where the server is far away and something is in the way', () => {
    trial.session.roundTripMs = 300;
    trial.connector.connect();
    pass(HEDGE_MS);
    trial.the('websocket').fails();
    pass(149);
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    pass(1);
    expect(trial.names).toEqual(ALL);
    expect(trial.numbers).toEqual([1, 2, 2]);
  });

  it('begins the delay anew with the transport that a failure started', () => {
    trial.connector.connect();
    pass(HEDGE_MS - 10);
    trial.the('websocket').fails();
    pass(HTTP_HEDGE_MS - 1);
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    pass(1);
    expect(trial.names).toEqual(ALL);
  });

  it('tells the host once, with what the server said', () => {
    trial.connector.connect();
    trial.the('websocket').isAttached({ protocol: 'chat', expiryMs: 1000 });
    expect(trial.opened).toEqual([{ attach: 1, received: 0, protocol: 'chat', expiryMs: 1000 }]);
    expect(trial.current).toBe(trial.the('websocket'));
  });

  it('sees nothing but one attempt where the network is healthy', () => {
    openOnWebSocket();
    pass(120_000);
    expect(trial.names).toEqual(['websocket']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes the first that attaches and drops what is worse', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    const [websocket, longPolling, iframe] = trial.started as [
      SimulatedTransport,
      SimulatedTransport,
      SimulatedTransport,
    ];
    longPolling.isAttached({ attach: 2 });
    longPolling.isAttached(); // its second answer, to the attach anew
    expect(trial.current).toBe(longPolling);
    expect(iframe.aborted).toBe(true);
    expect(websocket.aborted).toBe(false);
  });

  it('migrates to a better transport that attaches later', () => {
    trial.connector.connect();
    pass(HEDGE_MS);
    const { started } = trial;
    const [websocket, longPolling] = started as [SimulatedTransport, SimulatedTransport];
    longPolling.isAttached();
    websocket.isSuperseded(longPolling.number);
    expect(websocket.statements).toHaveLength(2);
    websocket.isAttached();
    expect(trial.current).toBe(websocket);
    expect(longPolling.aborted).toBe(true);
    expect(trial.opened).toHaveLength(1);
  });

  it('does not go on to the next transport once one is attached', () => {
    openOnLongPolling();
    pass(HEDGE_MS);
    expect(trial.names).toEqual(['websocket', 'long-polling']);
  });

  it('gives a path that does not answer up after ten seconds', () => {
    trial.connector.connect();
    const websocket = trial.the('websocket');
    pass(ATTEMPT_TIMEOUT_MS - 1);
    expect(websocket.aborted).toBe(false);
    pass(1);
    expect(websocket.aborted).toBe(true);
    expect(trial.story).toContain('failed websocket: no answer');
  });

  it('takes what the platform refuses to begin with for a failure, in a turn of its own', () => {
    trial = new Trial(ALL, ['websocket']);
    Native.refusal = new DOMException('mixed content', 'SecurityError');
    trial.connector.connect();
    expect(trial.names).toEqual([]);
    pass(0);
    expect(trial.story).toContain('failed websocket: SecurityError: mixed content');
    expect(trial.names).toEqual(['long-polling']);
  });

  it('ends the session that the server says is gone', () => {
    trial.connector.connect();
    trial.the('websocket').isGone();
    expect(trial.session.closes).toEqual([[1006, '']]);
    expect(trial.story.at(-2)).toBe('gone websocket');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on when an attached transport turns out to count what was never sent', () => {
    trial.connector.connect();
    const websocket = trial.the('websocket');
    expect(() => websocket.isAttached({ received: 5 })).toThrow('never sent');
    // As the transports do with an error of the protocol.
    websocket.fails({ reason: 'never sent' });
    expect(trial.opened).toEqual([]);
    expect(trial.names).toEqual(['websocket', 'long-polling']);
  });
});

describe('a path that wants to be left alone for a while', () => {
  const TOO_MANY = { reason: 'HTTP 429', retryAfterMs: 3000 };

  it('is, while others are tried', () => {
    trial.connector.connect();
    trial.the('websocket').fails();
    trial.the('long-polling').fails(TOO_MANY);
    trial.the('iframe').fails();
    pass(2999);
    expect(trial.names.filter((name) => name === 'long-polling')).toHaveLength(1);
    expect(trial.unreachable).toBe(0);
    pass(5000);
    expect(trial.names.filter((name) => name === 'long-polling')).toHaveLength(2);
  });

  it('is, where it is the only one, and tried as soon as it wants to be', () => {
    trial = new Trial(['long-polling']);
    trial.connector.connect();
    trial.the('long-polling').fails(TOO_MANY);
    pass(2999);
    expect(trial.names).toEqual(['long-polling']);
    pass(1);
    expect(trial.names).toEqual(['long-polling', 'long-polling']);
  });

  it('is when it was in use', () => {
    trial = new Trial(['long-polling', 'iframe']);
    trial.connector.connect();
    trial.the('long-polling').isAttached();
    trial.the('long-polling').fails(TOO_MANY);
    trial.the('iframe').isAttached();
    pass(2000);
    expect(trial.names).toEqual(['long-polling', 'iframe']);
    pass(10_000);
    expect(trial.the('long-polling').statements[0]?.attach).toBe(0);
  });

  it('is for no longer than the session can wait', () => {
    trial = new Trial(['long-polling']);
    trial.connector.connect();
    trial.the('long-polling').fails({ reason: 'HTTP 503', retryAfterMs: 3_600_000 });
    pass(9999);
    expect(trial.names).toHaveLength(1);
    pass(1);
    expect(trial.names).toHaveLength(2);
  });
});

describe('giving up to open', () => {
  const failAll = (): void => {
    for (const transport of [...trial.started]) transport.fails();
  };

  it('comes after each transport has failed twice', () => {
    trial.connector.connect();
    for (let tries = 0; tries < 3; tries++) failAll();
    expect(trial.names).toEqual(ALL);
    pass(99);
    expect(trial.names).toEqual(ALL);
    pass(1);
    expect(trial.unreachable).toBe(0);
    for (let tries = 0; tries < 3; tries++) failAll();
    expect(trial.names).toEqual([...ALL, ...ALL]);
    expect(trial.unreachable).toBe(1);
    expect(trial.session.closes).toEqual([[1006, '']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes in the end where every path is silent', () => {
    trial.connector.connect();
    pass(30_000);
    expect(trial.unreachable).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('comes at once where there is no transport', () => {
    trial = new Trial([]);
    trial.connector.connect();
    expect(trial.unreachable).toBe(1);
  });

  it('does not keep what failed waiting for a silent one', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    trial.the('long-polling').fails();
    trial.the('iframe').fails();
    pass(100);
    expect(trial.names).toEqual([...ALL, 'long-polling']);
    trial.the('long-polling').isAttached();
    expect(trial.opened).toHaveLength(1);
  });

  it('waits for a silent one when all others have failed twice', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    for (let tries = 0; tries < 2; tries++) {
      trial.the('long-polling').fails();
      trial.the('iframe').fails();
      pass(200);
    }
    trial.the('iframe').fails();
    trial.the('long-polling').fails();
    pass(5000);
    expect(trial.unreachable).toBe(0);
    trial.the('websocket').isSuperseded(9);
    trial.the('websocket').isAttached();
    expect(trial.opened).toHaveLength(1);
  });
});

describe('attach numbers', () => {
  it('are fresh but among requests beside each other', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    trial.the('websocket').isSuperseded(3);
    trial.the('websocket').isAttached();
    trial.the('websocket').fails();
    pass(20_000);
    const numbers = trial.started.flatMap(({ name, statements }) =>
      name === 'iframe' ? [] : statements.map(({ attach }) => attach),
    );
    expect(numbers.length).toBeGreaterThan(4);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('rise above every number heard of', () => {
    trial.connector.connect();
    trial.the('websocket').isSuperseded(41);
    expect(trial.the('websocket').number).toBe(42);
  });

  it('state what has been received', () => {
    const transport = openOnWebSocket();
    trial.session.says('a');
    pass(5000);
    transport.fails();
    expect(trial.the('websocket').statements).toEqual([{ attach: 2, received: 1 }]);
  });
});

describe('attempts that overtake each other', () => {
  it('attach anew where the one that holds is not the newest', () => {
    trial.connector.connect();
    pass(HEDGE_MS);
    const [websocket] = trial.started as [SimulatedTransport];
    websocket.isAttached({ attach: 1 });
    expect(trial.current).toBeUndefined();
    expect(websocket.number).toBe(3);
    websocket.isAttached();
    expect(trial.current).toBe(websocket);
  });

  it('do not answer what is said of a statement that a newer one has replaced', () => {
    trial.connector.connect();
    pass(HEDGE_MS);
    const [websocket] = trial.started as [SimulatedTransport];
    websocket.isAttached({ attach: 1 });
    websocket.isSuperseded(2);
    websocket.isAttached({ attach: 1 });
    expect(websocket.statements).toHaveLength(2);
    websocket.isAttached();
    expect(trial.current).toBe(websocket);
  });

  it('leave it to the best that works', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    const [websocket, longPolling, iframe] = trial.started as [
      SimulatedTransport,
      SimulatedTransport,
      SimulatedTransport,
    ];
    longPolling.isSuperseded(7);
    expect(longPolling.number).toBe(8);
    expect(iframe.aborted).toBe(true);
    expect(websocket.aborted).toBe(false);
    websocket.isSuperseded(longPolling.number);
    expect(longPolling.aborted).toBe(true);
    websocket.isAttached();
    expect(trial.current).toBe(websocket);
  });

  it('leave a better one alone that is about to take over', () => {
    trial.connector.connect();
    pass(HEDGE_MS);
    const [websocket, longPolling] = trial.started as [SimulatedTransport, SimulatedTransport];
    websocket.isAttached({ attach: 1 });
    expect(longPolling.aborted).toBe(true);
    longPolling.isAttached();
    expect(trial.numbers).toEqual([1, 3, 2]);
  });

  it.each([300, 400, 500, 600, 700, 900, 1200, 2000])(
    'come to an end at %i ms for a round trip',
    (roundTripMs) => {
      simulateServer(trial, { websocketMs: 3 * roundTripMs, roundTripMs });
      trial.connector.connect();
      pass(20_000);
      expect(trial.opened).toHaveLength(1);
      expect(trial.current).toBe(trial.the('websocket'));
      expect(trial.numbers.length).toBeLessThanOrEqual(6);
    },
  );

  it('are given five seconds where the path has answered once', () => {
    trial.connector.connect();
    pass(ATTEMPT_TIMEOUT_MS - 1);
    const websocket = trial.started[0] as SimulatedTransport;
    websocket.isSuperseded(5);
    pass(4999);
    expect(websocket.aborted).toBe(false);
    pass(1);
    expect(websocket.aborted).toBe(true);
  });
});

/** A server far away that knows one rule: the newest attach wins. The first answer of a WebSocket takes longer. */
function simulateServer(
  { started, session }: Trial,
  { websocketMs, roundTripMs }: { readonly websocketMs: number; readonly roundTripMs: number },
): void {
  let newest = 0;
  let holder: SimulatedTransport | undefined;
  const { push } = started;
  started.push = (transport) => {
    transport.onAttach = ({ attach }) => {
      const isFirst = transport.statements.length === 1;
      const totalMs = isFirst && transport.name === 'websocket' ? websocketMs : roundTripMs;
      setTimeout(() => arrive(transport, attach), totalMs - roundTripMs / 2);
    };
    return push.call(started, transport);
  };

  function arrive(transport: SimulatedTransport, attach: number): void {
    if (session.finished) return;
    if (attach < newest) {
      const current = newest;
      setTimeout(() => transport.isSuperseded(current), roundTripMs / 2);
      return;
    }
    const older = attach > newest ? holder : undefined; // among requests of one attach none hears of the other
    newest = attach;
    holder = transport;
    if (older !== undefined && older !== transport)
      setTimeout(() => older.isSuperseded(attach), roundTripMs / 2);
    setTimeout(() => transport.isAttached({ attach }), roundTripMs / 2);
  }
}

describe('the transport in use', () => {
  it('carries nothing while the server says that its application has paused', () => {
    trial.connector.connect();
    trial.the('websocket').isAttached({ paused: true });
    trial.session.send('a');
    trial.session.flush();
    expect(trial.the('websocket').sent).toEqual([]);
    trial.session.says('~resume');
    trial.session.flush();
    expect(trial.the('websocket').sent).toEqual([['a']]);
  });

  it('is replaced at once when it fails after a while', () => {
    const first = openOnWebSocket();
    pass(1000);
    first.fails();
    expect(first.aborted).toBe(true);
    expect(trial.current).toBeUndefined();
    expect(trial.names).toEqual(['websocket', 'websocket']);
    expect(trial.story.at(-2)).toBe('detached websocket: it broke');
  });

  it('is replaced at once when it fails soon, but has moved something', () => {
    const first = openOnWebSocket();
    trial.session.says('a');
    first.fails();
    expect(trial.names).toEqual(['websocket', 'websocket']);
  });

  it('is replaced after a pause that grows where all fail as soon as they are attached', () => {
    trial.connector.connect();
    for (const pauseMs of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
      const before = trial.started.length;
      for (const name of ALL) {
        trial.the(name).isAttached();
        trial.the(name).fails();
        // The others follow at once, but only the first time: then none is better than another.
        if (before > 1 || name === 'iframe') break;
      }
      const tried = trial.started.length;
      pass(pauseMs - 1);
      expect(trial.started).toHaveLength(tried);
      pass(1);
      expect(trial.started).toHaveLength(tried + 1);
      expect(trial.names.at(-1)).toBe('websocket');
    }
  });

  it('is looked for with pauses that grow, up to half as much again at random', () => {
    vi.mocked(Math.random).mockReturnValue(0.999);
    const first = openOnWebSocket();
    pass(5000);
    first.fails();
    for (const pauseMs of [150, 300, 600, 1200, 2400, 4800, 7500, 7500]) {
      trial.the('websocket').fails();
      trial.the('long-polling').fails();
      trial.the('iframe').fails();
      const before = trial.started.length;
      pass(pauseMs - 20);
      expect(trial.started).toHaveLength(before);
      pass(20);
      expect(trial.started).toHaveLength(before + 1);
    }
    expect(trial.unreachable).toBe(0);
  });

  it('is looked for first where it was last', () => {
    vi.stubGlobal('localStorage', undefined);
    const longPolling = openOnLongPolling();
    pass(1500);
    longPolling.fails();
    expect(trial.names.slice(2)).toEqual(['long-polling']);
    pass(1000);
    expect(trial.names.slice(2)).toEqual(['long-polling', 'iframe', 'websocket']);
  });

  it('ends the session when the server says that it is gone', () => {
    openOnWebSocket().isGone();
    expect(trial.session.closes).toEqual([[1006, '']]);
    expect(trial.the('websocket').isOver).toBe(false);
  });

  it('ends the session as the server says, where it says why', () => {
    openOnWebSocket().isGone('1008 More than 9 bytes wait');
    expect(trial.session.closes).toEqual([[1008, 'More than 9 bytes wait']]);
    expect(trial.story.at(-1)).toBe('gone websocket: More than 9 bytes wait');
  });

  it('is left for an attempt of ours whose answer is on its way', () => {
    const longPolling = openOnLongPolling();
    pass(2000);
    const probe = trial.the('websocket');
    probe.isSuperseded(longPolling.number);
    longPolling.isSuperseded(probe.number);
    expect(longPolling.aborted).toBe(true);
    expect(trial.names).toHaveLength(3);
    probe.isAttached();
    expect(trial.current).toBe(probe);
    pass(HEDGE_MS);
    expect(trial.names).toHaveLength(3);
  });

  it('is no other where a request of its own attach took over', () => {
    const transport = openOnLongPolling();
    transport.isSuperseded(transport.number);
    pass(0);
    expect(trial.current).toBe(transport);
    expect(transport.aborted).toBe(false);
  });

  it('is attached anew, in a turn of its own, where a request that nobody waits for took over', () => {
    const first = openOnWebSocket();
    first.isSuperseded(7);
    expect(trial.names).toEqual(['websocket']);
    pass(0);
    expect(trial.names).toEqual(['websocket', 'websocket']);
    expect(trial.the('websocket').number).toBe(8);
  });
});

describe('healing', () => {
  it('asks the better paths with number 0, which disturbs nothing, more and more seldom', () => {
    openOnLongPolling();
    const probes: number[] = [];
    for (let second = 1; second <= 180; second++) {
      pass(1000);
      const websocket = trial.the('websocket');
      if (websocket.aborted) continue;
      probes.push(second);
      expect(websocket.statements).toEqual([{ attach: 0, received: 0 }]);
      websocket.fails();
    }
    expect(probes).toEqual([2, 6, 14, 30, 62, 107, 152]);
    expect(trial.current).toBe(trial.the('long-polling'));
  });

  it('moves the session up when a path works', () => {
    const longPolling = openOnLongPolling();
    pass(2000);
    const probe = trial.the('websocket');
    probe.isSuperseded(longPolling.number);
    expect(probe.number).toBe(longPolling.number + 1);
    expect(trial.current).toBe(longPolling);
    probe.isAttached();
    expect(trial.current).toBe(probe);
    expect(longPolling.aborted).toBe(true);
    pass(120_000);
    expect(trial.started).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tries what is better only', () => {
    trial.connector.connect();
    trial.the('websocket').fails();
    trial.the('long-polling').fails();
    trial.the('iframe').isAttached();
    pass(2000);
    expect(trial.names).toEqual([...ALL, 'websocket', 'long-polling']);
  });

  it('takes the best where several paths work, whichever answers first', () => {
    trial.connector.connect();
    trial.the('websocket').fails();
    trial.the('long-polling').fails();
    trial.the('iframe').isAttached();
    pass(2000);
    trial.the('long-polling').isSuperseded(3);
    trial.the('websocket').isSuperseded(3);
    expect(trial.the('long-polling').aborted).toBe(true);
    trial.the('websocket').isAttached();
    expect(trial.current).toBe(trial.the('websocket'));
  });

  it('does not ask a path twice at once', () => {
    openOnLongPolling();
    pass(6000);
    expect(trial.names.filter((name) => name === 'websocket')).toHaveLength(2);
  });

  it('goes back to what worked when the better path takes over and then loses the answer', () => {
    const longPolling = openOnLongPolling();
    pass(2000);
    const probe = trial.the('websocket');
    probe.isSuperseded(longPolling.number);
    longPolling.isSuperseded(probe.number);
    pass(HEDGE_MS);
    const again = trial.the('long-polling');
    expect(again).not.toBe(longPolling);
    expect(again.number).toBeGreaterThan(probe.number);
    again.isAttached();
    expect(trial.current).toBe(again);
  });

  it('disturbs the session more and more seldom where that happens each time', () => {
    openOnLongPolling();
    let takeovers = 0;
    for (let second = 0; second < 300; second++) {
      const probe = trial.the('websocket');
      const current = trial.the('long-polling');
      if (!probe.aborted && probe.number === 0) {
        probe.isSuperseded(current.number);
        current.isSuperseded(probe.number);
        takeovers++;
      }
      if (trial.current === undefined) trial.the('long-polling').isAttached();
      pass(1000);
    }
    expect(takeovers).toBeGreaterThan(3);
    expect(takeovers).toBeLessThan(12);
    expect(trial.session.closes).toEqual([]);
  });
});

describe('healing beside a path that fails again and again', () => {
  it('is not put off by that', () => {
    openOnLongPolling();
    for (let count = 0; count < 4; count++) {
      pass(1500);
      trial.the('long-polling').fails();
      trial.the('long-polling').isAttached();
    }
    expect(trial.names).toContain('websocket');
    expect(trial.started.filter(({ name }) => name === 'websocket').map(({ number }) => number)).toEqual([
      1, 0,
    ]);
  });
});

describe('waking', () => {
  it('asks the transport in use for a sign of life', () => {
    const transport = openOnWebSocket();
    trial.connector.wake();
    expect(transport.checks).toBe(1);
    expect(trial.names).toEqual(['websocket']);
  });

  it('looks for better paths now, and often again', () => {
    openOnLongPolling();
    pass(60_000);
    trial.the('websocket').fails();
    const before = trial.started.length;
    trial.connector.wake();
    expect(trial.started).toHaveLength(before + 1);
    trial.the('websocket').fails();
    pass(2000);
    expect(trial.started).toHaveLength(before + 2);
  });

  it('ends the pause between two rounds, which is not held afterwards either', () => {
    const first = openOnWebSocket();
    first.fails();
    trial.the('long-polling').fails();
    trial.the('iframe').fails();
    trial.the('websocket').fails();
    expect(trial.names).toEqual([...ALL, 'websocket']);
    trial.connector.wake();
    expect(trial.names).toHaveLength(5);
    pass(HEDGE_MS - 1);
    expect(trial.names).toHaveLength(5);
  });

  it('asks again what was asked more than a second before: that may have been on another network', () => {
    trial.connector.connect();
    pass(999);
    const [websocket, longPolling] = trial.started as [SimulatedTransport, SimulatedTransport];
    pass(2);
    trial.connector.wake();
    expect(websocket.aborted).toBe(true);
    expect(longPolling.aborted).toBe(false);
    expect(trial.story).toContain('dropped websocket: asked again');
    expect(trial.names).toEqual([...ALL, 'websocket']);
  });

  it('leaves alone what has attached anew since', () => {
    trial = new Trial(['websocket']);
    trial.connector.connect();
    pass(4000);
    trial.the('websocket').isSuperseded(7);
    trial.connector.wake();
    expect(trial.the('websocket')).toMatchObject({ number: 8, aborted: false });
    expect(trial.names).toEqual(['websocket']);
  });

  it('starts the next transport at once while opening, and none twice', () => {
    trial.connector.connect();
    trial.connector.wake();
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    trial.connector.wake();
    trial.connector.wake();
    expect(trial.names).toEqual(ALL);
  });

  it('does nothing after the end', () => {
    trial.connector.connect();
    trial.connector.stop();
    trial.connector.wake();
    expect(trial.names).toEqual(['websocket']);
  });
});

describe('stopping', () => {
  it('ends every attempt and every timer', () => {
    trial.connector.connect();
    pass(2 * HEDGE_MS);
    trial.connector.stop();
    expect(trial.started.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    expect(vi.getTimerCount()).toBe(0);
    trial.connector.connect();
    expect(trial.names).toHaveLength(3);
  });

  it('ends healing', () => {
    openOnLongPolling();
    trial.session.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may come from within the answer that ends the session', () => {
    trial.session.sendClose('1000');
    const first = openOnLongPolling();
    expect(first.sent.at(-1)).toEqual(['~close 1000']);
    trial.session.says('~close 1000');
    first.fails();
    expect(trial.session.finished).toBe(false);
    trial.the('long-polling').isAttached({ received: 1 });
    expect(trial.session.finished).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves nobody to hear that the session is gone', () => {
    const transport = openOnWebSocket();
    trial.session.end();
    trial.connector.onGone(transport, '');
    expect(trial.story).not.toContain('gone websocket');
  });
});

describe('memory', () => {
  it('keeps what opened, if it was not the best', () => {
    openOnLongPolling();
    expect(recall(ORIGIN)).toBe('long-polling');
  });

  it('forgets when the best opens again', () => {
    remember(ORIGIN, 'long-polling');
    trial.connector.connect();
    trial.the('long-polling').isAttached();
    pass(2000);
    trial.the('websocket').isSuperseded(trial.the('long-polling').number);
    trial.the('websocket').isAttached();
    expect(recall(ORIGIN)).toBeUndefined();
  });

  it('has a remembered transport started first, which nothing then disturbs', () => {
    remember(ORIGIN, 'iframe');
    trial.connector.connect();
    expect(trial.names).toEqual(['iframe']);
    trial.the('iframe').isAttached();
    pass(1999);
    expect(trial.names).toEqual(['iframe']);
    pass(1);
    expect(trial.names).toEqual(['iframe', 'websocket', 'long-polling']);
  });

  it('has a remembered transport given a whole round trip, however far the server is', () => {
    remember(ORIGIN, 'long-polling');
    trial.session.roundTripMs = 300;
    trial.connector.connect();
    pass(649);
    expect(trial.names).toEqual(['long-polling']);
    pass(1);
    expect(trial.names).toEqual(['long-polling', 'iframe']);
  });

  it('has a remembered iframe given the time that two documents take, since a request may have to be repeated', () => {
    remember(ORIGIN, 'iframe');
    trial.connector.connect();
    pass(IFRAME_HEDGE_MS - 1);
    expect(trial.names).toEqual(['iframe']);
    pass(1);
    expect(trial.names).toEqual(['iframe', 'websocket']);
  });

  it('has the better ones tried last where the remembered one does not open either', () => {
    remember(ORIGIN, 'long-polling');
    trial.connector.connect();
    expect(trial.names).toEqual(['long-polling']);
    pass(HTTP_HEDGE_MS);
    expect(trial.names).toEqual(['long-polling', 'iframe']);
    trial.the('iframe').fails();
    trial.the('long-polling').fails();
    expect(trial.names).toEqual(['long-polling', 'iframe', 'websocket']);
  });

  it('is kept up while a better path is looked for in vain', () => {
    openOnLongPolling();
    remember(ORIGIN, undefined);
    pass(2000);
    trial.the('websocket').fails();
    expect(recall(ORIGIN)).toBe('long-polling');
  });

  it('is not made of a moment in which the server was away', () => {
    trial.connector.connect();
    for (const name of ALL) trial.the(name).fails();
    pass(100);
    trial.the('websocket').fails();
    trial.the('long-polling').isAttached();
    expect(recall(ORIGIN)).toBeUndefined();
    // And the better one is asked at once.
    pass(0);
    expect(trial.the('websocket').statements).toEqual([{ attach: 0, received: 0 }]);
  });
});

describe('a transport that attaches and does not hold', () => {
  it('leaves the others to be tried first, at once', () => {
    openOnWebSocket().fails({ reason: 'silent for 600 ms' });
    expect(trial.names).toEqual(['websocket', 'long-polling']);
    trial.the('long-polling').isAttached();
    expect(trial.current).toBe(trial.the('long-polling'));
    expect(recall(ORIGIN)).toBe('long-polling');
  });

  it('is looked for more and more seldom', () => {
    openOnWebSocket().fails();
    trial.the('long-polling').isAttached();
    const adoptions: number[] = [];
    for (let second = 1; second <= 120; second++) {
      pass(1000);
      const websocket = trial.the('websocket');
      if (websocket.aborted) continue;
      adoptions.push(second);
      websocket.isSuperseded(trial.the('long-polling').number);
      websocket.isAttached();
      websocket.fails();
      trial.the('long-polling').isAttached();
    }
    expect(adoptions).toEqual([2, 10, 42, 87]);
  });

  it('is tried again once another one has held and failed, too', () => {
    openOnWebSocket().fails();
    trial.the('long-polling').isAttached();
    pass(1500);
    trial.the('long-polling').fails();
    expect(trial.names).toEqual(['websocket', 'long-polling', 'long-polling']);
    trial.the('long-polling').fails();
    expect(trial.names.at(-1)).toBe('iframe');
    trial.the('iframe').fails();
    expect(trial.names.at(-1)).toBe('websocket');
  });

  it('is looked for soon when it has carried the session for long after all', () => {
    openOnLongPolling();
    pass(30_000);
    const websocket = trial.the('websocket');
    websocket.isSuperseded(trial.the('long-polling').number);
    websocket.isAttached();
    pass(10_000);
    websocket.fails();
    trial.the('websocket').fails();
    trial.the('long-polling').isAttached();
    const before = trial.started.length;
    pass(2000);
    expect(trial.started).toHaveLength(before + 1);
  });
});

describe('a page that is put away', () => {
  it('has nothing running, and goes on where it was when it comes back', () => {
    const websocket = openOnWebSocket();
    trial.connector.rest();
    expect(websocket.aborted).toBe(true);
    expect(trial.current).toBeUndefined();
    expect(vi.getTimerCount()).toBe(1); // the session expires, unless the page comes back
    expect(trial.story.at(-1)).toBe('detached websocket: the page was put away');
    trial.connector.wake();
    trial.the('websocket').isAttached();
    expect(trial.current).toBe(trial.the('websocket'));
    expect(trial.session.closes).toEqual([]);
  });

  it('has all tries left for what it was opening', () => {
    trial.connector.connect();
    for (let visit = 0; visit < 5; visit++) {
      pass(2 * HEDGE_MS);
      trial.connector.rest();
      expect(vi.getTimerCount()).toBe(0);
      trial.connector.wake();
    }
    trial.the('websocket').isAttached();
    expect(trial.opened).toHaveLength(1);
  });
});

describe('a server that is not Holdfast', () => {
  const FOREIGN = { reason: 'HTTP 404', foreign: true };

  beforeEach(() => {
    trial = new Trial(ALL, ['websocket']);
    trial.connector.connect();
  });

  it('is spoken to natively when it selects a subprotocol of the application', () => {
    Native.last.open('chat');
    expect(trial.foreign).toEqual([[Native.last, undefined]]);
    expect(Native.last.closedWith).toBeUndefined();
    expect(Native.last.isLetGo).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is spoken to natively when the first that it says is not ours, and that is handed over', () => {
    Native.last.open();
    Native.last.say('hello');
    expect(trial.foreign).toEqual([[Native.last, 'hello']]);
  });

  it('is remembered by its URL, since another server may have the same origin', () => {
    Native.last.open('chat');
    expect(recall(URL)).toBe('plain');
    expect(recall(ORIGIN)).toBeUndefined();
  });

  it('is asked without our token when it refuses that, and HTTP shows that it is not ours', () => {
    Native.last.end();
    expect(Native.instances).toHaveLength(1);
    trial.the('long-polling').fails(FOREIGN);
    expect(Native.instances).toHaveLength(2);
    expect(Native.last.protocols).toEqual(['chat']);
    Native.last.open('');
    expect(trial.foreign).toEqual([[Native.last, undefined]]);
    expect(trial.the('iframe').aborted).toBe(true);
  });

  it('is asked without our token once in a round', () => {
    Native.last.end();
    trial.the('long-polling').fails(FOREIGN);
    Native.last.end();
    trial.the('iframe').fails();
    expect(Native.instances).toHaveLength(2);
    pass(100);
    expect(Native.instances).toHaveLength(3);
    expect(Native.last.protocols).toHaveLength(2);
  });

  it('is taken as it is when it has selected our token, waits in silence, and nothing else is left', () => {
    Native.last.open();
    pass(SILENCE_MS);
    trial.the('long-polling').fails(FOREIGN);
    expect(trial.foreign).toEqual([]);
    trial.the('iframe').fails();
    expect(trial.foreign).toEqual([[Native.last, undefined]]);
    expect(Native.instances).toHaveLength(1);
  });

  it('gets the time to answer as one of ours where it opens last', () => {
    pass(HEDGE_MS);
    for (let round = 0; round < 2; round++) {
      trial.the('long-polling').fails(FOREIGN);
      trial.the('iframe').fails();
      pass(100);
    }
    Native.last.open();
    pass(SILENCE_MS - 1);
    expect(trial.foreign).toEqual([]);
    pass(100);
    expect(trial.foreign).toEqual([[Native.last, undefined]]);
    expect(Native.instances).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is found out where HTTP does not tell, and nothing else is left', async () => {
    Native.last.open();
    pass(SILENCE_MS);
    const isForeign = vi.fn(() => Promise.resolve(true));
    trial.the('long-polling').fails({ reason: 'fetch: Failed to fetch', foreign: isForeign });
    trial.the('iframe').fails();
    expect(trial.foreign).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.foreign).toEqual([[Native.last, undefined]]);
    expect(isForeign).toHaveBeenCalledTimes(1);
    expect(recall(URL)).toBe('plain');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not found out where there is none, nor where that comes too late', async () => {
    Native.last.open();
    pass(HEDGE_MS);
    trial.the('long-polling').fails({ reason: 'fetch', foreign: () => Promise.resolve(false) });
    trial.the('iframe').fails();
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.foreign).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    trial.the('long-polling').fails({ reason: 'fetch', foreign: () => Promise.resolve(true) });
    trial.connector.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(trial.foreign).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not believed in while a gateway says that it cannot reach the server', () => {
    Native.last.open();
    pass(HEDGE_MS);
    trial.the('long-polling').fails({ reason: 'HTTP 502', foreign: false });
    trial.the('iframe').fails();
    expect(trial.foreign).toEqual([]);
  });

  it('is no server for a session that was open: the attempt fails', () => {
    const [token] = Native.last.protocols.slice(-1) as [string];
    Native.last.open(token);
    Native.last.say('~attached {"attach":1,"received":0}');
    Native.last.say('~pong');
    pass(1000);
    Native.last.end();
    Native.last.open('chat');
    expect(trial.foreign).toEqual([]);
    expect(Native.last.closedWith).toBeDefined();
    expect(trial.story).toContain('failed websocket: another server answered');
  });
});

describe('a server of which nothing is known', () => {
  it('is asked without our token as the last resort, and not remembered for that', () => {
    trial = new Trial(['websocket', 'long-polling'], ['websocket']);
    trial.connector.connect();
    for (let round = 0; round < 2; round++) {
      Native.last.end();
      trial.the('long-polling').fails({ reason: 'fetch: Failed to fetch' });
      pass(100);
    }
    expect(trial.unreachable).toBe(0);
    expect(Native.last.protocols).toEqual(['chat']);
    Native.last.open('chat');
    expect(trial.foreign).toEqual([[Native.last, undefined]]);
    expect(recall(URL)).toBeUndefined();
  });

  it('is not to be reached where that fails too', () => {
    trial = new Trial(['websocket'], ['websocket']);
    trial.connector.connect();
    Native.last.end();
    pass(100);
    Native.last.end();
    expect(trial.unreachable).toBe(0);
    Native.last.end();
    expect(trial.unreachable).toBe(1);
    pass(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is not asked without our token where the answer to that was silence', () => {
    trial = new Trial(['websocket'], ['websocket']);
    trial.connector.connect();
    Native.last.open();
    pass(10_100);
    Native.last.open();
    pass(10_000);
    expect(Native.instances).toHaveLength(2);
    expect(trial.unreachable).toBe(1);
  });
});

describe('the log', () => {
  it('tells what was tried, how long it took, and why it was given up', () => {
    trial.connector.connect();
    pass(20);
    trial.the('websocket').fails({ reason: 'refused' });
    pass(30);
    trial.the('long-polling').isAttached();
    expect(trial.log).toEqual([
      { type: 'attempt', transport: 'websocket', attach: 1, durationMs: 0, at: expect.any(Number) },
      {
        type: 'failed',
        transport: 'websocket',
        attach: 1,
        reason: 'refused',
        durationMs: 20,
        at: expect.any(Number),
      },
      { type: 'attempt', transport: 'long-polling', attach: 2, durationMs: 0, at: expect.any(Number) },
      { type: 'attached', transport: 'long-polling', attach: 2, durationMs: 30, at: expect.any(Number) },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { stories, summary, tables } from '../report.mjs';
import { judge } from '../verdict.mjs';

/** @import { Tally } from '../pages/checker.mjs' */
/** @import { LogEntry, PageReport } from '../pages/page.mjs' */
/** @import { Outcome } from '../run.mjs' */
/** @import { ConnectionReport } from '../server.mjs' */

const CLOSE = /** @type {const} */ ({ by: 'page', code: 4000, reason: 'end' });

/** @type {Tally} */
const ALL_CAME = {
  received: 10,
  due: 10,
  missing: 0,
  repeated: 0,
  outOfOrder: 0,
  corrupted: 0,
  firstMistake: null,
};

/** @param {LogEntry['transport'][]} transports that attached one after the other @returns {LogEntry[]} */
const attaches = (...transports) =>
  transports.map((transport, index) => ({
    type: 'attached',
    transport,
    attach: index + 1,
    at: 1000 * index,
  }));

/** @param {{ page?: Partial<PageReport>, server?: Partial<ConnectionReport> }} changes */
function session({ page = {}, server = {} }) {
  return {
    name: 'p0',
    page: {
      sent: 10,
      tally: ALL_CAME,
      mostWaiting: 2048,
      transport: 'websocket',
      bufferedAmount: 0,
      resent: 3,
      events: [{ type: 'open', atMs: 0 }],
      log: attaches('websocket', 'long-polling', 'websocket'),
      ...page,
    },
    connections: [
      {
        sent: 10,
        acknowledged: 10,
        tally: ALL_CAME,
        mostWaiting: 1024,
        transport: 'websocket',
        unsent: [],
        errors: [],
        closes: [],
        ...server,
      },
    ],
  };
}

/** A run in which all was well, but for these changes. @param {Parameters<typeof session>[0]} changes @param {Partial<Outcome>} [rest] */
function outcome(changes, rest = {}) {
  const ends = { type: 'close', code: 4000, reason: 'end', wasClean: true, atMs: 1 };
  const closed = session({
    page: { events: [{ type: 'open', atMs: 0 }, ends] },
    server: { closes: [{ code: 4000, reason: 'end', atMs: 1 }] },
  });
  /** @type {Outcome} */
  const all = {
    plan: { seed: 9, messages: 20, seconds: 1, visitors: [{ name: 'p0', transports: undefined }] },
    sessions: [session(changes)],
    closed: [closed],
    closes: [CLOSE],
    episodes: [
      {
        name: 'TCP cut',
        weather: { ills: [], cuts: ['upgrade'] },
        lastsMs: 10,
        calmMs: 10,
        wakes: true,
        place: 'p0',
        atMs: 900,
      },
    ],
    stats: /** @type {Outcome['stats']} */ ({ faults: { reset: 2 }, cuts: 1 }),
    proxyLog: [],
    load: { sockets: 0, mostMemoryBytes: 1 },
    durationMs: 1000,
    interrupted: null,
    ...rest,
  };
  return all;
}

/** @param {Outcome} seen */
const whatOf = (seen) => {
  const { closes, mistakes, idle } = judge(seen);
  return [...[...closes, ...mistakes].map(({ session, what }) => `${session}: ${what}`), ...idle];
};

describe('the verdict', () => {
  it('is flawless where all came, faults befell the session, and it closed as it was asked to', () => {
    const verdict = judge(outcome({}));
    expect(whatOf(outcome({}))).toEqual([]);
    expect(verdict).toMatchObject({
      isFlawless: true,
      up: { sent: 10, received: 10, lost: 0, repeated: 0, outOfOrder: 0, corrupted: 0 },
      migrations: { 'websocket → long-polling': 1, 'long-polling → websocket': 1 },
      faults: { reset: 2, 'cut by hand': 1 },
      resent: 3,
      mostWaitingBytes: 2048,
    });
  });

  it('counts how often each reader stood still', () => {
    const [episode] = outcome({}).episodes;
    const pauses = /** @type {const} */ ([['page'], ['page', 'server']]);
    const episodes = pauses.map((pauses) => ({
      .../** @type {Outcome['episodes'][number]} */ (episode),
      weather: { ills: [], pauses },
    }));
    expect(judge(outcome({}, { episodes })).faults).toMatchObject({
      'page stood still': 2,
      'server stood still': 1,
    });
  });

  it('counts what was sent and never came as lost, and names the first', () => {
    const seen = outcome({ page: { tally: { ...ALL_CAME, received: 6, due: 7, missing: 1 } } });
    expect(judge(seen)).toMatchObject({ isFlawless: false, down: { sent: 10, received: 6, lost: 4 } });
    expect(whatOf(seen)).toEqual(['p0 down: 7 of 10 is the first that never came']);
  });

  it.each(/** @type {const} */ (['repeated', 'outOfOrder', 'corrupted']))(
    'fails where one was %s',
    (figure) => {
      const firstMistake = { due: 4, came: 'a wrong one', atMs: 5 };
      const seen = outcome({ server: { tally: { ...ALL_CAME, [figure]: 1, firstMistake } } });
      expect(judge(seen)).toMatchObject({ isFlawless: false, up: { [figure]: 1 } });
      expect(whatOf(seen)).toEqual(['p0 up: 4 was due, but what came was a wrong one']);
    },
  );

  it('fails where an application saw a close, an error, or another connection', () => {
    const closed = [{ type: 'close', code: 1006, atMs: 1 }];
    expect(whatOf(outcome({ page: { events: closed } }))).toEqual(['p0: the page saw close 1006']);
    expect(whatOf(outcome({ server: { closes: [{ code: 1006, reason: '', atMs: 1 }] } }))).toEqual([
      'p0: the server saw close 1006',
    ]);
    expect(whatOf(outcome({ server: { errors: ['boom'] } }))).toEqual(['p0: the server saw boom']);
    const twice = outcome({});
    twice.sessions[0]?.connections.push(...session({}).connections);
    expect(whatOf(twice)).toEqual(['p0: the server saw 2 connections instead of one']);
    expect(judge(twice).isFlawless).toBe(false);
  });

  it('fails where a session did not close as it was asked to, at both ends, or a socket is left', () => {
    expect(whatOf(outcome({}, { closed: [session({})] }))).toEqual([
      'p0: closed with 4000 end, and seen was nothing',
    ]);
    const load = { sockets: 1, mostMemoryBytes: 1 };
    expect(whatOf(outcome({}, { load }))).toEqual(['all: 1 sockets are left']);
  });

  it('fails where a page says that something waits when all has come', () => {
    expect(whatOf(outcome({ page: { bufferedAmount: 7 } }))).toEqual(['p0 up: 7 bytes are still buffered']);
  });

  it('fails where a send callback was not called, and where the run was interrupted', () => {
    expect(whatOf(outcome({ server: { acknowledged: 9 } }))).toEqual([
      'p0: 9 of 10 send callbacks were called',
    ]);
    expect(whatOf(outcome({}, { interrupted: 'nothing moved' }))).toEqual(['all: nothing moved']);
  });

  it('fails where nothing happened: no fault, no migration, or not every kind of it in a long run', () => {
    const stats = /** @type {Outcome['stats']} */ ({ faults: {}, cuts: 0 });
    expect(whatOf(outcome({}, { stats }))).toEqual(['0 faults befell something in 1 episodes']);
    expect(whatOf(outcome({ page: { log: attaches('websocket') } }))).toEqual(['0 migrations of 1 sessions']);
    const [episode] = outcome({}).episodes;
    const long = Array(500).fill(episode);
    const busy = /** @type {Outcome['stats']} */ ({ faults: { reset: 1000 }, cuts: 0 });
    expect(whatOf(outcome({}, { episodes: long, stats: busy }))).toEqual([
      expect.stringMatching(/^no session went websocket → websocket, nor websocket → iframe/),
    ]);
    expect(judge(outcome({}, { stats })).isFlawless).toBe(false);
  });
});

describe('the report', () => {
  const firstMistake = { due: 4, came: 'a wrong one', atMs: 1500 };
  const seen = outcome(
    { page: { tally: { ...ALL_CAME, repeated: 1, firstMistake } } },
    {
      proxyLog: [
        {
          id: 3,
          atMs: 1200,
          durationMs: 5,
          kind: 'fetch',
          method: 'POST',
          url: '/socket?page=p0',
          status: 200,
          planned: ['twice'],
          faults: ['twice'],
          bytesUp: 1,
          bytesDown: 2,
          outcome: 'completed',
        },
      ],
    },
  );

  it('shows every figure', () => {
    const text = tables(seen, judge(seen));
    expect(text).toMatch(/^server to pages +10 +10 +0 +1 +0 +0$/m);
    expect(text).toMatch(/^websocket → long-polling +1$/m);
    expect(text).toMatch(/^reset +2$/m);
  });

  it('tells what happened around a mistake, and how to do it again', () => {
    const lines = stories(seen, judge(seen), 'npm run chaos -- --seed 9').split('\n');
    expect(lines).toEqual([
      '✗ p0 down: 4 was due, but what came was a wrong one',
      expect.stringContaining('-1500 ms  page     attached websocket 1'),
      expect.stringContaining('-600 ms  weather  p0: TCP cut for 10 ms'),
      expect.stringContaining('-500 ms  page     attached long-polling 2'),
      expect.stringContaining('-300 ms  proxy    #3 fetch 200 [twice] ↑1 ↓2 5 ms completed'),
      expect.stringContaining('500 ms  page     attached websocket 3'),
      '',
      'again: npm run chaos -- --seed 9',
    ]);
  });

  it('sums up in one line', () => {
    expect(summary(9, judge(seen))).toBe(
      'chaos: FAILED; 20 messages sent, 20 received, 0 lost, 1 repeated, 0 out of order, 0 corrupted; ' +
        '0 unexpected closes; 2 migrations, 3 faults; seed 9',
    );
  });
});

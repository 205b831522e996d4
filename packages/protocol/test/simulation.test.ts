/**
 * Whole sessions on a simulated network that fails: both ends send all the time, transports are cut, replaced, and come
 * late, and one end or both close. Each run follows from its seed; a failure names it. More runs than usual:
 * `SIMULATION_SEEDS=100000 npx vitest run packages/protocol/test/simulation.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import { SimulatedClient, type TransportKind } from './simulated-client.ts';
import { Random, SimulatedClock } from './simulated-clock.ts';
import { EXPIRY_MS, SimulatedEnd } from './simulated-end.ts';
import { Link } from './simulated-link.ts';
import { SimulatedServer } from './simulated-server.ts';

/**
 * Seeds that find what has been wrong once, when it is put back, however few others are run. They mean something else as soon as the
 * simulation draws its random numbers in another order; then look for new ones.
 */
const REGRESSION_SEEDS: readonly number[] = [
  6, // the answer to a request was lost with what it brought, and the client asked again with the same attach: never sent again
  27, // an acknowledgement was due while the transport took nothing: tick after tick at the same time
  51, // text that began as a string on one transport went on as UTF-8 on another
  64, // an attach did not stop the expiry
  100, // a statement was older than the acknowledgements: the first fragment's number was not the one implied
];

/** What was sent along with the attach was cut anew by the answer: two ends, two numberings. */
const CUT_ANEW_TOO_LATE_SEED = 112;

const SEEDS = Number(process.env['SIMULATION_SEEDS'] ?? 2_000);

/** How long the applications are busy, in ms: a few messages per second, or a few per round trip. */
const BUSY_MS: readonly number[] = [400, 1_500, 6_000];

/** How long a network fails on average until it cuts something, in ms. 0: never; transports still come and go. */
const CUT_EVERY_MS: readonly number[] = [0, 30, 150, 800];

/** A session that has nothing to say lives on for longer than one that is detached. */
const SILENCE_MS = 1.5 * EXPIRY_MS;

/** An application that pauses does so for this long at most, in ms: for a paused close, too. */
const PAUSED_MS = 4_000;

/** By then every end has settled, expired sessions too. */
const END_AT_MS = SILENCE_MS + 4 * EXPIRY_MS;

/** How long a close may take behind everything that still has to go before it; far less than a session needs to expire. */
const CLOSE_MS = 5_000;

/** A goodbye needs no answer: the way to the server, and what is queued before it. */
const GOODBYE_MS = 200;

/** What a run may do is bounded by its clock, which counts; how long a machine takes for it says nothing. */
const NO_TIMEOUT = { timeout: 0 };

/**
 * How long an application waits for an acknowledgement that it asked for, in ms, on average: the way there and back, and what is queued
 * before it. Without asking it would be 250 ms more, or until the end of a held answer.
 */
const ACKNOWLEDGED_MS = 120;

/** What comes while an application has paused, until the other end is held up. */
const HOLDS_UP_LENGTH = 128 * 1024;

/**
 * What an end that is held up may still send: what it takes to hold it up, and what sockets and requests hold on
 * their way. A client says it by a request, which may have to wait for another one, while a stream brings more.
 */
const MOST_HELD_LENGTH = { client: 600_000, server: 1_200_000 };

const EVERY_KIND: readonly TransportKind[] = ['websocket', 'hold', 'stream'];

interface Scenario {
  readonly kinds?: readonly TransportKind[];
  /** Whether anything fails, or the client changes transports. Default true. */
  readonly faulty?: boolean;
  /** Whether the network goes down for longer than a session lives. Default false. */
  readonly outage?: boolean;
  /** Whose application pauses now and then, while the other has much to send. Default: nobody's. */
  readonly pausing?: 'client' | 'server';
  /** How much the answer to a `now` request brings at most, in bytes. Default: a few messages. */
  readonly besideBytes?: number;
  /** Whether requests take short fragments only, while the client has large messages. Default false. */
  readonly isNarrow?: boolean;
  /** Whether the page goes away for good, at some time. Default false. */
  readonly leaves?: boolean;
}

interface Outcome {
  readonly client: SimulatedEnd;
  readonly server: SimulatedEnd | undefined;
  readonly saidGoodbyeAtMs: number | undefined;
  readonly problems: readonly string[];
}

function simulate(seed: number, scenario: Scenario): Outcome {
  const {
    kinds = EVERY_KIND,
    faulty = true,
    outage = false,
    pausing,
    besideBytes = 5_000,
    isNarrow = false,
    leaves = false,
  } = scenario;
  const random = new Random(seed);
  const clock = new SimulatedClock();
  const problems: string[] = [];
  const busyMs = random.pick(BUSY_MS);
  const isHeldUp = pausing !== undefined;
  // Where nothing fails it is measured how much comes; else a few are enough, and take less time.
  const mostLarge = isNarrow || !faulty ? 0.6 : 0.2;
  const largeProbability = isHeldUp || isNarrow ? mostLarge : random.chance(0.1) ? 0.1 : 0;
  const options = { problems, largeProbability };
  const link = new Link(clock, random, {
    cutEveryMs: faulty ? random.pick(CUT_EVERY_MS) : 0,
    untilMs: clock.now + busyMs,
    holdsBack: faulty && random.chance(0.3) ? random.pick(['everything', 'last chunk']) : undefined,
  });
  const client = new SimulatedEnd('client', clock, random, options);
  const server = new SimulatedServer(clock, random, besideBytes, () => {
    const end = new SimulatedEnd('server', clock, random, options);
    end.peer = client;
    client.peer = end;
    useForAWhile(end, busyMs, random, clock);
    const pauser = pausing === 'client' ? client : end;
    for (let i = pausing === undefined ? 0 : random.integer(1, 3); i > 0; i--) {
      clock.after(random.integer(0, busyMs), () => pauser.pause(random.integer(10, PAUSED_MS)));
    }
    return end;
  });
  const restlessUntilMs = faulty ? clock.now + busyMs : 0;
  const connector = new SimulatedClient(client, link, server, {
    kinds,
    restlessUntilMs,
    isNarrow,
    // Where nothing fails, what has to wait for the end of an answer shows.
    holdMs: faulty ? 800 : 20_000,
  });
  connector.connect();
  for (let i = faulty ? random.integer(0, 8) : 0; i > 0; i--) {
    clock.after(random.integer(0, busyMs), () => connector.connect());
  }
  useForAWhile(client, busyMs, random, clock);

  const closer = random.pick(['client', 'server', 'both', 'nobody']);
  const closeAtMs = random.integer(busyMs / 4, busyMs);
  const closeCrossesAtMs = closeAtMs + random.integer(0, 60);
  if (closer === 'client' || closer === 'both') clock.after(closeAtMs, () => client.close(4001));
  if (closer === 'server' || closer === 'both') clock.after(closeCrossesAtMs, () => server.end?.close(4002));
  // At last, for whoever was to close may not have been there at the time.
  const isSilentLong = random.chance(0.2);
  if (isSilentLong && !outage) {
    clock.after(SILENCE_MS - 1, () => {
      for (const end of [client, server.end])
        if (end?.isSettled === false) end.problem('is not acknowledged');
    });
  }
  clock.after(isSilentLong ? SILENCE_MS : busyMs + 100, () => client.close(4003));
  if (outage) clock.after(random.integer(0, busyMs), () => link.goDown(2 * EXPIRY_MS));
  if (leaves) clock.after(random.integer(0, busyMs), () => connector.leave());

  try {
    clock.runUntil(END_AT_MS);
  } catch (error) {
    problems.push(String(error instanceof Error ? error.stack : error));
  }
  if (clock.waiting > 0) problems.push(`${clock.waiting} events never end`);
  if (server.end === undefined && !leaves) problems.push('the session was never opened');
  problems.push(...client.leftovers, ...(server.end?.leftovers ?? []));
  return { client, server: server.end, saidGoodbyeAtMs: connector.saidGoodbyeAtMs, problems };
}

/** An application that sends at random times, single messages and many at once. */
function useForAWhile(end: SimulatedEnd, busyMs: number, random: Random, clock: SimulatedClock): void {
  for (let i = random.integer(0, 30); i > 0; i--) {
    const messages = random.chance(0.1) ? random.integer(2, 80) : 1;
    clock.after(random.integer(0, busyMs), () => {
      for (let sent = 0; sent < messages; sent++) end.send();
    });
  }
  for (let i = random.integer(0, 2); i > 0; i--) {
    clock.after(random.integer(0, busyMs), () => end.driver.ping(end.name));
  }
}

/** A page that left has told the server so, if it could. */
function goodbyes({ server, saidGoodbyeAtMs = Number.NaN }: Outcome): string[] {
  if (Number.isNaN(saidGoodbyeAtMs)) return [];
  if (server?.closeCode === 1006) return ['the goodbye was not heard'];
  const tookMs = Number(server?.closeHeardAtMs) - saidGoodbyeAtMs;
  return tookMs > GOODBYE_MS ? [`the goodbye took ${tookMs} ms`] : [];
}

/** Runs the scenario with every seed, and fails with the first seed that has a problem. */
function simulateAll(
  seeds: readonly number[],
  scenario: Scenario,
  check: (outcome: Outcome) => string[],
): void {
  for (const seed of seeds) {
    const outcome = simulate(seed, scenario);
    expect([...outcome.problems, ...check(outcome)], `seed ${seed}`).toEqual([]);
  }
}

const firstSeeds = (count: number): number[] => Array.from({ length: count }, (_, seed) => seed);

const resentBy = ({ client, server }: Outcome): number =>
  client.driver.session.outgoing.resent + (server?.driver.session.outgoing.resent ?? 0);

/** Nobody was away for so long that a session may be lost. */
const loses = ({ client, server }: Outcome): string[] =>
  client.closeCode === 1006 || server?.closeCode === 1006 ? ['the session is lost'] : [];

/** Nothing happened but what the applications asked for. */
function strays(outcome: Outcome): string[] {
  const { client, server } = outcome;
  const closedAtMs = Math.min(client.closedAtMs, Number(server?.closedAtMs));
  const finishedAtMs = Math.max(Number(client.finishedAtMs), Number(server?.finishedAtMs));
  const found = loses(outcome);
  if (resentBy(outcome) > 0) found.push('something was sent twice');
  if (finishedAtMs > closedAtMs + CLOSE_MS) found.push(`it took ${finishedAtMs - closedAtMs} ms to close`);
  return found;
}

describe('a session on a network that fails', () => {
  it('loses nothing, repeats nothing, keeps the order, and closes as it was asked to', NO_TIMEOUT, () => {
    let resent = 0;
    simulateAll([...REGRESSION_SEEDS, ...firstSeeds(SEEDS)], {}, (outcome) => {
      resent += resentBy(outcome);
      return loses(outcome);
    });
    // Else the network was not as bad as it should be.
    expect(resent).toBeGreaterThan(SEEDS);
  });

  it.each(EVERY_KIND)('does so over %s alone', NO_TIMEOUT, (kind) => {
    simulateAll(firstSeeds(SEEDS / 10), { kinds: [kind] }, loses);
  });

  it('does so while the server pauses, and holds the client up', NO_TIMEOUT, () => {
    let held = 0;
    simulateAll(firstSeeds(SEEDS / 40), { pausing: 'server' }, (outcome) => {
      if (Number(outcome.server?.mostHeldLength) > HOLDS_UP_LENGTH) held++;
      return loses(outcome);
    });
    expect(held).toBeGreaterThan(SEEDS / 400);
  });

  it('does so where large messages are cut anew with every attach', NO_TIMEOUT, () => {
    simulateAll([CUT_ANEW_TOO_LATE_SEED, ...firstSeeds(SEEDS / 40)], { isNarrow: true }, loses);
  });

  it('goes on where what a client says of a pause is lost', NO_TIMEOUT, () => {
    simulateAll(firstSeeds(SEEDS / 10), { pausing: 'client' }, loses);
  });

  it.each(['client', 'server'] as const)(
    'ends at the server as soon as it hears that the page has gone, and else when nobody comes back in time, also while the %s pauses',
    NO_TIMEOUT,
    (pausing) => {
      let heard = 0;
      simulateAll(firstSeeds(SEEDS / 10), { leaves: true, pausing }, ({ server }) => {
        if (server?.closeCode === undefined)
          return server === undefined ? [] : ['the server never heard of it'];
        if (server.closeCode === 1001) heard++;
        return [];
      });
      expect(heard).toBeGreaterThan(SEEDS / 100);
    },
  );

  it('ends with 1006 at both ends when nobody comes back in time', NO_TIMEOUT, () => {
    let expired = 0;
    simulateAll(firstSeeds(SEEDS / 10), { outage: true }, ({ client, server }) => {
      if (client.closeCode === 1006 && server?.closeCode === 1006) expired++;
      return [];
    });
    expect(expired).toBeGreaterThan(SEEDS / 50);
  });
});

describe('a session on a network that does not fail', () => {
  it.each(
    EVERY_KIND.flatMap((kind) => [
      { kind, pausing: 'server', peer: 'client' } as const,
      { kind, pausing: 'client', peer: 'server' } as const,
    ]),
  )('holds the $peer up over $kind while the $pausing has paused', NO_TIMEOUT, ({ kind, pausing, peer }) => {
    let held = 0;
    simulateAll(firstSeeds(SEEDS / 50), { kinds: [kind], faulty: false, pausing }, (outcome) => {
      const mostHeldLength = Number(outcome[pausing]?.mostHeldLength);
      if (mostHeldLength > HOLDS_UP_LENGTH) held++;
      const found = loses(outcome);
      if (mostHeldLength > MOST_HELD_LENGTH[peer])
        found.push(`${mostHeldLength} came while the ${pausing} had paused`);
      return found;
    });
    expect(held).toBeGreaterThan(SEEDS / 500);
  });

  it.each(EVERY_KIND)('acknowledges over %s soon what somebody waits for', NO_TIMEOUT, (kind) => {
    const waitsMs: number[] = [];
    simulateAll(firstSeeds(SEEDS / 20), { kinds: [kind], faulty: false }, ({ client, server }) => {
      waitsMs.push(...client.waitsMs, ...(server?.waitsMs ?? []));
      return [];
    });
    const meanMs = waitsMs.reduce((sum, ms) => sum + ms, 0) / waitsMs.length;
    expect(waitsMs.length).toBeGreaterThan(SEEDS / 10);
    expect(meanMs).toBeLessThan(ACKNOWLEDGED_MS);
  });

  it.each(EVERY_KIND)('ends at once when its page goes away on %s', NO_TIMEOUT, (kind) => {
    let heard = 0;
    simulateAll(firstSeeds(SEEDS / 20), { kinds: [kind], faulty: false, leaves: true }, (outcome) => {
      if (outcome.server?.closeCode === 1001) heard++;
      return goodbyes(outcome);
    });
    expect(heard).toBeGreaterThan(SEEDS / 100);
  });

  it.each(EVERY_KIND)('sends nothing twice over %s, and ends soon after it is closed', NO_TIMEOUT, (kind) => {
    // What goes beside a transport may go again on it.
    simulateAll(firstSeeds(SEEDS / 20), { kinds: [kind], faulty: false, besideBytes: 0 }, strays);
  });
});

/**
 * What a run is worth: counts what went wrong in what was seen of it, and whether enough happened for that to mean anything. Reports
 * of both ends come in, figures and findings go out; how they are shown is report.mjs' business.
 *
 * @import { Tally } from './pages/checker.mjs'
 * @import { ExpectedClose, Outcome } from './run.mjs'
 * @import { SessionReport } from './stage.mjs'
 */

/** One direction of all sessions. @typedef {{ sent: number, received: number, lost: number, repeated: number, outOfOrder: number, corrupted: number }} Flow */

/** Something that must not be. `number`: of the message that was due, where there was one. @typedef {{ session: string, what: string, atMs: number }} Finding */

/**
 * @typedef {object} Verdict
 * @property {Flow} up from the pages to the server
 * @property {Flow} down
 * @property {Finding[]} closes that nobody asked for, or other than they were asked for
 * @property {Finding[]} mistakes the first of each direction that has one
 * @property {string[]} idle what had to happen for this to be a test, and did not
 * @property {Record<string, number>} migrations by kind, such as `websocket → long-polling`
 * @property {Record<string, number>} faults that befell something, by type
 * @property {number} resent fragments that the pages sent again
 * @property {number} mostWaitingBytes at one sender
 * @property {boolean} isFlawless
 */

const TRANSPORTS = ['websocket', 'long-polling', 'iframe'];

/** Below this many faults for each episode the weather did not meet what it was meant for. */
const LEAST_FAULTS_PER_EPISODE = 0.5;

/** From here a run is long enough for every kind of migration to happen. */
const THOROUGH_EPISODES = 400;

/** @param {Outcome} outcome @returns {Verdict} */
export function judge(outcome) {
  const { sessions } = outcome;
  const up = sumOf(sessions.map(({ page, connections }) => flow(page.sent, connections[0]?.tally)));
  const down = sumOf(sessions.map(({ page, connections }) => flow(connections[0]?.sent ?? 0, page.tally)));
  const closes = sessions.flatMap((session, index) => [
    ...strayCloses(session),
    ...wrongCloses(outcome.closed[index], outcome.closes[index]),
  ]);
  if (outcome.load.sockets > 0) closes.push(finding('all', `${outcome.load.sockets} sockets are left`));
  const mistakes = sessions.flatMap(mistakesOf);
  if (outcome.interrupted !== null) mistakes.push(finding('all', outcome.interrupted));
  const migrations = countMigrations(sessions);
  const faults = { ...outcome.stats.faults, 'cut by hand': outcome.stats.cuts, ...countPauses(outcome) };
  const idle = idleness(outcome, migrations, faults);
  return {
    up,
    down,
    closes,
    mistakes,
    idle,
    migrations,
    faults,
    resent: sessions.reduce((sum, { page }) => sum + page.resent, 0),
    mostWaitingBytes: Math.max(
      ...sessions.flatMap(({ page, connections }) => [page, ...connections].map((end) => end.mostWaiting)),
    ),
    isFlawless:
      closes.length + mistakes.length + idle.length === 0 &&
      [up, down].every((all) => all.lost + all.repeated + all.outOfOrder + all.corrupted === 0),
  };
}

/** @param {number} sent @param {Tally} [tally] of the other end; none: nothing came @returns {Flow} */
function flow(sent, tally) {
  if (tally === undefined) {
    return { sent, received: 0, lost: sent, repeated: 0, outOfOrder: 0, corrupted: 0 };
  }
  const { received, due, missing, repeated, outOfOrder, corrupted } = tally;
  return { sent, received, lost: missing + Math.max(0, sent - due), repeated, outOfOrder, corrupted };
}

/** @param {readonly Flow[]} flows @returns {Flow} */
function sumOf(flows) {
  const sum = { sent: 0, received: 0, lost: 0, repeated: 0, outOfOrder: 0, corrupted: 0 };
  for (const one of flows) {
    for (const name of /** @type {(keyof Flow)[]} */ (Object.keys(sum))) sum[name] += one[name];
  }
  return sum;
}

/** What the applications have seen beside messages, before anybody closed. @param {SessionReport} session */
function strayCloses({ name, page, connections }) {
  const found = [];
  for (const { type, atMs, code } of page.events) {
    if (type !== 'open') found.push(finding(name, `the page saw ${type} ${code ?? ''}`.trim(), atMs));
  }
  for (const { closes, errors, unsent } of connections) {
    for (const { code, atMs } of closes) found.push(finding(name, `the server saw close ${code}`, atMs));
    for (const error of [...errors, ...unsent]) found.push(finding(name, `the server saw ${error}`));
  }
  if (connections.length !== 1) {
    found.push(finding(name, `the server saw ${connections.length} connections instead of one`));
  }
  return found;
}

/** How a session ended, where that is not how it was closed. @param {SessionReport} [session] @param {ExpectedClose} [close] */
function wrongCloses(session, close) {
  if (session === undefined || close === undefined) return [finding('all', 'no close was asked for')];
  const { name, page, connections } = session;
  const expected = `${close.code} ${close.reason}`;
  const seen = [
    ...page.events.flatMap(({ type, code, reason, wasClean }) =>
      type === 'close' ? [`page: ${code} ${reason}${wasClean ? '' : ', not clean'}`] : [],
    ),
    ...connections.flatMap(({ closes }) => closes.map(({ code, reason }) => `server: ${code} ${reason}`)),
  ];
  if (seen.join() === `page: ${expected},server: ${expected}`) return [];
  return [finding(name, `closed with ${expected}, and seen was ${seen.join(' and ') || 'nothing'}`)];
}

/** @param {SessionReport} session */
function mistakesOf({ name, page, connections: [connection] }) {
  const found = [
    ...mistakeOf(`${name} up`, page.sent, connection?.tally),
    ...mistakeOf(`${name} down`, connection?.sent ?? 0, page.tally),
  ];
  const { sent = 0, acknowledged = 0 } = connection ?? {};
  if (acknowledged < sent) found.push(finding(name, `${acknowledged} of ${sent} send callbacks were called`));
  const { bufferedAmount } = page;
  if (found.length === 0 && bufferedAmount > 0) {
    found.push(finding(`${name} up`, `${bufferedAmount} bytes are still buffered`));
  }
  return found;
}

/** @param {string} direction @param {number} sent @param {Tally} [tally] @returns {Finding[]} */
function mistakeOf(direction, sent, tally) {
  if (tally?.firstMistake) {
    const { due, came, atMs } = tally.firstMistake;
    return [finding(direction, `${due} was due, but what came was ${came}`, atMs)];
  }
  const due = tally?.due ?? 0;
  return due === sent ? [] : [finding(direction, `${due} of ${sent} is the first that never came`)];
}

/** How often a session went from one transport to another, a new one of the same kind included. @param {readonly SessionReport[]} sessions */
function countMigrations(sessions) {
  /** @type {Record<string, number>} */
  const counts = {};
  for (const { page } of sessions) {
    const used = page.log.filter(({ type }) => type === 'attached').map(({ transport }) => transport);
    for (const [index, transport] of used.slice(1).entries()) {
      const kind = `${used[index]} → ${transport}`;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
  }
  return counts;
}

/** How often the application at either end took nothing for a while. @param {Outcome} outcome */
function countPauses({ episodes }) {
  const readers = episodes.flatMap(({ weather }) => weather.pauses ?? []);
  return Object.fromEntries(
    [...new Set(readers)].map((end) => [
      `${end} stood still`,
      readers.filter((reader) => reader === end).length,
    ]),
  );
}

/**
 * @param {Outcome} outcome
 * @param {Record<string, number>} migrations
 * @param {Record<string, number>} faults
 */
function idleness({ plan, sessions, episodes }, migrations, faults) {
  const found = [];
  const befallen = Object.values(faults).reduce((sum, times) => sum + times, 0);
  if (befallen === 0 || befallen < LEAST_FAULTS_PER_EPISODE * episodes.length) {
    found.push(`${befallen} faults befell something in ${episodes.length} episodes`);
  }
  const migrated = Object.values(migrations).reduce((sum, times) => sum + times, 0);
  if (migrated < sessions.length) {
    found.push(`${migrated} migrations of ${sessions.length} sessions`);
  }
  const usesAll = plan.visitors.some(({ transports }) => transports === undefined);
  if (usesAll && episodes.length >= THOROUGH_EPISODES) {
    const kinds = TRANSPORTS.flatMap((from) => TRANSPORTS.map((to) => `${from} → ${to}`));
    const missing = kinds.filter((kind) => migrations[kind] === undefined);
    if (missing.length > 0) found.push(`no session went ${missing.join(', nor ')}`);
  }
  return found;
}

/** @param {string} session @param {string} what @param {number} [atMs] default: now @returns {Finding} */
function finding(session, what, atMs = Date.now()) {
  return { session, what, atMs };
}

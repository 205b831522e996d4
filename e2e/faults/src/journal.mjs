/**
 * What happened: a log of the last requests, and totals. It is how a test proves that its fault really befell it.
 *
 * Holds no secrets: headers and bodies are never written down, only the request's line and what became of it.
 *
 * @import { FaultType, LogEntry, LogFilter, Stats } from './types.ts'
 * @import { Description } from './request.mjs'
 */

export class Journal {
  /** @type {LogEntry[]} */
  #entries = [];
  #limit;
  #nextId = 1;
  #totals = emptyTotals();

  /** @param {number} limit how many requests are remembered; the oldest go first */
  constructor(limit) {
    this.#limit = limit;
  }

  /**
   * @param {Description} request
   * @param {FaultType[]} planned
   */
  open({ kind, method, url }, planned) {
    this.#totals.requests[kind] += 1;
    const record = new JournalRecord(this.#nextId, { kind, method, url }, planned, this.#totals);
    this.#nextId += 1;
    this.#entries.push(record.entry);
    if (this.#entries.length > this.#limit) this.#entries.shift();
    return record;
  }

  countConnection() {
    this.#totals.connections += 1;
  }

  countUpstreamConnection() {
    this.#totals.upstreamConnections += 1;
  }

  countCut() {
    this.#totals.cuts += 1;
  }

  /**
   * @param {LogFilter} [filter]
   * @returns {LogEntry[]} copies, oldest first
   */
  log({ kind, fault, limit = Infinity } = {}) {
    const wanted = this.#entries.filter(
      (entry) =>
        (kind === undefined || entry.kind === kind) && (fault === undefined || entry.faults.includes(fault)),
    );
    return structuredClone(wanted.slice(Math.max(0, wanted.length - limit)));
  }

  /** @returns {Omit<Stats, 'liveConnections' | 'liveTunnels'>} */
  totals() {
    return structuredClone(this.#totals);
  }

  reset() {
    this.#entries = [];
    this.#totals = emptyTotals();
  }
}

/** One request's line in the log while it lasts. */
export class JournalRecord {
  /** @type {LogEntry} */
  entry;
  #totals;
  #beganAtMs = performance.now();

  /**
   * @param {number} id
   * @param {Pick<LogEntry, 'kind' | 'method' | 'url'>} request
   * @param {FaultType[]} planned
   * @param {ReturnType<typeof emptyTotals>} totals is added to
   */
  constructor(id, request, planned, totals) {
    this.#totals = totals;
    this.entry = {
      id,
      atMs: Date.now(),
      durationMs: null,
      ...request,
      status: null,
      planned,
      faults: [],
      bytesUp: 0,
      bytesDown: 0,
      outcome: 'live',
    };
  }

  /**
   * This fault has really happened. Counts once per request.
   *
   * @param {FaultType} type
   */
  mark(type) {
    if (this.entry.faults.includes(type)) return;
    this.entry.faults.push(type);
    this.#totals.faults[type] = (this.#totals.faults[type] ?? 0) + 1;
  }

  /** @param {number} bytes */
  addUp(bytes) {
    this.entry.bytesUp += bytes;
    this.#totals.bytesUp += bytes;
  }

  /** @param {number} bytes */
  addDown(bytes) {
    this.entry.bytesDown += bytes;
    this.#totals.bytesDown += bytes;
  }

  /** @param {number} status */
  answered(status) {
    this.entry.status = status;
  }

  /**
   * How it ends. The first cause counts: what a cut tears down afterwards is its consequence.
   *
   * @param {Exclude<LogEntry['outcome'], 'live'>} outcome
   */
  conclude(outcome) {
    if (this.entry.outcome !== 'live') return;
    this.entry.outcome = outcome;
    this.entry.durationMs = Math.round(performance.now() - this.#beganAtMs);
  }
}

/** @returns {Omit<Stats, 'liveConnections' | 'liveTunnels'>} */
function emptyTotals() {
  return {
    connections: 0,
    upstreamConnections: 0,
    requests: { upgrade: 0, fetch: 0, form: 0, http: 0 },
    faults: {},
    cuts: 0,
    bytesUp: 0,
    bytesDown: 0,
  };
}

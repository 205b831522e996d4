/**
 * The shapes that cross the fault proxy's borders: rules going in, numbers and log entries coming out.
 *
 * Types alone: nothing here exists when the proxy runs. The same shapes travel as JSON over the control port and
 * as plain objects through the module's functions.
 */

/**
 * What a request is to Holdfast:
 * `upgrade` an opening handshake of a WebSocket, `fetch` a fallback POST by fetch, `form` a fallback POST by a
 * form (the iframe transport), `http` everything else, page loads above all.
 */
export type Kind = 'upgrade' | 'fetch' | 'form' | 'http';

/** Which requests a rule is for. An absent field demands nothing; all present ones must hold. */
export interface Match {
  /** One kind, or any of several. */
  kind?: Kind | Kind[];
  /** The path without its query, exactly; with a `*` at its end, everything that starts so. */
  path?: string;
  /** Query parameters that must have exactly this value, or, with `true`, only be there. */
  query?: Record<string, string | true>;
  /** The first so many matching requests are let pass unharmed. Default 0. */
  after?: number;
  /** The rule takes effect on so many requests at most. Default: no limit. */
  count?: number;
  /** Chance, 0..1, that a matching request is hit. Default 1. */
  probability?: number;
  /** Seed of those chances: the same seed hits the same requests. Default 1. */
  seed?: number;
  /**
   * `true`: only what already runs when the rule is set. `false`: only what comes later. Default: both, as far as
   * the fault can befall something that already runs.
   */
  live?: boolean;
}

/** What goes wrong. Each comment says what the two ends see. */
export type Fault =
  /** Answered by the proxy with this status (default 403); the server hears nothing. */
  | { type: 'refuse'; status?: number; retryAfterS?: number; body?: string }
  /** Answered by the proxy with 200 and a page of HTML. */
  | { type: 'captive'; body?: string }
  /** The client's TCP connection is reset when the request's head is in. */
  | { type: 'reset' }
  /** The request is taken and neither forwarded nor answered. */
  | { type: 'swallow' }
  /**
   * Upgrades: the 101 comes, then nothing in either direction. `by: 'upstream'` (default): the server's own 101,
   * and `afterFrames` of its frames (default 0) before the silence; `by: 'proxy'`: the proxy's, the server hears nothing.
   */
  | { type: 'silence'; by?: 'upstream' | 'proxy'; afterFrames?: number }
  /** From `afterMs` on (default 0: at once) bytes and closes vanish in both directions. Never heals. */
  | { type: 'half-open'; afterMs?: number }
  /** Bytes and closes wait, and go on when the rule is gone: a cable pulled, and put back. */
  | { type: 'stall' }
  /** Upgrades: the server sees a plain GET without `Upgrade` and `Connection`. */
  | { type: 'strip-upgrade' }
  /** The server is spoken to in HTTP/1.0: no upgrade, no chunks; the answer ends with its connection. */
  | { type: 'http10' }
  /** The response's body is kept until it has ended; its head too (`head: 'held'`, default) or not (`'passed'`). */
  | { type: 'hold'; head?: 'held' | 'passed' }
  /** Each chunk of the response is delivered when the next one comes, or the end. */
  | { type: 'hold-last-chunk' }
  /** The connection is closed (`how: 'end'`, default) or reset after so many bytes of request body, or of tunnel. */
  | { type: 'cut-up'; bytes: number; how?: CutHow }
  /** The same for the response's body, or for the tunnel's bytes after the head of the 101. */
  | { type: 'cut-down'; bytes: number; how?: CutHow }
  /** The whole request is taken, then the connection is closed; the server hears nothing. */
  | { type: 'lose-request' }
  /**
   * The server gets the request and answers; the client gets none of it but a closed connection, once the server
   * has written the `head`, the first `chunk` of the body (default; or the end, where there is none) or the `end`.
   */
  | { type: 'lose-response'; once?: 'head' | 'chunk' | 'end' }
  /** The server gets the request twice; the client gets its `first` or `second` (default: a retry) answer. */
  | { type: 'twice'; respond?: 'first' | 'second' }
  /** Of two matching requests the later reaches the server first; alone, it goes on after `withinMs` (default 1000). */
  | { type: 'reorder'; withinMs?: number }
  /** After `afterMs` the request is answered with `status` (default 504), or cut if an answer had begun. */
  | { type: 'timeout'; afterMs: number; status?: number }
  /** A body of more than `kib` KiB is answered with `status` (default 413). */
  | { type: 'limit-body'; kib: number; status?: number }
  /** A connection on which nothing moved for `afterMs` is closed: a tunnel, a hanging response, one kept alive. */
  | { type: 'idle-close'; afterMs: number };

export type FaultType = Fault['type'];
export type FaultOf<T extends FaultType> = Extract<Fault, { type: T }>;

/** `end`: what was sent arrives, then the connection ends (FIN). `reset`: RST, and what is under way is lost. */
export type CutHow = 'end' | 'reset';

/** A slow network, one way at a time. All that one rule matches shares the link's bandwidth. */
export interface LinkSpec {
  /** One-way delay from client to server, in ms. Default 0. */
  upMs?: number;
  /** One-way delay from server to client, in ms. Default 0. */
  downMs?: number;
  /** Up to so many ms more, at random, without reordering a connection's bytes. Default 0. */
  jitterMs?: number;
  /** Bandwidth from client to server, in KiB per second. Default: unlimited. */
  upKibps?: number;
  /** Bandwidth from server to client, in KiB per second. Default: unlimited. */
  downKibps?: number;
  /**
   * What setting up a TCP connection takes, in ms; the first request on it waits so much longer, unless it is of kind
   * `http` (a page measures its round trip by it). Default: a round trip, `upMs + downMs`.
   */
  connectMs?: number;
  /** Seed of the jitter. Default 1. */
  seed?: number;
}

/** One rule. At least one of `fault` and `link` is there; a fault without options may be its name alone. */
export interface Rule {
  /** Shown in the log. Default: the fault's type, or `link`. */
  name?: string;
  match?: Match;
  fault?: Fault | FaultType;
  link?: LinkSpec;
}

/** A rule as `rules()` tells it: with its group and what it has met so far. */
export type RuleReport = Rule & { name: string; group: string; matched: number; applied: number };

/** One request in the log. */
export interface LogEntry {
  /** Counts from 1 since the proxy began. */
  id: number;
  /** When its head came in, in ms since 1970. */
  atMs: number;
  /** How long it took until its end, in ms; `null` while it lasts. */
  durationMs: number | null;
  kind: Kind;
  method: string;
  /** Path and query as they were sent. */
  url: string;
  /** The status the client was sent; `null` if none (yet). */
  status: number | null;
  /** What the rules had in store for it. */
  planned: FaultType[];
  /** What of that really happened. */
  faults: FaultType[];
  /** Bytes handed to the server: of the body, or of the tunnel. */
  bytesUp: number;
  /** Bytes handed to the client: of the body, or of the tunnel with the head of its 101. */
  bytesDown: number;
  /** How it ended; `live` while it lasts. */
  outcome: 'live' | 'completed' | 'aborted by client' | 'aborted by server' | 'hurt by proxy';
}

/** Totals since the start or the last `reset()`. */
export interface Stats {
  /** TCP connections taken from clients. */
  connections: number;
  /** TCP connections opened to the server. */
  upstreamConnections: number;
  requests: Record<Kind, number>;
  /** How often each fault really happened. */
  faults: Partial<Record<FaultType, number>>;
  /** Connections ended by `cut()`. */
  cuts: number;
  bytesUp: number;
  bytesDown: number;
  /** Now: client connections that are open, and upgraded ones among them. */
  liveConnections: number;
  liveTunnels: number;
}

export interface SetOptions {
  /**
   * The rules replace only those of the same group, and only they are tried on what already runs. Default `''`.
   * One group per visitor keeps visitors out of each other's way.
   */
  group?: string;
}

export interface CutOptions {
  /** Which connections: those whose running, or else last, request matches. Default: all. Chances and counts are not looked at. */
  match?: Pick<Match, 'kind' | 'path' | 'query'>;
  /** Default `reset`. */
  how?: CutHow;
}

export interface LogFilter {
  kind?: Kind;
  /** Only requests that this fault befell. */
  fault?: FaultType;
  /** Only the newest so many. */
  limit?: number;
}

/** A running fault proxy, in this process or another: the same verbs. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** `null` without a control server. */
  readonly controlPort: number | null;
  /** `http://host:port`: what a browser opens. */
  readonly url: string;
  /** Replaces the rules of a group. Rejects with a `RuleError` whose message names the bad field. */
  set(rules: readonly Rule[], options?: SetOptions): Promise<void>;
  /** The rules in force, in order, with their counters. */
  rules(): Promise<RuleReport[]>;
  /** Ends client connections, and theirs to the server, now. Resolves to how many. */
  cut(options?: CutOptions): Promise<number>;
  stats(): Promise<Stats>;
  /** The last requests, oldest first. */
  log(filter?: LogFilter): Promise<LogEntry[]>;
  /** Forgets rules, counters and log. What runs goes on; what had vanished stays so. */
  reset(): Promise<void>;
  /** Ends all connections and gives the ports back. */
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Default `127.0.0.1`. */
  upstreamHost?: string;
  upstreamPort: number;
  /** Where to listen. Default `127.0.0.1`; the control port never listens elsewhere. */
  host?: string;
  /** 0 (default): the system chooses. */
  port?: number;
  /** 0: the system chooses. Absent: no control server (the default for `createFaultProxy`). */
  controlPort?: number;
  /** How many requests the log remembers. Default 1000. */
  logEntries?: number;
}

/** What the contract's page, server and command say to each other. Types alone. */

/** What a page asks of the server, as a text. `to`: the socket of that name. Default: the one that asks. */
export type Order = { readonly to?: string } & (
  | { readonly do: 'say'; readonly texts: readonly string[] }
  /** Binary messages: each byte holds the length, modulo 256. */
  | { readonly do: 'say-bytes'; readonly lengths: readonly number[] }
  | { readonly do: 'end'; readonly code?: number; readonly reason?: string }
  | { readonly do: 'terminate' }
  /** Answered by a text: {@link Seen} in JSON, or null. */
  | { readonly do: 'tell' }
);

/** What the server's application has seen of a socket. */
export interface Seen {
  readonly cookie: string;
  readonly origin: string;
  /** Texts as they are, others as `binary LENGTH`. */
  readonly messages: string[];
  readonly closes: { readonly code: number; readonly reason: string }[];
}

/** A socket of either server, as far as the application uses it. */
export interface ServerSocket {
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Buffer) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  send(data: string | Buffer, options?: { readonly binary?: boolean }): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** What came of one clause, in a page. */
export interface Result {
  readonly area: string;
  readonly clause: string;
  /** Absent where it holds. */
  readonly failure?: string;
}

/** What a page is told to run. */
export interface Task {
  /** The page's own class, or ours. */
  readonly subject: 'native' | 'holdfast';
  /** Which transport every socket must be on. Default: whichever it is. */
  readonly transport?: string;
  /** Where nobody listens: host and port. */
  readonly deadHost: string;
  /** By name. */
  readonly areas: readonly string[];
}

/** How far a page has come. */
export interface Progress {
  readonly results: readonly Result[];
  /** What is being tried. */
  readonly current: string | null;
  readonly done: boolean;
}

/** What came of all clauses, on one variant in one engine. */
export interface Row {
  /** By name, as the variant. */
  readonly engine: string;
  /** Null: it is not here. */
  readonly version: string | null;
  readonly variant: string;
  readonly passed: number;
  /** How many must pass: all clauses that are no exceptions. */
  readonly floor: number;
  readonly failed: readonly Result[];
  readonly excepted: number;
  /** Why it did not come to its end. */
  readonly error: string | null;
  readonly seconds: number;
  readonly verdict: 'ok' | 'failed' | 'not here';
}

declare global {
  /** Of `page.mjs`. */
  var Contract: { readonly progress: Progress; start(task: Task): void };
  /** Of the WHATWG's Test Utils, where an engine has been told that it is tested. */
  var TestUtils: { gc(): Promise<void> } | undefined;
}

/** What the server process tells over its control port. Types alone. */
import type { NumberedReport } from '../pages/numbered.mjs';

/** What the server's application has seen of one connection. */
export interface ConnectionReport {
  /** The Origin of the request that made the connection. */
  readonly origin: string | null;
  readonly cookie: string | null;
  readonly protocol: string;
  /** Of that request: '1.1' or '2.0'. */
  readonly httpVersion: string;
  readonly transport: string | null;
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** The first messages. */
  readonly messages: readonly {
    readonly type: 'text' | 'binary';
    readonly bytes: number;
    /** In hexadecimal digits. */
    readonly sha256: string;
  }[];
  readonly messageCount: number;
  readonly numbers: NumberedReport;
  /** Of each `send` by command: 'acknowledged', or why it was not. */
  readonly outcomes: readonly string[];
  /** Messages of a flood that were sent. */
  readonly flooded: number;
  readonly pongs: readonly string[];
  readonly errors: readonly string[];
  /** One at the most, if all is well. */
  readonly closes: readonly { readonly code: number; readonly reason: string }[];
}

/** Where the server process listens. */
export interface Whereabouts {
  readonly port: number;
  readonly controlPort: number;
  readonly url: string;
  readonly pid: number;
}

/** What the page's probe tells a test, and the page's globals. Types alone. */
import type * as HoldfastModule from '@holdfast/client';
import type { Probe as ProbeClass } from './probe.mjs';

/** An event of a socket, but for messages. */
export type SocketEvent =
  | { readonly type: 'open' | 'error'; readonly readyState: number }
  | {
      readonly type: 'close';
      readonly readyState: number;
      readonly code: number;
      readonly reason: string;
      readonly wasClean: boolean;
    };

declare global {
  /** Of `holdfast.js`. */
  var Holdfast: typeof HoldfastModule;
  /** Of `probe.mjs`. */
  var Probe: typeof ProbeClass;
}

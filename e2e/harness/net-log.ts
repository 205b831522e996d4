/**
 * Chromium's own log of its network stack (`--log-net-log`), below what the developer tools show: TCP connections, and what is
 * said on those that speak HTTP/2. The browser completes the file when it ends.
 */
import { readFileSync } from 'node:fs';

/** The beginning of an event; the other phases do not matter here. */
const PHASE_BEGIN = 1;

interface NetLogFile {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> };
  readonly events: readonly {
    readonly type: number;
    readonly phase: number;
    readonly params?: { readonly address_list?: readonly string[]; readonly headers?: readonly string[] };
  }[];
}

export interface NetLog {
  /** How many TCP connections were opened to this address, such as `127.0.0.1:1234`. */
  tcpConnections(address: string): number;
  /** The header fields of each request sent over HTTP/2, in order: `name: value`. */
  readonly http2Requests: readonly (readonly string[])[];
}

/** @param path what `--log-net-log` named; the browser has ended */
export function readNetLog(path: string): NetLog {
  const { constants, events }: NetLogFile = JSON.parse(readFileSync(path, 'utf8'));
  const typeOf = (name: string): number => {
    const type = constants.logEventTypes[name];
    if (type === undefined) throw new Error(`This Chromium does not log ${name}`);
    return type;
  };
  const connects = events.filter(
    ({ type, phase }) => type === typeOf('TCP_CONNECT') && phase === PHASE_BEGIN,
  );
  return {
    tcpConnections: (address) =>
      connects.filter(({ params }) => params?.address_list?.includes(address)).length,
    http2Requests: events
      .filter(({ type }) => type === typeOf('HTTP2_SESSION_SEND_HEADERS'))
      .map(({ params }) => params?.headers ?? []),
  };
}

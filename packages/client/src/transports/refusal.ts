/** An answer that is not one of this protocol: what that says of the server, whatever carried the request. */
import type { Failure } from './client-transport.ts';

/** Of gateways, or of servers that have enough to do: they say nothing about what the server is. */
const PASSING_STATUSES = [413, 429, 502, 503, 504];
const TOO_LARGE = 413;

/** What every reason of ours begins with. */
const PREFIX = 'holdfast: ';

/**
 * @param text the body, where it is plain text; else ''
 * @param retryAfter the header, where there is one to be seen
 */
export function refusal(status: number, text: string, retryAfter: string | null): Failure {
  const isOurs = text.startsWith(PREFIX);
  return {
    reason: `HTTP ${status} ${isOurs ? text.slice(PREFIX.length) : ''}`.trim(),
    foreign: !isOurs && !PASSING_STATUSES.includes(status),
    retryAfterMs: retryAfterMs(retryAfter),
    tooLarge: status === TOO_LARGE,
  };
}

/** RFC 9110 §10.2.3: seconds, or a date. Undefined where it is neither, or past. */
function retryAfterMs(value: string | null): number | undefined {
  const ms = Number(value) * 1000 || Date.parse(value || '') - Date.now();
  return ms > 0 ? ms : undefined;
}

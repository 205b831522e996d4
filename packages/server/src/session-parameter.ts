/** The session's id in the URL of a fallback's request (PROTOCOL.md §5). It only routes; the statement in the body is what counts. */
import { SESSION_PARAMETER } from '@holdfast/protocol';
import type { ServerRequest } from './server-request.ts';

const ASSIGNMENT = `${SESSION_PARAMETER}=`;

/** @returns null where it is no request of ours. An id has no characters that a query would escape. */
export function sessionParameter({ url = '' }: ServerRequest): string | null {
  const query = url.indexOf('?');
  if (query < 0) return null;
  for (let at = query + 1; at > 0; at = url.indexOf('&', at) + 1) {
    if (!url.startsWith(ASSIGNMENT, at)) continue;
    const end = url.indexOf('&', at);
    return url.slice(at + ASSIGNMENT.length, end < 0 ? undefined : end);
  }
  return null;
}

/** Requests by fetch: POST, so that nothing is cached, and nothing in it that a CORS preflight would be needed for. */
import type { Failure } from './client-transport.ts';
import type { ExchangeKind } from './http.ts';
import type { ExchangeHandler } from './http-request.ts';

export const longPolling: ExchangeKind = {
  name: 'long-polling',
  overhead: 1,
  exchange(url, body, handler) {
    const controller = new AbortController();
    const { signal } = controller;
    run(url, body, signal, handler).catch((error: unknown) => {
      if (signal.aborted) return;
      const reason = `fetch: ${error instanceof Error ? error.message : error}`;
      handler.onFailed(mayHideAnswers(url) ? { reason, foreign: () => answersAtAll(url) } : { reason });
    });
    return () => controller.abort();
  },
};

/** Whether what a browser calls a failure may be an answer without CORS headers. */
function mayHideAnswers(url: string): boolean {
  const { location } = globalThis;
  return location !== undefined && location.origin !== new URL(url).origin;
}

/** Whether an HTTP server is there, whatever it says: one of ours would have let the page read it. */
async function answersAtAll(url: string): Promise<boolean> {
  try {
    // Redirects are followed: without CORS a browser allows nothing else (Fetch §4.1).
    await fetch(url, { method: 'POST', mode: 'no-cors' });
    return true;
  } catch {
    return false;
  }
}

async function run(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
  handler: ExchangeHandler,
): Promise<void> {
  // Cookies as with a WebSocket; a redirect would turn the POST into a GET.
  const response = await fetch(url, {
    method: 'POST',
    body,
    signal,
    credentials: 'include',
    redirect: 'error',
  });
  const type = response.headers.get('content-type');
  if (response.status !== 200 || type !== 'application/octet-stream') {
    const failure = await refusal(response, type);
    if (!signal.aborted) handler.onFailed(failure);
    return;
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (signal.aborted) return;
    if (done) break;
    handler.onData(value);
  }
  handler.onEnd();
}

/** Of gateways, or of servers that have enough to do: they say nothing about what the server is. */
const PASSING_STATUSES = [413, 429, 502, 503, 504];
const TOO_LARGE = 413;

/** The server's reason, where it is one of ours. */
async function refusal(response: Response, type: string | null): Promise<Failure> {
  const text = type?.startsWith('text/plain') ? await response.text() : '';
  if (text === '') await response.body?.cancel();
  if (text.startsWith(PREFIX)) {
    return { reason: `HTTP ${response.status} ${text.slice(PREFIX.length).trim()}`, foreign: false };
  }
  return {
    reason: `HTTP ${response.status}`,
    foreign: !PASSING_STATUSES.includes(response.status),
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
    tooLarge: response.status === TOO_LARGE,
  };
}

/** RFC 9110 §10.2.3: seconds, or a date. Undefined where it is neither, or past. */
function retryAfterMs(value: string | null): number | undefined {
  const ms = Number(value) * 1000 || Date.parse(value ?? '') - Date.now();
  return ms > 0 ? ms : undefined;
}

/** What every reason of ours begins with. */
const PREFIX = 'holdfast: ';

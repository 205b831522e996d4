/** Requests by fetch: POST, so that nothing is cached, and nothing in it that a CORS preflight would be needed for. */
import type { ExchangeKind } from './http.ts';
import type { ExchangeHandler } from './http-request.ts';
import { refusal } from './refusal.ts';

export const longPolling: ExchangeKind = {
  name: 'long-polling',
  overhead: 1,
  exchange(url, body, handler) {
    const controller = new AbortController();
    const { signal } = controller;
    run(url, body, signal, handler).catch((error: unknown) => {
      const reason = `fetch: ${error instanceof Error ? error.message : error}`;
      handler.onFailed(mayHideAnswers(url) ? { reason, foreign: () => answersAtAll(url) } : { reason });
    });
    return () => controller.abort();
  },
};

/** Whether what a browser calls a failure may be an answer without CORS headers. */
function mayHideAnswers(url: string): boolean {
  // Not the location's, which says nothing of a sandbox.
  const { origin } = globalThis;
  return origin !== undefined && origin !== new URL(url).origin;
}

/** Whether an HTTP server is there, whatever it says: one of ours would have let the page read it. */
function answersAtAll(url: string): Promise<boolean> {
  // Redirects are followed: without CORS a browser allows nothing else (Fetch §4.1).
  return fetch(url, { method: 'POST', mode: 'no-cors' }).then(
    () => true,
    () => false,
  );
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
  const { status, headers } = response;
  const type = headers.get('content-type') || '';
  if (status !== 200 || type !== 'application/octet-stream') {
    const text = type.startsWith('text/plain') ? await response.text() : '';
    handler.onFailed(refusal(status, text, headers.get('retry-after')));
    return;
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    handler.onData(value);
  }
  handler.onEnd();
}

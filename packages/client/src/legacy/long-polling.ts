/**
 * Requests by XMLHttpRequest, for engines without fetch. An answer is read when it is complete: these engines give out no bytes before,
 * so that this path never streams.
 */
import type { ExchangeKind } from '../transports/http.ts';
import { refusal } from '../transports/refusal.ts';
import { LegacyTextDecoder } from './text.ts';

/** Something is coming, and is not to be seen yet. */
const NOTHING_YET = new Uint8Array(0);

export const longPolling: ExchangeKind = {
  name: 'long-polling',
  overhead: 1,
  exchange(url, body, handler) {
    const request = new XMLHttpRequest();
    let ended = false;
    const end = (): void => {
      ended = true;
      request.onload = request.onerror = request.onabort = request.onprogress = null;
    };
    const fail = (error?: unknown): void => {
      if (ended) return;
      end();
      handler.onFailed({ reason: `XMLHttpRequest: ${error instanceof Error ? error.message : 'failed'}` });
    };
    request.onprogress = () => handler.onData(NOTHING_YET);
    request.onerror = request.onabort = fail;
    request.onload = () => {
      const { status } = request;
      const type = request.getResponseHeader('content-type') ?? '';
      // Some engines have null for an empty body.
      const bytes = new Uint8Array((request.response as ArrayBuffer | null) ?? []);
      if (status === 200 && type === 'application/octet-stream') {
        handler.onData(bytes);
        // What was read may have ended it.
        if (ended) return;
        end();
        handler.onEnd();
      } else {
        end();
        const text = /^text\/plain/.test(type) ? new LegacyTextDecoder().decode(bytes) : '';
        handler.onFailed(refusal(status, text, request.getResponseHeader('retry-after')));
      }
    };
    try {
      request.open('POST', url);
      // Cookies as with a WebSocket. Else these engines would say it is a form; this needs no preflight either.
      request.withCredentials = true;
      request.setRequestHeader('Content-Type', 'text/plain');
      request.responseType = 'arraybuffer';
      request.send(body);
    } catch (error) {
      // Forbidden by the page's policy, in some engines.
      setTimeout(() => fail(error));
    }
    return () => {
      if (ended) return;
      end();
      request.abort();
    };
  },
};

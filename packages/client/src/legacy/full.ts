/** The WebSocket with every transport that an old engine has: as full.ts, and long polling by XMLHttpRequest. */

import * as fallbacks from '../fallbacks.ts';
import type { Session } from '../session.ts';
import type { FallbackCandidate } from '../strategy.ts';
import { HttpTransport } from '../transports/http.ts';
import { type Fallback, type WebSocket as WebSocketClass, withTransports } from '../websocket.ts';
import { longPolling as byXhr } from './long-polling.ts';

// As long in coming as the other one that is requests.
const xhr: FallbackCandidate = Object.assign({}, fallbacks.iframe, {
  name: byXhr.name,
  create: (session: Session) => new HttpTransport(session, byXhr),
});

/** HTTP long polling, by XMLHttpRequest. */
export const longPolling: Fallback = xhr;
/** Forms, and answers of scripts, in iframes. */
export const iframe: Fallback = fallbacks.iframe;

export const WebSocket: typeof WebSocketClass = /* @__PURE__ */ withTransports(longPolling, iframe);
export type WebSocket = WebSocketClass;

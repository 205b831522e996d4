/** The WebSocket with every transport there is, and the fallbacks by themselves, for those that choose (core.ts). */
import * as fallbacks from './fallbacks.ts';
import { type Fallback, type WebSocket as WebSocketClass, withTransports } from './websocket.ts';

/** HTTP long polling, by fetch. */
export const longPolling: Fallback = fallbacks.longPolling;
/** Forms, and answers of scripts, in iframes. */
export const iframe: Fallback = fallbacks.iframe;

export const WebSocket: typeof WebSocketClass = /* @__PURE__ */ withTransports(longPolling, iframe);
export type WebSocket = WebSocketClass;

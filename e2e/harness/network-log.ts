/**
 * The browser's own network log, as the developer tools have it: what the page asked for, and whether it was let go on the
 * network. A request that the content security policy stops never leaves the browser.
 */
import type { CDPSession, Page } from '@playwright/test';

/** One request of the page, or one WebSocket. */
export interface NetworkEntry {
  /** As DevTools names it: `Document`, `Script`, `Fetch`, `XHR`, `WebSocket`, … */
  readonly type: string;
  readonly url: string;
}

export class NetworkLog {
  private readonly entries: Map<string, NetworkEntry> = new Map();

  /** Starts to listen. Do it before the page makes the requests in question. */
  static async of(page: Page): Promise<NetworkLog> {
    const session = await page.context().newCDPSession(page);
    const log = new NetworkLog(session);
    await session.send('Network.enable');
    return log;
  }

  private constructor(session: CDPSession) {
    session.on('Network.requestWillBeSent', ({ requestId, type = 'Other', request: { url } }) => {
      this.entries.set(requestId, { type, url });
    });
    session.on('Network.webSocketCreated', ({ requestId, url }) => {
      this.entries.set(requestId, { type: 'WebSocket', url });
    });
    session.on('Network.loadingFailed', ({ requestId, blockedReason }) => {
      if (blockedReason === 'csp') this.entries.delete(requestId);
    });
  }

  /** What has left the browser, in order. */
  get sent(): NetworkEntry[] {
    return [...this.entries.values()];
  }
}

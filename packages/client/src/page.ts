/**
 * What happens to the page around a session: it goes away, it comes back, the network does. Nothing of it where there is no page (a
 * worker, Node), but for `online`, which workers have.
 */
export interface PageEvents {
  /** Back from sleep, from the back/forward cache, or online again: look at once. */
  onWake(): void;
  /** The page goes away for good: last words. */
  onLeave(): void;
}

/** Returns what ends it. */
export function watchPage(events: PageEvents): () => void {
  if (typeof globalThis.addEventListener !== 'function') return () => {};
  const onPageHide = (event: PageTransitionEvent): void => {
    // Kept in the back/forward cache it may come back, and finds its session if it does in time.
    if (!event.persisted) events.onLeave();
  };
  const onPageShow = (event: PageTransitionEvent): void => {
    if (event.persisted) events.onWake();
  };
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') events.onWake();
  };
  const onOnline = (): void => events.onWake();

  addEventListener('online', onOnline);
  addEventListener('pagehide', onPageHide as EventListener);
  addEventListener('pageshow', onPageShow as EventListener);
  globalThis.document?.addEventListener('visibilitychange', onVisible);
  return () => {
    removeEventListener('online', onOnline);
    removeEventListener('pagehide', onPageHide as EventListener);
    removeEventListener('pageshow', onPageShow as EventListener);
    globalThis.document?.removeEventListener('visibilitychange', onVisible);
  };
}

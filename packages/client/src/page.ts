/**
 * What happens to the page around a session: it goes away, it comes back, it slept, the network changed. Where there is no page (a
 * worker, Node) there is less of it.
 */
export interface PageEvents {
  /** Back from sleep, frozen no longer, back from the back/forward cache, online again, or on another network: look at once. */
  onWake(): void;
  /** Put into the back/forward cache: the browser cuts connections, and keeps a page that has none. */
  onRest(): void;
  /** The page goes away for good. The application hears it too, now or a moment later, and may have something to say. */
  onLeaving(): void;
  /** It is about to be gone: last words. */
  onLeave(): void;
}

/** How often the clock is looked at, in ms: whoever slept hears it strike late. */
const TICK_MS = 1000;
/** Later than that, in ms, is more than a page being busy. */
const LATE_MS = 2000;

/** The Network Information API, which Chromium alone has: the compiler does not declare it. */
interface NetworkNavigator {
  readonly connection?: EventTarget;
}

/** Returns what ends it. */
export function watchPage(events: PageEvents): () => void {
  const { document } = globalThis;
  const navigator = globalThis.navigator as NetworkNavigator | undefined;
  let leaves = false;
  // The time of day, since the other clocks of some systems stop while they sleep.
  let lastTick = Date.now();
  const ticker = setInterval(() => {
    const now = Date.now();
    // The clocks of hidden pages are late all the time.
    if (now - lastTick > TICK_MS + LATE_MS && document?.visibilityState !== 'hidden') events.onWake();
    lastTick = now;
  }, TICK_MS);
  const listeners: [EventTarget | undefined, string, (event: PageTransitionEvent) => void][] = [
    [globalThis, 'online', () => events.onWake()],
    // From one network to another without being offline; where browsers tell it.
    [navigator?.connection, 'typechange', () => events.onWake()],
    [
      globalThis,
      'pagehide',
      ({ persisted }) => {
        leaves = !persisted;
        if (persisted) events.onRest();
        else events.onLeaving();
        // A page that is seen is hidden next; by then all have heard this.
        if (leaves && document?.visibilityState !== 'visible') events.onLeave();
      },
    ],
    [globalThis, 'pageshow', ({ persisted }) => persisted && events.onWake()],
    [document, 'resume', () => events.onWake()],
    [
      document,
      'visibilitychange',
      () => {
        if (document.visibilityState === 'visible') events.onWake();
        else if (leaves) events.onLeave();
      },
    ],
  ];
  // Node has no such events.
  const all = listeners.filter(([target]) => typeof target?.addEventListener === 'function');
  for (const [target, type, listener] of all) target?.addEventListener(type, listener as EventListener);
  return () => {
    clearInterval(ticker);
    for (const [target, type, listener] of all) target?.removeEventListener(type, listener as EventListener);
  };
}

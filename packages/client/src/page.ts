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

/** Whether nobody sees the page; false where there is none. */
export function isHidden(): boolean {
  const { document } = globalThis;
  return !!document && document.visibilityState === 'hidden';
}

/** Returns what ends it. */
export function watchPage(events: PageEvents): () => void {
  const { document } = globalThis;
  const { connection } = (globalThis.navigator || {}) as NetworkNavigator;
  let leaves = false;
  // The time of day, since the other clocks of some systems stop while they sleep.
  let lastTick = Date.now();
  const ticker = setInterval(() => {
    const now = Date.now();
    // The clocks of hidden pages are late all the time.
    if (now - lastTick > TICK_MS + LATE_MS && !isHidden()) events.onWake();
    lastTick = now;
  }, TICK_MS);

  const onEvent = ({ type, persisted }: PageTransitionEvent): void => {
    if (type === 'pagehide') {
      leaves = !persisted;
      if (persisted) events.onRest();
      else events.onLeaving();
    } else if (type === 'pageshow' ? persisted : type !== 'visibilitychange' || !isHidden()) events.onWake();
    // A page that is seen and goes away is hidden next; by then all have heard this.
    if (leaves && isHidden()) events.onLeave();
  };
  const targets: [EventTarget | undefined, ...types: string[]][] = [
    [globalThis, 'online', 'pagehide', 'pageshow'],
    [document, 'resume', 'visibilitychange'],
    // From one network to another without being offline; where browsers tell it.
    [connection, 'typechange'],
  ];
  const forEachEvent = (change: 'addEventListener' | 'removeEventListener'): void => {
    // Node has no such events.
    for (const [target, ...types] of targets)
      if (target && target[change]) for (const type of types) target[change](type, onEvent as EventListener);
  };
  forEachEvent('addEventListener');
  return () => {
    clearInterval(ticker);
    forEachEvent('removeEventListener');
  };
}

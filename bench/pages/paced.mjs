/** Does something at a steady rate, in a page and in Node alike: so often at each tick that the time since the beginning is made up for. */

/** Between two ticks, in ms: the shortest time that browsers wait for. */
const TICK_MS = 4;
const MS_PER_SECOND = 1000;

/**
 * @param {number} count how often in all
 * @param {number} perSecond
 * @param {() => void} act
 */
export function paced(count, perSecond, act) {
  const startedMs = performance.now();
  let done = 0;
  const tick = () => {
    const elapsedMs = performance.now() - startedMs;
    const due = Math.min(count, Math.ceil((elapsedMs * perSecond) / MS_PER_SECOND));
    for (; done < due; done++) act();
    if (done < count) setTimeout(tick, TICK_MS);
  };
  tick();
}

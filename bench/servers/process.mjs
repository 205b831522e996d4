/** What every server process of the benchmarks tells about itself. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { offer } from '../process.mjs';

/** Finer would cost what is measured, in ms. */
const LOOP_DELAY_RESOLUTION_MS = 5;
const NANOSECONDS_PER_MS = 1e6;
const MICROSECONDS_PER_MS = 1000;

/** How often to look whether the connections are gone, in ms. */
const LOOK_AFTER_MS = 5;

/**
 * @param {number} port
 * @param {() => number} connections how many there are
 * @param {() => void} [endAll] ends them, where they outlive the load
 */
export function offerMeasurements(port, connections, endAll = () => {}) {
  const loopDelay = monitorEventLoopDelay({ resolution: LOOP_DELAY_RESOLUTION_MS });
  loopDelay.enable();
  offer({
    port: () => port,
    /** Since the last sample: the delay. Since the start: the rest. */
    sample() {
      const { user, system } = process.cpuUsage();
      const loopDelayP99Ms = loopDelay.percentile(99) / NANOSECONDS_PER_MS;
      loopDelay.reset();
      return { cpuMs: (user + system) / MICROSECONDS_PER_MS, atMs: performance.now(), loopDelayP99Ms };
    },
    /** What is in use after a full collection; needs --expose-gc. */
    memory() {
      globalThis.gc?.();
      globalThis.gc?.();
      const { heapUsed, external, rss } = process.memoryUsage();
      return { connections: connections(), usedBytes: heapUsed + external, residentBytes: rss };
    },
    /** Returns when all connections are gone. */
    async quiet() {
      endAll();
      while (connections() > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_AFTER_MS));
    },
  });
}

/** The load's process: does one of the following at a time, and says how far it has come. */
import { offer } from '../process.mjs';
import { broadcast } from './broadcast.mjs';
import { openMany } from './connection.mjs';
import { echo } from './echo.mjs';
import { fallbackEcho, fallbackIdle, fallbackOpen, fallbackReceive } from './fallback/loads.mjs';
import { handshake } from './handshake.mjs';
import { receive } from './receive.mjs';

/**
 * @typedef {{
 *   progress: () => number,
 *   close: () => void | Promise<void>,
 *   takeRoundTripsUs?: () => number[],
 *   unmeasurable?: string,
 * }} Running
 * `progress`: messages (connections, where these are counted) so far; `takeRoundTripsUs`: those since it was last called;
 * `unmeasurable`: why the server cannot do it
 */

/** Opens connections, and no more. */
/** @param {{ port: number, connections: number }} load @returns {Promise<Running>} */
async function idle({ port, connections: count }) {
  const connections = await openMany({ port }, count);
  return {
    progress: () => connections.length,
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

/** @type {Record<string, (load: any) => Promise<Running>>} `any`: each has its own */
const LOADS = {
  broadcast,
  echo,
  'fallback echo': fallbackEcho,
  'fallback idle': fallbackIdle,
  'fallback open': fallbackOpen,
  'fallback receive': fallbackReceive,
  handshake,
  idle,
  receive,
};

/** @type {Running | undefined} */
let running;

offer({
  /** @param {{ kind: string }} load */
  async start(load) {
    running = await LOADS[load.kind]?.(load);
    return { unmeasurable: running?.unmeasurable };
  },
  sample: () => ({ messages: running?.progress(), atMs: performance.now() }),
  takeRoundTripsUs: () => running?.takeRoundTripsUs?.(),
  async stop() {
    await running?.close();
    running = undefined;
  },
});

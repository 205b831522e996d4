/** Opens connections and counts what a server pushes to them; some of them may stall: they do not read, and do not count. */
import { openMany } from './connection.mjs';
import { MessageCounter } from './frames.mjs';

/**
 * @param {{ port: number, connections: number, stalled?: number }} load
 * @returns {Promise<import('./main.mjs').Running>}
 */
export async function receive({ port, connections: count, stalled: stalledCount = 0 }) {
  const stalled = await openMany({ port }, stalledCount);
  for (const connection of stalled) connection.stall();
  const connections = await openMany({ port }, count);
  const counters = connections.map((connection) => {
    const counter = new MessageCounter();
    connection.onBytes = (bytes, length) => counter.push(bytes, length);
    return counter;
  });
  return {
    progress: () => counters.reduce((sum, counter) => sum + counter.messages, 0),
    close() {
      for (const connection of [...connections, ...stalled]) connection.close();
    },
  };
}

/** Opens connections and counts what a server pushes to them. */
import { openMany } from './connection.mjs';
import { MessageCounter } from './frames.mjs';

/**
 * @param {{ port: number, connections: number }} load
 * @returns {Promise<import('./main.mjs').Running>}
 */
export async function receive({ port, connections: count }) {
  const connections = await openMany({ port }, count);
  const counters = connections.map((connection) => {
    const counter = new MessageCounter();
    connection.onBytes = (bytes, length) => counter.push(bytes, length);
    return counter;
  });
  return {
    progress: () => counters.reduce((sum, counter) => sum + counter.messages, 0),
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

/**
 * Asks a server for broadcasts: each message to the first connection is to come back on all of them. The next one is asked for
 * when the last connection has it.
 */
import { openMany } from './connection.mjs';
import { MessageCounter } from './frames.mjs';
import { payloadFrame } from './payload.mjs';

/**
 * @param {{ port: number, connections: number, inFlight: number, payload: import('./payload.mjs').Payload }} load
 * @returns {Promise<import('./main.mjs').Running>}
 */
export async function broadcast({ port, connections: count, inFlight, payload }) {
  const frame = payloadFrame(payload);
  const connections = await openMany({ port }, count);
  const asking = /** @type {import('./connection.mjs').LoadConnection} */ (connections[0]);

  let completed = 0;
  /** How many connections have the broadcasts that are not complete, the oldest first. */
  const reached = new Array(inFlight).fill(0);
  for (const connection of connections) {
    const counter = new MessageCounter();
    connection.onBytes = (bytes, length) => {
      const messages = counter.push(bytes, length);
      for (let number = counter.messages - messages; number < counter.messages; number++) {
        reached[number - completed]++;
      }
      let complete = 0;
      while (reached[0] === count) {
        reached.shift();
        reached.push(0);
        complete++;
      }
      if (complete === 0) return;
      completed += complete;
      asking.write(complete === 1 ? frame : Buffer.concat(Array.from({ length: complete }, () => frame)));
    };
  }
  asking.write(Buffer.concat(Array.from({ length: inFlight }, () => frame)));

  return {
    progress: () => completed * count,
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

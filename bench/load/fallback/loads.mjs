/** What the load does with sessions over HTTP. Each says how far it has come, as load/main.mjs wants it. */
import { openConnection } from './http-connection.mjs';
import { dialectFor, openOn, openSessions } from './session.mjs';

/** @typedef {import('./session.mjs').Target} Target */
/** @typedef {import('../main.mjs').Running} Running */

/** Sends `perPost` messages to an echo in one request, and the next ones when all have come back. */
/** @param {Target & { sessions: number, perPost: number }} load @returns {Promise<Running>} */
export async function fallbackEcho({ sessions: count, perPost, ...target }) {
  const sessions = await openSessions(target, count, { posts: true });
  /** From a post until the last of its messages is back, in µs. */
  /** @type {number[]} */
  let roundTripsUs = [];
  for (const session of sessions) {
    let sent = 0;
    let sentAtMs = 0;
    const goOn = () => {
      if (session.isPosting || session.messages < sent) return;
      sent += perPost;
      sentAtMs = performance.now();
      session.post(perPost);
    };
    session.onMessages = () => {
      if (session.messages === sent) roundTripsUs.push((performance.now() - sentAtMs) * 1000);
      goOn();
    };
    session.onPosted = goOn;
    session.start();
    goOn();
  }
  return {
    ...progressOf(sessions),
    takeRoundTripsUs() {
      const taken = roundTripsUs;
      roundTripsUs = [];
      return taken;
    },
  };
}

/** Takes what the server pushes. */
/** @param {Target & { sessions: number }} load @returns {Promise<Running>} */
export async function fallbackReceive({ sessions: count, ...target }) {
  // What is streamed is acknowledged beside it.
  const sessions = await openSessions(target, count, { posts: target.streams === true });
  for (const session of sessions) session.start();
  return progressOf(sessions);
}

/** Opens sessions which wait, one on each connection. */
/** @param {Target & { connections: number }} load @returns {Promise<Running>} */
export function fallbackIdle({ connections, ...target }) {
  return fallbackReceive({ ...target, sessions: connections });
}

/** Opens sessions, one after the other on each connection, and leaves them. */
/** @param {Target & { connections: number }} load @returns {Promise<Running>} */
export async function fallbackOpen({ connections: count, ...target }) {
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(target.port)));
  let isRunning = true;
  let opened = 0;
  const openMany = async (/** @type {import('./http-connection.mjs').HttpConnection} */ connection) => {
    while (isRunning) {
      await openOn(connection, dialectFor(target));
      opened++;
    }
    connection.close();
  };
  const loops = connections.map(openMany);
  return {
    progress: () => opened,
    async close() {
      isRunning = false;
      await Promise.all(loops);
    },
  };
}

/** @param {import('./session.mjs').PollingSession[]} sessions @returns {Running} */
function progressOf(sessions) {
  return {
    progress: () => sessions.reduce((sum, { messages }) => sum + messages, 0),
    close() {
      for (const session of sessions) session.close();
    },
  };
}

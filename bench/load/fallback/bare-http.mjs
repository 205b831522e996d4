/** The limit: a server that is asked, and answers with the messages themselves. It has no sessions. */
import { requestWriter } from './http-connection.mjs';

/** @param {number} port @param {{ payload: string }} options @returns {import('./session.mjs').Dialect} */
export function bareHttp(port, { payload }) {
  const open = requestWriter(port, 'POST', '/open');
  const post = requestWriter(port, 'POST', '/echo');
  const poll = requestWriter(port, 'POST', '/wait');
  return {
    opening: () => open(),
    opened() {},
    poll: () => poll(),
    post: (count) => post(payload.repeat(count)),
    readPoll: messagesOf(payload.length),
    readPost: messagesOf(payload.length),
  };
}

/** @param {number} messageBytes @returns {import('./session.mjs').Reader} */
function messagesOf(messageBytes) {
  let seenBytes = 0;
  return {
    push(_bytes, start, end) {
      const before = Math.floor(seenBytes / messageBytes);
      seenBytes += end - start;
      return Math.floor(seenBytes / messageBytes) - before;
    },
    end() {},
  };
}

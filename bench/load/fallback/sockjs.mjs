/**
 * sockjs, xhr-polling and xhr-streaming: frames that end with a line feed, `o` (open), `h` (heartbeat), `a["…","…"]`
 * (messages) and `c[…]` (close).
 */
import { requestWriter } from './http-connection.mjs';

const QUOTE = 0x22;

let lastSession = 0;

/** @param {number} port @param {{ payload: string, streams: boolean }} options @returns {import('./session.mjs').Dialect} */
export function sockjs(port, { payload, streams }) {
  const base = `/sockjs/000/load${++lastSession}`;
  const open = requestWriter(port, 'POST', `${base}/xhr`);
  const poll = requestWriter(port, 'POST', `${base}/${streams ? 'xhr_streaming' : 'xhr'}`);
  const post = requestWriter(port, 'POST', `${base}/xhr_send`, { type: 'text/plain' });
  const message = JSON.stringify(payload);
  return {
    opening: () => open(),
    opened(body) {
      if (body !== 'o\n') throw new Error(`sockjs answered: ${body}`);
    },
    poll: () => poll(),
    post: (count) => post(`[${Array(count).fill(message).join(',')}]`),
    readPoll: quotedStrings(),
    readPost: { push: () => 0, end() {} },
  };
}

/** Counts strings that have no quotes in them. */
/** @returns {import('./session.mjs').Reader} */
function quotedStrings() {
  let isInString = false;
  return {
    push(bytes, start, end) {
      const part = bytes.subarray(start, end);
      let strings = 0;
      for (let at = part.indexOf(QUOTE); at >= 0; at = part.indexOf(QUOTE, at + 1)) {
        if (isInString) strings++;
        isInString = !isInString;
      }
      return strings;
    },
    end() {},
  };
}

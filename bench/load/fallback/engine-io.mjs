/**
 * engine.io, HTTP long polling: bodies of packets with 0x1e between them. The first character is a packet's type: `0` (open), `2`
 * (ping), `4` (message).
 */
import { requestWriter } from './http-connection.mjs';

const SEPARATOR = 0x1e;
const MESSAGE = 0x34;

/** @param {number} port @param {{ payload: string }} options @returns {import('./session.mjs').Dialect} */
export function engineIo(port, { payload }) {
  const path = '/engine.io/?EIO=4&transport=polling';
  const open = requestWriter(port, 'GET', path);
  let poll = open;
  let post = open;
  return {
    opening: () => open(),
    opened(body) {
      const { sid } = JSON.parse(body.slice(1));
      poll = requestWriter(port, 'GET', `${path}&sid=${sid}`);
      post = requestWriter(port, 'POST', `${path}&sid=${sid}`, { type: 'text/plain;charset=UTF-8' });
    },
    poll: () => poll(),
    post: (count) => post(Array(count).fill(`4${payload}`).join('\x1e')),
    readPoll: messagePackets(),
    readPost: { push: () => 0, end() {} },
  };
}

/** Counts those packets that are messages, when they begin. */
/** @returns {import('./session.mjs').Reader} */
function messagePackets() {
  let isFirstByte = true;
  return {
    push(bytes, start, end) {
      const part = bytes.subarray(start, end);
      let messages = 0;
      let at = 0;
      while (at < part.length) {
        if (isFirstByte && part[at] === MESSAGE) messages++;
        const separator = part.indexOf(SEPARATOR, at);
        isFirstByte = separator >= 0;
        at = isFirstByte ? separator + 1 : part.length;
      }
      return messages;
    },
    end() {
      isFirstByte = true;
    },
  };
}

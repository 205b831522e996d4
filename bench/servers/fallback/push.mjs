/** Pushes one text to many, again and again, as long as they are not behind. */

/** How many messages are pushed to each in one turn of the event loop. */
const PUSHED_PER_TURN = 100;
/** Nobody is given more who has so many waiting. */
export const PUSHED_AHEAD = 1000;

/** @typedef {{ send: (text: string) => void, isBehind: () => boolean }} Receiver */

/** @type {Set<Receiver>} */
const receivers = new Set();

/** @param {Receiver} receiver @param {string} text @returns {() => void} what ends it */
export function pushTo(receiver, text) {
  if (receivers.size === 0) setImmediate(turn, text);
  receivers.add(receiver);
  return () => receivers.delete(receiver);
}

/** @param {string} text */
function turn(text) {
  for (const receiver of receivers) {
    if (receiver.isBehind()) continue;
    for (let i = 0; i < PUSHED_PER_TURN; i++) receiver.send(text);
  }
  if (receivers.size > 0) setImmediate(turn, text);
}

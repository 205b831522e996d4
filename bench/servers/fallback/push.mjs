/**
 * Pushes one text to many, so many at once to each (`PushedTexts`): again as soon as what went before has left. So every answer to a
 * poll brings the same, whoever serves it. It looks whether something has left when a request has come, and does nothing while it
 * waits for that, since what it did would be the server's time.
 */

/** A stream takes more when its connection has room again, and no request tells, in ms. */
const LOOK_AGAIN_AFTER_MS = 1;

/** @typedef {{ text: string, atOnce: number }} PushedTexts the same text, so many times */
/** @typedef {{ send: (text: string) => void, isWaiting: () => boolean }} Receiver `isWaiting`: whether something has not left yet */

/** @type {Set<Receiver>} */
const receivers = new Set();
let isDue = false;
/** @type {NodeJS.Timeout | undefined} */
let timer;
/** @type {PushedTexts} */
let pushed = { text: '', atOnce: 0 };

/** @param {Receiver} receiver @param {PushedTexts} texts the same for all @returns {() => void} what ends it */
export function pushTo(receiver, texts) {
  pushed = texts;
  receivers.add(receiver);
  look();
  return () => receivers.delete(receiver);
}

/** From now on every request is a reason to look. @param {import('node:http').Server} http */
export function lookAfterRequests(http) {
  const { emit } = http;
  http.emit = function lookAfter(/** @type {string} */ event, /** @type {unknown[]} */ ...values) {
    if (event === 'request' && receivers.size > 0) look();
    return Reflect.apply(emit, http, [event, ...values]);
  };
}

function look() {
  if (isDue) return;
  isDue = true;
  clearTimeout(timer);
  setImmediate(turn);
}

function turn() {
  isDue = false;
  const { text, atOnce } = pushed;
  let hasPushed = false;
  for (const receiver of receivers) {
    if (receiver.isWaiting()) continue;
    for (let i = 0; i < atOnce; i++) receiver.send(text);
    hasPushed = true;
  }
  if (hasPushed) look();
  else if (receivers.size > 0) timer = setTimeout(look, LOOK_AGAIN_AFTER_MS);
}

/**
 * A worker of any kind that opens a socket for each URL it is told, and answers with what became of it on the port that came along. A module,
 * since a service worker may import in no other way.
 */
// @ts-expect-error: the test server has it there, the compiler does not
import * as client from '/client/index.mjs';
import { firstEcho } from './first-echo.mjs';

Object.assign(globalThis, { Holdfast: client });

/** @param {MessageEvent} event */
async function answer({ data, ports: [reply] }) {
  reply?.postMessage(await firstEcho({ url: data }));
}

addEventListener('message', answer);
// Of a shared worker.
addEventListener('connect', (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  if (port !== undefined) port.onmessage = answer;
});

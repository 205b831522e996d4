/**
 * A program that opens a socket for each URL that it reads, a line each, and says what became of it once it has closed. Then it ends by itself:
 * nothing of a socket that has closed may keep it running.
 */
import { createInterface } from 'node:readline';
import * as client from '@holdfast/client';
import { firstEcho } from '../pages/first-echo.mjs';

/** Of the socket that was made last. */
let closed = Promise.resolve();

class WebSocket extends client.WebSocket {
  /** @param {ConstructorParameters<typeof client.WebSocket>} args */
  constructor(...args) {
    super(...args);
    closed = new Promise((resolve) => this.addEventListener('close', () => resolve()));
  }
}
Object.assign(globalThis, { Holdfast: { ...client, WebSocket } });

for await (const url of createInterface(process.stdin)) {
  const seen = await firstEcho({ url });
  await closed;
  console.log(JSON.stringify(seen));
}

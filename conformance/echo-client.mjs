/**
 * The process under test where the client is examined: it connects where it is told to, and echoes. Started by
 * `client-process.mjs` with the name of the package.
 */
import { echo } from './echo.mjs';

/** @typedef {import('ws').ClientOptions & { closeTimeout?: number }} Options */

/**
 * As the endpoints of `echo-server.mjs` of the same names.
 *
 * @type {Readonly<Record<string, Options>>}
 */
const ENDPOINTS = {
  echo: { maxPayload: 64 * 1024 * 1024, perMessageDeflate: false },
  limited: { maxPayload: 1000, maxFragments: 8, perMessageDeflate: false },
  brisk: { closeTimeout: 300, perMessageDeflate: false },
  deflating: { maxPayload: 64 * 1024 * 1024, perMessageDeflate: { threshold: 0 } },
  deflatingLimited: { maxPayload: 1000, maxFragments: 8, perMessageDeflate: { threshold: 0 } },
  deflatingLong: { perMessageDeflate: true },
};

const { WebSocket } = /** @type {typeof import('ws')} */ (
  await import(process.argv[2] ?? '@holdfast/server')
);

/** @typedef {{ connect: string, endpoint: string } | { question: string }} Order */

process.on('message', (/** @type {Order} */ order) => {
  if ('question' in order) {
    // Behind what this process had to do when it was asked.
    setImmediate(() => process.send?.({ answer: order.question }));
    return;
  }
  const { pathname } = new URL(order.connect);
  echo(new WebSocket(order.connect, ENDPOINTS[order.endpoint]), pathname);
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });

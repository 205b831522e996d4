/**
 * Starts the lab: `node examples/lab/server.mjs`, or `npm start` at the top.
 *
 *   PORT  where to listen, 0 for any free port. Default 8080.
 *   HOST  on which address. Default: this machine alone.
 */
import { networkInterfaces } from 'node:os';
import { startLab } from './server/lab.mjs';

const DEFAULT_PORT = '8080';
const DEFAULT_HOST = '127.0.0.1';
const EVERY_ADDRESS = ['0.0.0.0', '::'];

/** How long connections may take to end before the process goes anyway, in ms. */
const GRACE_MS = 2000;

const host = process.env['HOST'] || DEFAULT_HOST;
const port = readPort(process.env['PORT'] || DEFAULT_PORT);
const lab = await startLab({ port, host }).catch(explain);

console.log(`Holdfast lab: ${addresses(host, lab.port).join('  ')}`);
console.log('Open it in two windows. Ctrl+C ends it.');

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    setTimeout(() => process.exit(0), GRACE_MS).unref();
    lab.close().then(
      () => process.exit(0),
      () => process.exit(0),
    );
  });
}

/** @param {string} text */
function readPort(text) {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0 && number <= 65_535) return number;
  return fail(`PORT must be a whole number from 0 to 65535, not "${text}".`);
}

/** @param {NodeJS.ErrnoException} error @returns {never} */
function explain(error) {
  if (error.code === 'EADDRINUSE') {
    return fail(
      `Port ${port} is taken. Choose another one: PORT=${port === 65_535 ? 8080 : port + 1} npm start`,
    );
  }
  if (error.code === 'EACCES')
    return fail(`Port ${port} needs more rights than this user has. Try PORT=8080.`);
  if (error.code === 'EADDRNOTAVAIL')
    return fail(`This machine has no address ${host}. Leave HOST out, or set it to 0.0.0.0.`);
  throw error;
}

/** @param {string} sentence @returns {never} */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** What to type into a browser, here and on a phone in the same network. @param {string} on @param {number} actualPort */
function addresses(on, actualPort) {
  if (!EVERY_ADDRESS.includes(on))
    return [`http://${on === DEFAULT_HOST ? 'localhost' : bracketed(on)}:${actualPort}/`];
  const outside = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => `http://${address}:${actualPort}/`);
  return [`http://localhost:${actualPort}/`, ...outside];
}

/** @param {string} address */
function bracketed(address) {
  return address.includes(':') ? `[${address}]` : address;
}

/**
 * The fault proxy's command line.
 *
 *   node e2e/faults/main.mjs --upstream 127.0.0.1:8080 [--host 127.0.0.1] [--port 0] [--control-port 0]
 *
 * Prints one line of JSON (host, port, controlPort, url, pid) when it listens, and runs until SIGINT, SIGTERM, a
 * POST to `/close` on its control port or, with `--exit-with-stdin`, the end of its standard input.
 */
import { parseArgs } from 'node:util';
import { createFaultProxy } from './src/proxy.mjs';

const USAGE =
  'usage: node main.mjs --upstream HOST:PORT [--host H] [--port N] [--control-port N] [--log-entries N] [--exit-with-stdin]';

/** `host:port`, the host in brackets where it is an IPv6 address. */
const AUTHORITY = /^(?:\[(?<v6>[^\]]+)\]|(?<name>[^:]+)):(?<port>\d+)$/;

const MAX_PORT = 65_535;

try {
  await main();
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${reason}\n${USAGE}\n`);
  process.exitCode = 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      upstream: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '0' },
      'control-port': { type: 'string', default: '0' },
      'log-entries': { type: 'string', default: '1000' },
      'exit-with-stdin': { type: 'boolean', default: false },
    },
  });
  const upstream = AUTHORITY.exec(values.upstream ?? '')?.groups;
  if (upstream === undefined) throw new Error('--upstream: must be HOST:PORT');
  const proxy = await createFaultProxy({
    upstreamHost: upstream['v6'] ?? upstream['name'] ?? '',
    upstreamPort: number('--upstream', upstream['port'] ?? '', MAX_PORT),
    host: values.host,
    port: number('--port', values.port, MAX_PORT),
    controlPort: number('--control-port', values['control-port'], MAX_PORT),
    logEntries: number('--log-entries', values['log-entries'], Number.MAX_SAFE_INTEGER),
  });
  const stop = () => void proxy.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // The proxy's own sockets keep the process alive; its standard input only tells when to end.
  if (values['exit-with-stdin']) process.stdin.on('end', stop).resume().unref?.();
  const { host, port, controlPort, url } = proxy;
  process.stdout.write(`${JSON.stringify({ host, port, controlPort, url, pid: process.pid })}\n`);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} max
 */
function number(name, text, max) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new Error(`${name}: must be a whole number up to ${max}`);
  return value;
}

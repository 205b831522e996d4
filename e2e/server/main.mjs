/**
 * The server process of the browser tests: the built server package as a user would run it, beside a plain listener that
 * serves the pages.
 *
 *   node e2e/server/main.mjs [--options JSON] [--port N] [--http2] [--exit-with-stdin]
 *
 * Prints one line of JSON (port, controlPort, url, pid) when it listens, and runs until SIGTERM or the end of its standard
 * input. What the server's application has seen is asked over the control port (control.mjs). With `--http2` it speaks HTTP/2
 * (and HTTP/1.1) over TLS, with a certificate made on the spot.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { parseArgs } from 'node:util';
import { WebSocketServer } from '@holdfast/server';
import { selfSignedCertificate } from '../../scripts/self-signed-certificate.mjs';
import { Application } from './application.mjs';
import { createControlServer } from './control.mjs';
import { servePage } from './pages.mjs';

const HOST = '127.0.0.1';

const { values } = parseArgs({
  options: {
    options: { type: 'string', default: '{}' },
    port: { type: 'string', default: '0' },
    http2: { type: 'boolean', default: false },
    'exit-with-stdin': { type: 'boolean', default: false },
  },
});

const application = new Application((...message) => webSocketServer.publish(...message));

const server = values.http2
  ? createSecureServer({ ...selfSignedCertificate(), allowHTTP1: true }, answer)
  : createServer(answer);
server.on('session', () => application.sawHttp2Session());
const webSocketServer = new WebSocketServer({
  server,
  path: '/socket',
  handleProtocols: (offered) => (offered.has('v2') ? 'v2' : false),
  ...JSON.parse(values.options),
});
webSocketServer.on('connection', (socket, request) => application.accept(socket, request));

const control = createControlServer(application);
const port = await listen(server, Number(values.port));
const scheme = values.http2 ? 'https' : 'http';
const controlPort = await listen(control, 0);
process.stdout.write(
  `${JSON.stringify({ port, controlPort, url: `${scheme}://${HOST}:${port}`, pid: process.pid })}\n`,
);

process.once('SIGTERM', stop);
if (values['exit-with-stdin']) process.stdin.on('end', stop).resume();

/**
 * @param {import('node:http').IncomingMessage | import('node:http2').Http2ServerRequest} request
 * @param {import('node:http').ServerResponse | import('node:http2').Http2ServerResponse} response
 */
function answer(request, response) {
  application.sawRequest(request);
  servePage(request, response);
}

/**
 * @param {import('node:net').Server} httpServer
 * @param {number} wanted 0: the system chooses
 * @returns {Promise<number>} the port
 */
async function listen(httpServer, wanted) {
  httpServer.listen(wanted, HOST);
  await once(httpServer, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (httpServer.address()).port;
}

function stop() {
  process.exit();
}

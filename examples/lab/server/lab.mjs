/**
 * The lab, put together:
 *
 *   browser ── public door: fault proxy ── loopback: one http server
 *                                            ├── GET  /…           the page
 *                                            ├── POST /lab/faults  the page's switches
 *                                            └── /lab              Holdfast
 *
 * The proxy knows which requests are a visitor's by `?visitor=` in their URL, which every transport keeps.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createFaultProxy } from '@holdfast/faults';
import { WebSocketServer } from '@holdfast/server';
import { MAX_MESSAGE_BYTES } from '../public/shared/limits.js';
import { createBoard } from './board.mjs';
import { createChat } from './chat.mjs';
import { createCountReport } from './count-report.mjs';
import { FaultDesk } from './fault-desk.mjs';
import { answerFaultRequest, FAULT_PATH } from './fault-route.mjs';
import { Hub } from './hub.mjs';
import { createPeople } from './people.mjs';
import { createPulse } from './pulse.mjs';
import { serveFiles } from './static-files.mjs';
import { createUpload } from './upload.mjs';
import { Visitors } from './visitors.mjs';

const PUBLIC_FOLDER = fileURLToPath(new URL('../public', import.meta.url));
const LOOPBACK = '127.0.0.1';

/**
 * @param {object} options
 * @param {number} options.port of the public door; 0: the system chooses
 * @param {string} options.host where the door listens
 * @returns {Promise<{ port: number, close: () => Promise<void> }>}
 * @throws what `listen` gives, `EADDRINUSE` above all
 */
export async function startLab({ port, host }) {
  const visitors = new Visitors();
  const httpServer = createServer();
  const upstreamPort = await listen(httpServer);
  const proxy = await createFaultProxy({ upstreamPort, host, port }).catch((cause) => {
    httpServer.close();
    throw cause;
  });
  const desk = new FaultDesk(proxy, (visitor) => visitors.isPresent(visitor));
  const serveFile = serveFiles(PUBLIC_FOLDER);
  // What is for Holdfast never comes here: it takes its own requests out before.
  httpServer.on('request', (request, response) => {
    const [pathname] = (request.url ?? '/').split('?', 1);
    const answer =
      pathname === FAULT_PATH ? answerFaultRequest(request, response, desk) : serveFile(request, response);
    answer.catch((error) => response.destroy(error));
  });

  const hub = new Hub(visitors, [
    createPeople(visitors),
    createChat(visitors),
    createBoard(visitors),
    createPulse(visitors),
    createUpload(),
    createCountReport(visitors),
  ]);
  const sockets = new WebSocketServer({ server: httpServer, path: '/lab', maxPayload: MAX_MESSAGE_BYTES });
  sockets.on('connection', (socket, request) => hub.accept(socket, request));

  return {
    port: proxy.port,
    async close() {
      desk.close();
      hub.close();
      sockets.close();
      await proxy.close();
      httpServer.close();
      httpServer.closeAllConnections();
    },
  };
}

/** @param {import('node:http').Server} server @returns {Promise<number>} the port that the system chose */
async function listen(server) {
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the http server has no port');
  return address.port;
}

/** @import { IncomingMessage } from 'node:http' */
/** @import { WebSocket, WebSocketServer } from '@holdfast/server' */

/**
 * Sends each message back as it came.
 *
 * @template {import('@holdfast/server').AnyServer} Server
 * @param {WebSocketServer<typeof WebSocket, typeof IncomingMessage, Server>} server
 */
export function echo(server) {
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}

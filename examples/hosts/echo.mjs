/**
 * Sends each message back as it came.
 *
 * @template {import('@holdfast/server').AnyServer} Server
 * @param {import('@holdfast/server').WebSocketServer<Server>} server
 */
export function echo(server) {
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}

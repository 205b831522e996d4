/**
 * Sends each message back as it came.
 *
 * @param {import('@holdfast/server').WebSocketServer} server
 */
export function echo(server) {
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
}

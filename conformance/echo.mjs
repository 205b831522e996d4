/** The application under test, whichever end it is: it echoes, closes when it is told to, and tells its parent how it was closed. */

/** What a close with these words in a message means for the application. Every other message is echoed. */
const CLOSE_COMMAND = /^please close(?: (\d+)(?: (.*))?)?$/;

/**
 * @param {import('ws').WebSocket} socket
 * @param {string} path of its URL
 */
export function echo(socket, path) {
  socket.on('message', (data, isBinary) => {
    const command = isBinary ? null : CLOSE_COMMAND.exec(data.toString());
    if (command === null) socket.send(data, { binary: isBinary });
    else socket.close(command[1] === undefined ? undefined : Number(command[1]), command[2]);
  });
  // What a peer does wrong is told by `error` first; the close that follows is what counts.
  socket.on('error', () => {});
  socket.on('close', (code, reason) => {
    process.send?.({ closed: path, code, reason: reason.toString() });
  });
}

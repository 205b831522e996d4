/**
 * An application that does what the page asks for by a text message, and echoes everything else. It needs the API of ws alone, so that every
 * server can run it.
 *
 *   !close [CODE [REASON]]   closes
 *   !terminate               cuts the connection
 *   !deaf MS CODE            reads nothing any more, and closes after so long
 *   !send COUNT BYTES        sends so many binary messages, each beginning with its number
 *   !last CODE COUNT BYTES   does that, and closes
 *   !cut COUNT BYTES         does that, and cuts the connection once they have left
 */

/**
 * @typedef {object} ServerSocket what is used of a socket of ws
 * @property {(data: any, options?: any, callback?: (error?: Error) => void) => void} send
 * @property {(code?: number, reason?: string) => void} close
 * @property {() => void} terminate
 * @property {() => void} pause
 */

/**
 * @param {ServerSocket} socket
 * @param {Buffer} data
 * @param {boolean} isBinary
 */
export function obey(socket, data, isBinary) {
  const [verb, ...words] = isBinary ? [] : data.toString().split(' ');
  const [first, second = 0, third = 0] = words.map(Number);
  if (verb === '!close') socket.close(first, words.slice(1).join(' '));
  else if (verb === '!terminate') socket.terminate();
  else if (verb === '!deaf') {
    socket.pause();
    setTimeout(() => socket.close(second), first);
  } else if (verb === '!send') sendMany(socket, Number(first), second);
  else if (verb === '!last') {
    sendMany(socket, second, third);
    socket.close(first);
  } else if (verb === '!cut') sendMany(socket, Number(first), second, () => socket.terminate());
  else socket.send(data, { binary: isBinary });
}

/**
 * @param {ServerSocket} socket
 * @param {number} count
 * @param {number} bytes of each
 * @param {() => void} [then] called once all of them have left
 */
function sendMany(socket, count, bytes, then) {
  for (let number = 0; number < count; number++) {
    const message = Buffer.alloc(bytes);
    message.writeUInt32BE(number);
    socket.send(message, { binary: true }, number === count - 1 ? then : undefined);
  }
}

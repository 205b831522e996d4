/**
 * The limit of this runtime: sockets of `node:net` that answer the opening handshake, and then send back the bytes they get,
 * masked as they are. It knows no frames.
 *
 *   node bare.mjs APPLICATION FRAME_BYTES
 *
 * APPLICATION is `echo` or `broadcast`; FRAME_BYTES is how long each frame is that asks for a broadcast.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { offerMeasurements } from './process.mjs';

/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

const [application, frameBytes = '0'] = process.argv.slice(2);

/** @type {Set<import('node:net').Socket>} */
const sockets = new Set();

const server = createServer({ noDelay: true }, (socket) => {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  socket.on('error', () => socket.destroy());
  let head = '';
  socket.on('data', function readHead(chunk) {
    head += chunk.toString('latin1');
    if (!head.endsWith('\r\n\r\n')) return;
    socket.off('data', readHead);
    socket.write(switchingProtocols(head));
    socket.on('data', application === 'broadcast' ? toAll : (bytes) => socket.write(bytes));
  });
});

/**
 * Unmasked, as a server sends it, since receivers count frames: the zeros in it are as good as any content.
 *
 * @param {Buffer} bytes
 */
function toAll(bytes) {
  const messages = Math.floor(bytes.length / Number(frameBytes));
  const frame = Buffer.alloc(Number(frameBytes) - 4);
  frame[0] = 0x81;
  frame[1] = frame.length - 2;
  const frames = Buffer.concat(Array.from({ length: messages }, () => frame));
  for (const socket of sockets) socket.write(frames);
}

/** @param {string} head */
function switchingProtocols(head) {
  const [, key = ''] = /^sec-websocket-key: *(\S+)/im.exec(head) ?? [];
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
offerMeasurements(port, () => sockets.size);

/** A server of socket.io, as its documentation has it: an acknowledgement, bytes, and a room that all are in. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { listen } from './listen.mjs';

const server = createServer();
const io = new Server(server);
io.on('connection', (socket) => {
  socket.join('room');
  socket.on('ask', (question, answer) => answer(`${question}!`));
  socket.on('bytes', (bytes) => socket.emit('bytes', Buffer.concat([bytes, bytes])));
  socket.on('say', (word) => io.to('room').emit('word', word));
});
await listen(server);

/** The application: what one says all hear. Vite runs it, and takes up what is edited here. */
import type { ConnectionListener } from '@holdfast/server/vite';

export const onConnection: ConnectionListener = (socket, _request, server) => {
  socket.subscribe('room');
  socket.send('Welcome');
  socket.on('message', (data) => server.publish('room', String(data)));
};

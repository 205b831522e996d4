/** The application: whoever connects is greeted, and what one says all hear. Vite runs it, and takes up what is edited here. */
import type { ConnectionListener } from '@holdfast/server/vite';
import { greeting } from './greeting.ts';

export const onConnection: ConnectionListener = (socket, _request, server) => {
  socket.subscribe('room');
  socket.send(greeting);
  socket.on('message', (data) => server.publish('room', String(data)));
};

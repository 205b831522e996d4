/** A server of express-ws, as its documentation has it: a route for sockets in an express app, with a parameter in its path. */
import express from 'express';
import expressWs from 'express-ws';

const { app } = expressWs(express());
app.ws('/echo/:name', (socket, request) => {
  socket.on('message', (data) => socket.send(`${request.params['name']}: ${data}`));
});
app.get('/hello', (_request, response) => {
  response.send('world');
});

const server = app.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`running on port ${port}`);
});

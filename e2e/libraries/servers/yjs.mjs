/**
 * A server of y-websocket, as its documentation has it for a server of one's own: the HTTP server is the WebSocketServer's too,
 * which therefore answers fallbacks. (y-websocket's own program gives it the upgrades alone.)
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
// @ts-expect-error Nobody has written down its types.
import { setupWSConnection } from 'y-websocket/bin/utils';
import { listen } from './listen.mjs';

const server = createServer((_request, response) => {
  response.end('A server of y-websocket');
});
new WebSocketServer({ server }).on('connection', setupWSConnection);
await listen(server);

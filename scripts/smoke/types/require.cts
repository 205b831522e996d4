/** What CommonJS programs in TypeScript say that ES modules do not; the rest is program.ts of the server's tests. */
import WebSocket = require('@holdfast/server');

const server: WebSocket.Server = new WebSocket.Server({ port: 0 });
const options: WebSocket.ServerOptions = { noServer: true };
const other: WebSocket.WebSocketServer = new WebSocket.WebSocketServer(options);
const socket: WebSocket = new WebSocket.WebSocket('ws://example.com');
server.on('connection', (connected: WebSocket, request) => connected.send(request.url ?? ''));
socket.on('message', (data: WebSocket.RawData) => data.toString());
WebSocket.createWebSocketStream(socket).pipe(process.stdout);
other.close();

/** The server's package in the place of ws, as a CommonJS module gets it: the class itself, and the rest on it. */
const assert = require('node:assert/strict');
const { echo } = require('./echo.cjs');

/** Here the compiler sees the sources, which are for `import`; types/require.cts is for what is built. */
/** @type {typeof import('@holdfast/server').WebSocket} */
const WebSocket = /** @type {any} */ (require('@holdfast/server'));

assert.equal(typeof WebSocket, 'function');
assert.equal(WebSocket.name, 'WebSocket');
assert.equal(WebSocket.WebSocket, WebSocket);
assert.equal(WebSocket.Server, WebSocket.WebSocketServer);
echo(WebSocket, WebSocket.Server, WebSocket.createWebSocketStream);

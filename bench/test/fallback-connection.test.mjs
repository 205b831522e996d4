import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openConnection } from '../load/fallback/http-connection.mjs';

/** @type {import('node:net').Server} */
let server;
/** @type {import('../load/fallback/http-connection.mjs').HttpConnection} */
let connection;

afterEach(() => {
  connection.close();
  server.close();
});

/**
 * What the load makes of an answer that comes in these pieces.
 *
 * @param {readonly string[]} pieces
 */
async function read(pieces) {
  server = createServer(async (socket) => {
    socket.setNoDelay();
    for (const piece of pieces) {
      // One piece a turn: each is a read of its own, or nearly always.
      await new Promise((resolve) => socket.write(piece, 'latin1', () => setImmediate(resolve)));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  connection = await openConnection(port);
  let body = '';
  await new Promise((resolve) => {
    connection.request('GET / HTTP/1.1\r\n\r\n', {
      onBody(bytes, start, end) {
        body += bytes.toString('latin1', start, end);
      },
      onEnd: () => resolve(undefined),
    });
  });
  return body;
}

describe('an HTTP connection of the load', () => {
  const answers = {
    'of a length': 'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world',
    'in chunks':
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
  };

  for (const [kind, answer] of Object.entries(answers)) {
    it(`reads a body ${kind}, in one piece`, async () => {
      expect(await read([answer])).toBe('hello world');
    });

    it(`reads a body ${kind}, byte by byte`, async () => {
      expect(await read([...answer])).toBe('hello world');
    });
  }

  it('reads answers without a body', async () => {
    expect(await read(['HTTP/1.1 204 No Content\r\n\r\n'])).toBe('');
  });
});

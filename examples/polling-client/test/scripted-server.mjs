/** A server that answers as a test says, to see what the client makes of it. It reads of a body only the wire messages. */

import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** @param {(statement: object, body: string) => string[] | undefined} answer undefined: none, for ever */
export async function scriptedServer(answer) {
  const server = createServer(async (incoming, outgoing) => {
    const body = Buffer.concat(await incoming.toArray()).toString('latin1');
    const statement = JSON.parse(/~attach (\{.*?\})/.exec(body)[1]);
    const messages = answer(statement, body);
    if (messages !== undefined) outgoing.end(Buffer.concat(messages.map(frame)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: server.address().port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** @param {string} text of less than 65536 bytes */
function frame(text) {
  const payload = Buffer.from(text);
  const { length } = payload;
  return Buffer.concat([
    Buffer.from(length < 126 ? [0x81, length] : [0x81, 126, length >> 8, length]),
    payload,
  ]);
}

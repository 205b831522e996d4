/** Where a library's server listens: on a port that the system chooses, told to the test in one line. */
import { once } from 'node:events';

/** @param {import('node:http').Server} server */
export async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`running on port ${port}`);
}

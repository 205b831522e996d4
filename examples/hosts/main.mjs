/** What `node express.mjs` does beyond importing it: starts the host on PORT (default 8080), and says where it is. */
import { Server as TlsServer } from 'node:tls';

/** @typedef {import('node:http').Server | import('node:https').Server | import('node:http2').Http2SecureServer} Server */

/**
 * @param {ImportMeta} meta of the host's file
 * @param {(port: number) => Promise<Server>} start
 */
export async function main(meta, start) {
  if (process.argv[1] !== meta.filename) return; // imported, by a test
  const server = await start(Number(process.env['PORT'] ?? 8080));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`${server instanceof TlsServer ? 'https' : 'http'}://127.0.0.1:${port}`);
}

/**
 * An HTTP proxy on a port of its own that passes requests on to another port, and loses some: the request, so that
 * the server never sees it, or the answer, so that the server has done it all. Either way the client's connection breaks.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * @param {number} target the server's port
 * @param {(count: number) => 'request' | 'answer' | 'nothing'} loses what is lost of the first request, the second ...
 */
export async function failingProxy(target, loses) {
  let count = 0;
  const proxy = createServer((incoming, outgoing) => {
    count += 1;
    const lost = loses(count);
    if (lost === 'request') return incoming.socket.destroy();
    const { method, url: path, headers } = incoming;
    const passedOn = request({ port: target, method, path, headers });
    passedOn.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passedOn.destroy());
    passedOn.on('response', (answer) => {
      answer.on('error', () => outgoing.destroy());
      if (lost === 'answer') return answer.resume().on('end', () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    incoming.pipe(passedOn);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  return {
    port: proxy.address().port,
    count: () => count,
    close: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

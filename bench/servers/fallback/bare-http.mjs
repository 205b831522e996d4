/** The limit: what a `node:http` server answers that knows no sessions, with no header that it does not add by itself. */
/** @type {import('./main.mjs').Serve} */
export function serveBareHttp(http, { push }) {
  let waiting = 0;
  const pushed = Buffer.from(push?.text.repeat(push.atOnce) ?? '');
  http.on('request', (request, response) => {
    if (request.url === '/wait' && push === undefined) {
      waiting++;
      response.on('close', () => waiting--);
      request.resume();
      return;
    }
    /** @type {Buffer[]} */
    const body = [];
    request.on('data', (chunk) => body.push(chunk));
    request.on('end', () => {
      response.end(request.url === '/wait' ? pushed : body[0]);
    });
  });
  return { sessions: () => waiting, endAll() {} };
}

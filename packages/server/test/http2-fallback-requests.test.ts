/** The requests of fallbacks, where HTTP/2 makes a difference: many on one connection, streams that are cut, :authority for Host. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import {
  createServer,
  type Http2Server,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { BatchReader, control, SESSION_PARAMETER } from '@holdfast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from '../src/server.ts';
import type { ServerOptions } from '../src/server-options.ts';
import type { WebSocket } from '../src/websocket.ts';
import { body, readWire, SESSION, statement } from './holdfast-requests.ts';
import { Http2Client, type ResponseHeaders } from './http2-client.ts';
import { RawHttp2Client } from './raw-http2.ts';

/** RFC 9113 §7. */
const CANCEL = 8;

type Http2Options = ServerOptions<typeof WebSocket, typeof IncomingMessage, Http2Server>;

let http: Http2Server;
let client: Http2Client;
let session: ServerHttp2Session;
let authority: string;
const sockets: WebSocket[] = [];

async function start(options: Http2Options = {}): Promise<void> {
  http = createServer((_request, response) => response.end('the application'));
  const server = new WebSocketServer({ server: http, path: '/chat', ...options });
  server.on('connection', (socket) => sockets.push(socket));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  authority = `127.0.0.1:${(http.address() as AddressInfo).port}`;
  const connected = once(http, 'session');
  client = await Http2Client.connect(`http://${authority}`);
  [session] = (await connected) as [ServerHttp2Session];
}

afterEach(async () => {
  sockets.length = 0;
  client.destroy();
  session.destroy();
  await new Promise((resolve) => http.close(resolve));
});

const post = (id = SESSION, headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders => ({
  ':method': 'POST',
  ':path': `/chat?${SESSION_PARAMETER}=${id}`,
  ...headers,
});

async function say(...args: Parameters<typeof body>): Promise<string[]> {
  const answer = await client.ask(post(args[0].session), body(...args));
  expect(answer.status).toBe(200);
  return readWire(answer.body);
}

const attached = (attach: number, received: number): string =>
  `attached {"attach":${attach},"received":${received}}`;

describe('a request of a fallback over HTTP/2', () => {
  it('opens a session, carries messages, and closes it', async () => {
    await start();
    expect((await say(statement()))[0]).toMatch(/^attached {"attach":1,"received":0,"protocol":""/);
    const message = once(sockets[0] as WebSocket, 'message');
    expect(await say(statement({ received: 0 }), control('from', 0), 'hello')).toEqual([attached(1, 1)]);
    expect(String((await message)[0])).toBe('hello');
    sockets[0]?.send('hi');
    expect(await say(statement({ received: 0, answer: 'hold' }))).toEqual([attached(1, 1), '0:hi']);
    const closed = once(sockets[0] as WebSocket, 'close');
    await say(statement({ received: 1 }), control('from', 1), '~close 4000 done');
    expect(await closed).toEqual([4000, Buffer.from('done')]);
  });

  it('waits beside many others on the same connection, and holds up none', async () => {
    await start();
    const ids = Array.from({ length: 150 }, (_, index) => `session-number-${1000 + index}`);
    const held = ids.map((id) => client.ask(post(id), body(statement({ session: id, answer: 'hold' }))));
    while (sockets.length < ids.length) await new Promise((resolve) => setImmediate(resolve));
    expect((await client.ask({ ':path': '/page' })).body.toString()).toBe('the application');
    for (const [index, socket] of sockets.entries()) socket.send(`number ${index}`);
    const answers = await Promise.all(held);
    const said = answers.map((answer) => readWire(answer.body)[1]);
    expect(new Set(said).size).toBe(ids.length);
    expect(said).toEqual(ids.map((_, index) => `0:number ${index}`));
  });

  it('streams batches', async () => {
    await start();
    const stream = client.request(post());
    stream.end(body(statement({ answer: 'stream' })));
    const batch = new BatchReader(1_000_000);
    stream.on('data', (chunk: Buffer) => batch.push(chunk));
    const next = async (): Promise<string> => {
      for (;;) {
        const message = batch.next();
        if (message !== undefined) return Buffer.from(message.data).toString();
        await once(stream, 'data');
      }
    };
    expect(await next()).toMatch(/^~attached /);
    for (const text of ['a', 'b', 'c']) {
      sockets[0]?.send(text);
      let said = await next();
      if (said.startsWith('~from ')) said = await next();
      expect(said).toBe(text);
    }
    stream.close();
  });

  it('gets a document for an iframe, to the origin that :authority allows', async () => {
    await start();
    const form = `body=${encodeURIComponent(Buffer.from(body(statement())).toString('base64'))}`;
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const own = await client.ask(post(SESSION, { ...type, origin: `http://${authority}` }), form);
    expect(own.status).toBe(200);
    expect(own.body.toString()).toContain(`parent.postMessage('holdfast '+d,"http://${authority}")`);
    const foreign = await client.ask(post(SESSION, { ...type, origin: 'http://other.example' }), form);
    expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });

  it('is detached when its stream is reset, and a message waits for the next', async () => {
    await start();
    const stream = client.request(post());
    stream.end(body(statement({ answer: 'hold' })));
    await once(stream, 'response');
    const [socket] = sockets as [WebSocket];
    expect(socket.transport).toBe('long-polling');
    stream.close();
    while (socket.transport !== null) await new Promise((resolve) => setImmediate(resolve));
    socket.send('late');
    expect(await say(statement({ received: 0, attach: 2, answer: 'hold' }))).toEqual([
      attached(2, 0),
      '0:late',
    ]);
  });

  it.each([
    ['its stream is reset', (raw: RawHttp2Client, streamId: number) => raw.sendReset(streamId, CANCEL)],
    ['the connection breaks', (raw: RawHttp2Client) => raw.socket.resetAndDestroy()],
  ])('counts for nothing where %s, though what has come is whole messages', async (_where, cut) => {
    await start();
    await say(statement());
    const whole = Buffer.from(body(statement({ received: 0 }), control('from', 0), 'first', 'second'));
    const cutAt = whole.indexOf('second') - 2;
    const over = new Promise((resolve) => {
      http.on('stream', (stream) => stream.on('close', resolve));
    });
    const raw = await RawHttp2Client.connect(Number(new URL(`http://${authority}`).port));
    const streamId = raw.sendHeaders([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':authority', authority],
      [':path', `/chat?${SESSION_PARAMETER}=${SESSION}`],
    ]);
    raw.sendData(streamId, whole.subarray(0, cutAt));
    await raw.ping();
    cut(raw, streamId);
    await over;
    raw.socket.destroy();
    expect(await say(statement({ received: 0 }))).toEqual([attached(1, 0)]);
  });

  it.each<[what: string, options: Http2Options, headers: OutgoingHttpHeaders, status: number]>([
    ['too long', {}, { 'content-length': 10_000_000 }, 413],
    ['too slow', { bodyTimeoutMs: 20 }, {}, 408],
  ])('is refused where its body is %s, while it still comes in', async (_what, options, headers, status) => {
    await start(options);
    const stream = client.request(post(SESSION, headers));
    stream.write('x');
    const [response] = (await once(stream, 'response')) as [ResponseHeaders];
    expect(response[':status']).toBe(status);
    stream.resume();
    await once(stream, 'end');
    stream.close();
    expect((await client.ask({ ':path': '/' })).status).toBe(200);
  });

  it('is refused when it is no POST', async () => {
    await start();
    const answer = await client.ask({ ':path': `/chat?${SESSION_PARAMETER}=${SESSION}` });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});

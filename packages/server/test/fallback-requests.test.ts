import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BatchReader, control, decodeUtf8, WireReader } from '@holdfast/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from '../src/index.ts';
import type { ServerOptions } from '../src/server-options.ts';
import {
  body,
  inWords,
  listen,
  readWire,
  SECRET,
  SESSION,
  shutDown,
  statement,
} from './holdfast-requests.ts';
import { RawClient } from './raw-client.ts';

let server: Server;
let url: string;
const sockets: WebSocket[] = [];

/** The least that a server takes as its limit. */
const LEAST_BODY_BYTES = 131_072;

type RequestBody = Uint8Array<ArrayBuffer> | string | URLSearchParams;

async function start(options: ServerOptions = {}): Promise<WebSocketServer> {
  server = createServer((_request, response) => response.end('the application'));
  const wss = new WebSocketServer({ server, path: '/chat', ...options });
  wss.on('connection', (socket) => sockets.push(socket));
  ({ url } = await listen(server));
  return wss;
}

afterEach(async () => {
  sockets.length = 0;
  await shutDown(server);
});

const sessionUrl = (): string => `${url}/chat?holdfast=${SESSION}`;

function post(bytes: RequestBody, init: RequestInit = {}): Promise<Response> {
  return fetch(sessionUrl(), { method: 'POST', body: bytes, ...init });
}

async function say(...args: Parameters<typeof body>): Promise<string[]> {
  const response = await post(body(...args));
  expect(response.status).toBe(200);
  return readWire(new Uint8Array(await response.arrayBuffer()));
}

/** Reads an answer that stays open, message by message. */
function reading(response: Response): () => Promise<string | undefined> {
  const batch = new BatchReader(1_000_000);
  const wire = new WireReader(undefined, decodeUtf8);
  const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
  return async () => {
    for (;;) {
      const message = batch.next();
      const event = message && wire.read(message.data, message.binary);
      if (event !== undefined) return inWords(event);
      if (message !== undefined) continue;
      const { done, value } = await chunks.read();
      if (done) return undefined;
      batch.push(value);
    }
  };
}

const attached = (attach: number, received: number): string =>
  `attached {"attach":${attach},"received":${received}}`;

describe('a request that wants to be answered now', () => {
  it('creates the session once, however often it is repeated', async () => {
    await start();
    const [answer] = await say(statement());
    expect(answer).toMatch(/^attached {"attach":1,"received":0,"protocol":"","expiryMs":30000,/);
    expect(await say(statement())).toEqual([answer]);
    expect(sockets).toHaveLength(1);
  });

  it('is a GET for the application, as an opening handshake is: routers find it', async () => {
    const methods: unknown[] = [];
    const wss = await start({ verifyClient: ({ req }) => methods.push(req.method) > 0 });
    wss.on('connection', (_socket, request) => methods.push(request.method));
    await say(statement());
    expect(methods).toEqual(['GET', 'GET']);
  });

  it('emits no headers: it has no 101', async () => {
    const wss = await start();
    const headers = vi.fn();
    wss.on('headers', headers);
    await say(statement());
    expect(sockets).toHaveLength(1);
    expect(headers).not.toHaveBeenCalled();
  });

  it('carries messages, and is answered with the count', async () => {
    await start();
    await say(statement());
    const received: string[] = [];
    sockets[0]?.on('message', (data, isBinary) => received.push(`${data}${isBinary ? ' binary' : ''}`));
    const messages = [control('from', 0), 'a', '~~b', new Uint8Array([99])];
    expect(await say(statement({ received: 0 }), ...messages)).toEqual([attached(1, 3)]);
    expect(await say(statement({ received: 0 }), ...messages)).toEqual([attached(1, 3)]);
    expect(received).toEqual(['a', '~b', 'c binary']);
  });

  it('brings what the application says to it, in one answer', async () => {
    const wss = await start();
    wss.on('connection', (socket) => {
      socket.send('welcome');
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
    expect((await say(statement())).slice(1)).toEqual(['0:welcome']);
    const held = await post(body(statement({ received: 1, answer: 'hold' })));
    const next = reading(held);
    await next();
    expect(await say(statement({ received: 1 }), control('from', 0), 'a', 'b')).toEqual([
      attached(1, 2),
      '1:a',
      '2:b',
    ]);
    // Not acknowledged by now, the answer may have been lost, or be late.
    sockets[0]?.send('c');
    expect([await next(), await next(), await next(), await next()]).toEqual([
      '1:a',
      '2:b',
      '3:c',
      undefined,
    ]);
  });

  it('brings nothing while something else is on its way to the client', async () => {
    await start();
    await say(statement());
    sockets[0]?.send('a');
    expect(await say(statement({ received: 0, answer: 'hold' }))).toEqual([attached(1, 0), '0:a']);
    sockets[0]?.send('b');
    expect(await say(statement({ received: 0 }))).toEqual([attached(1, 0)]);
    expect(await say(statement({ received: 1 }))).toEqual([attached(1, 0), '1:b']);
    // The same once more: it is delivered twice, or the answer to it was lost.
    expect(await say(statement({ received: 1 }))).toEqual([attached(1, 0), '1:b']);
    // A client that has not got the answer attaches anew.
    const again = { received: 1, attach: 2, answer: 'hold' } as const;
    expect(await say(statement(again))).toEqual([attached(2, 0), '1:b']);
  });

  it('brings again, to a new attach, what an older one may have lost', async () => {
    await start();
    await say(statement());
    sockets[0]?.send('a');
    expect(await say(statement({ received: 0, answer: 'hold' }))).toEqual([attached(1, 0), '0:a']);
    expect(await say(statement({ attach: 2, received: 0 }))).toEqual([attached(2, 0), '0:a']);
  });

  it('brings nothing that would be much to send again', async () => {
    await start();
    await say(statement());
    sockets[0]?.send('x'.repeat(16 * 1024));
    expect(await say(statement({ received: 0 }))).toEqual([attached(1, 0)]);
  });

  it('chooses the subprotocol when the session is created', async () => {
    await start({ handleProtocols: (offered) => [...offered].at(-1) ?? false });
    const [answer] = await say(statement({ protocols: ['v1', 'v2'] }));
    expect(answer).toContain('"protocol":"v2"');
    expect(sockets[0]?.protocol).toBe('v2');
  });

  it('closes the session with its numbered close', async () => {
    await start();
    await say(statement());
    const closed = new Promise((resolve) => {
      sockets[0]?.on('close', (code, reason) => resolve(`${code} ${reason}`));
    });
    const ours = '0:close 3001 enough';
    expect(await say(statement({ received: 0 }), control('from', 0), '~close 3001 enough')).toEqual([
      attached(1, 1),
      ours,
    ]);
    expect(await closed).toBe('3001 enough');
    expect(await say(statement({ received: 0, attach: 2, answer: 'hold' }))).toEqual([attached(2, 1), ours]);
    expect(await say(statement({ received: 1, attach: 2 }))).toEqual([attached(2, 1)]);
    expect(await say(statement({ received: 1, attach: 2 }))).toEqual(['gone']);
  });
});

describe('a held request', () => {
  it('says attached at once, then one batch, and ends', async () => {
    await start();
    await say(statement());
    const next = reading(await post(body(statement({ received: 0, answer: 'hold' }))));
    expect(await next()).toBe(attached(1, 0));
    expect(sockets[0]?.transport).toBe('long-polling');
    sockets[0]?.send('a');
    sockets[0]?.send('b');
    expect([await next(), await next(), await next()]).toEqual(['0:a', '1:b', undefined]);
  });

  it('is answered at once where messages wait, and again with those not acknowledged', async () => {
    await start();
    await say(statement());
    sockets[0]?.send('a');
    sockets[0]?.send('b');
    const hold = { received: 0, answer: 'hold' } as const;
    expect(await say(statement(hold))).toEqual([attached(1, 0), '0:a', '1:b']);
    expect(await say(statement({ ...hold, received: 1 }))).toEqual([attached(1, 0), '1:b']);
  });

  it('brings what is sent before the turn of the event loop ends, as one piece of known length', async () => {
    await start();
    await say(statement());
    const [socket] = sockets as [WebSocket];
    const sendWhenAttached = () => {
      if (socket.transport === null) setImmediate(sendWhenAttached);
      else socket.send('a');
    };
    sendWhenAttached();
    const response = await post(body(statement({ received: 0, answer: 'hold' })));
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(readWire(bytes)).toEqual([attached(1, 0), '0:a']);
    expect(response.headers.get('content-length')).toBe(`${bytes.length}`);
  });

  it('ends when the time is over for which the client lets it hang', async () => {
    await start();
    await say(statement());
    expect(await say(statement({ received: 0, answer: 'hold', holdMs: 1 }))).toEqual([attached(1, 0)]);
  });

  it('is superseded by the next one, and by a newer attach', async () => {
    await start();
    await say(statement());
    const first = reading(await post(body(statement({ received: 0, answer: 'hold' }))));
    await first();
    const second = reading(await post(body(statement({ received: 0, answer: 'hold' }))));
    await second();
    expect(await first()).toBe('superseded 1');
    await say(statement({ received: 0, attach: 2 }));
    expect(await second()).toBe('superseded 2');
    expect(await say(statement({ received: 0, attach: 1 }))).toEqual(['superseded 2']);
  });

  it('detaches the session when the client goes away, and a message waits for the next', async () => {
    await start();
    await say(statement());
    const abort = new AbortController();
    const response = await post(body(statement({ received: 0, answer: 'hold' })), { signal: abort.signal });
    expect(response.status).toBe(200);
    abort.abort();
    await expect.poll(() => sockets[0]?.transport).toBe(null);
    sockets[0]?.send('a');
    expect(await say(statement({ received: 0, answer: 'hold' }))).toEqual([attached(1, 0), '0:a']);
  });

  it('ends with gone when the application terminates the socket', async () => {
    await start();
    await say(statement());
    const next = reading(await post(body(statement({ received: 0, answer: 'hold' }))));
    await next();
    sockets[0]?.terminate();
    expect([await next(), await next()]).toEqual(['gone', undefined]);
  });
});

describe('an application that has paused, over HTTP', () => {
  const LONG = 'x'.repeat(30_000);

  it.each(['hold', 'stream'] as const)(
    'ends a body that was asked for with %s, and says so in the next',
    async (answer) => {
      await start();
      await say(statement());
      sockets[0]?.pause();
      const ask = { received: 0, answer } as const;
      const first = reading(await post(body(statement(ask))));
      expect(await first()).toBe(attached(1, 0));
      const sent = statement({ received: 0 });
      const paused = `attached {"attach":1,"received":5,"paused":true}`;
      expect(await say(sent, control('from', 0), LONG, LONG, LONG, LONG, LONG)).toEqual([paused]);
      expect(await first()).toBeUndefined();

      const second = reading(await post(body(statement(ask))));
      expect(await second()).toBe(paused);
      sockets[0]?.resume();
      expect(await second()).toBeUndefined();
      const third = reading(await post(body(statement(ask))));
      expect(await third()).toBe(attached(1, 5));
      sockets[0]?.send('a');
      expect(await third()).toBe('0:a');
    },
  );

  it('tells a new client too', async () => {
    const wss = await start();
    wss.on('connection', (socket) => socket.pause());
    const messages = [control('from', 0), LONG, LONG, LONG, LONG, LONG];
    const [answer] = await say(statement(), ...messages);
    expect(answer).toMatch(/^attached {"attach":1,"received":5,"paused":true,"protocol":"",/);
  });
});

describe('a session that is ended for want of room', () => {
  it('is told so on the request that hangs, and to whoever comes later', async () => {
    await start({ maxBufferedBytes: 100 });
    await say(statement());
    const held = reading(await post(body(statement({ received: 0, answer: 'hold' }))));
    expect(await held()).toBe(attached(1, 0));
    sockets[0]?.send('x'.repeat(101));
    const gone = 'gone 1008 More than 100 bytes wait';
    expect(await held()).toBe(gone);
    expect(await say(statement({ received: 0, attach: 2 }))).toEqual([gone]);
    expect(await say(statement({ secret: 'another-secret-0123456789' }))).toEqual([gone]);
  });
});

describe('a streamed request', () => {
  it('stays open for many batches', async () => {
    await start();
    await say(statement());
    const next = reading(await post(body(statement({ received: 0, answer: 'stream' }))));
    await next();
    for (const [number, data] of ['a', 'b', 'c'].entries()) {
      sockets[0]?.send(data);
      expect(await next()).toBe(`${number}:${data}`);
    }
  });

  it('ends, and says why, when nothing of a batch is acknowledged', async () => {
    await start();
    await say(statement());
    const next = reading(await post(body(statement({ received: 0, answer: 'stream' }))));
    await next();
    sockets[0]?.send('a');
    expect([await next(), await next(), await next()]).toEqual(['0:a', 'stalled', undefined]);
  });
});

describe('an iframe', () => {
  const form = (bytes: Uint8Array): URLSearchParams =>
    new URLSearchParams({ body: Buffer.from(bytes).toString('base64') });

  it('gets a document that posts each chunk to the exact origin, under a nonce', async () => {
    await start();
    const response = await post(form(body(statement())), { headers: { Origin: url } });
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy') ?? '';
    const nonce = /^default-src 'none'; connect-src 'self'; script-src 'nonce-([\w+/=]{24})'$/.exec(
      policy,
    )?.[1];
    const html = await response.text();
    expect(html).toContain(`parent.postMessage('holdfast '+d,"${url}")`);
    const scripts = [...html.matchAll(/<script nonce="([^"]+)">(.*?)<\/script>/g)];
    expect(new Set(scripts.map(([, given]) => given))).toEqual(new Set([nonce]));
    const chunks = scripts.flatMap(([, , source]) => /^p\('(.*)'\)$/.exec(source ?? '')?.[1] ?? []);
    expect(chunks.at(-1)).toBe('.');
    const [said] = readWire(Buffer.concat(chunks.slice(0, -1).map((chunk) => Buffer.from(chunk, 'base64'))));
    expect(said).toMatch(/^attached /);
  });

  it.each(['a=b', 'body=AA&body=AA', 'body=AA&x=1', 'body=<>', ''])(
    'is refused with the form %j',
    async (data) => {
      await start();
      const headers = { Origin: url, 'Content-Type': 'application/x-www-form-urlencoded' };
      expect((await post(data, { headers })).status).toBe(400);
    },
  );

  it('may not send more in base64 than raw', async () => {
    await start({ maxBodyBytes: LEAST_BODY_BYTES });
    expect(
      (await post(form(new Uint8Array(LEAST_BODY_BYTES + 1)), { headers: { Origin: url } })).status,
    ).toBe(413);
  });

  it('is refused without an Origin to post to', async () => {
    await start();
    expect((await post(form(body(statement())))).status).toBe(403);
  });

  it.each(['</script><script>alert(1)', "x'+alert(1)+'", 'null'])(
    'is refused with the Origin %s',
    async (origin) => {
      await start({ origins: () => true });
      expect((await post(form(body(statement())), { headers: { Origin: origin } })).status).toBe(403);
    },
  );
});

describe('a request that is not welcome', () => {
  it('is refused from a foreign origin, without permission to read the answer', async () => {
    await start();
    const response = await post(body(statement()), { headers: { Origin: 'https://evil.example' } });
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBe(null);
    expect(sockets).toHaveLength(0);
  });

  it('is served from an origin that is listed, which may read the answer', async () => {
    await start({ origins: ['https://app.example'] });
    const response = await post(body(statement()), { headers: { Origin: 'https://app.example' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(response.headers.get('access-control-allow-credentials')).toBe('true');
  });

  it('is refused by verifyClient as a handshake is', async () => {
    await start({ verifyClient: (_info, callback) => callback(false, 402, 'Pay first') });
    const response = await post(body(statement()));
    expect([response.status, await response.text()]).toEqual([402, 'holdfast: Pay first\n']);
  });

  it('is refused where there are too many sessions', async () => {
    await start({ maxSessions: 0 });
    expect((await post(body(statement()))).status).toBe(503);
  });

  it('is answered gone by a wrong secret and an unknown session', async () => {
    await start();
    expect(await say(statement({ received: 0 }))).toEqual(['gone']);
    await say(statement({ attach: 1 }));
    expect(await say(statement({ secret: `${SECRET}x` }))).toEqual(['gone']);
  });
});

describe('a request that is wrong', () => {
  const cases: [what: string, status: number, bytes: RequestBody][] = [
    ['an empty body', 400, ''],
    ['a body that is no frames', 400, 'hello, world'],
    ['a masked frame', 400, Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5])],
    ['a fragmented frame', 400, Buffer.from([0x01, 0x01, 0x41])],
    ['a control frame', 400, Buffer.from([0x89, 0x00])],
    ['no attach first', 400, Buffer.from([0x81, 0x01, 0x41])],
    ['a cut body', 400, body(statement()).slice(0, -1)],
    ['an attach that is no JSON', 400, Buffer.concat([Buffer.from([0x81, 0x0a]), Buffer.from('~attach {]')])],
    [
      'another version',
      400,
      Buffer.from(body(statement())).toString('latin1').replace('"version":1', '"version":2'),
    ],
    ['the session of another URL', 400, body(statement({ session: 'another-session-0123' }))],
    ['an invalid close code', 400, body(statement(), control('from', 0), '~close 1006')],
    ['a fragment without a number', 400, body(statement(), 'a')],
    ['a gap in the numbers', 400, body(statement(), control('from', 3), 'a')],
    ['more acknowledged than was sent', 400, body(statement({ received: 3 }))],
    ['more acknowledged than was sent, in a hold', 400, body(statement({ received: 3, answer: 'hold' }))],
    ['a subprotocol that is no token', 400, body(statement({ protocols: ['a b'] }))],
    ['text that is not UTF-8', 400, Buffer.concat([body(statement()), Buffer.from([0x81, 0x01, 0xff])])],
  ];

  it.each(cases)('%s is answered with %i and a reason', async (_what, status, bytes) => {
    await start();
    await say(statement());
    const response = await post(bytes);
    expect([response.status, await response.text()]).toEqual([
      status,
      expect.stringMatching(/^holdfast: .+\n$/),
    ]);
    expect(await say(statement({ received: 0 }))).toEqual([attached(1, 0)]);
  });

  it.each([
    ['a gap behind a fragment', [control('from', 0), 'a', control('from', 5), 'b']],
    ['an impossible acknowledgement behind a fragment', [control('from', 0), 'a', control('ack', 99)]],
    ['a question that is no count behind a fragment', [control('from', 0), 'a', control('ask', 'what')]],
  ])('%s is refused before anything of the body is applied', async (_what, messages) => {
    await start();
    await say(statement());
    const received: string[] = [];
    sockets[0]?.on('message', (data) => received.push(String(data)));
    expect((await post(body(statement({ received: 0, attach: 9 }), ...messages))).status).toBe(400);
    expect(received).toEqual([]);
    expect(await say(statement({ received: 0, attach: 1 }))).toEqual([attached(1, 0)]);
  });

  it('is refused with more fragments than a client may put in one body', async () => {
    await start({ maxBodyBytes: LEAST_BODY_BYTES });
    await say(statement());
    const messages = [control('from', 0), ...Array.from({ length: 5600 }, () => new Uint8Array(0))];
    expect((await post(body(statement({ received: 0 }), ...messages))).status).toBe(413);
    expect(await say(statement({ received: 0 }))).toEqual([attached(1, 0)]);
  });

  it('is refused when its body is too long, before it is read', async () => {
    await start({ maxBodyBytes: LEAST_BODY_BYTES });
    const response = await post(new Uint8Array(LEAST_BODY_BYTES + 1));
    expect(response.status).toBe(413);
  });

  it('is refused so that the client can read it, though its body is still coming in', async () => {
    await start({ maxBodyBytes: LEAST_BODY_BYTES });
    const client = await RawClient.connect(Number(new URL(url).port));
    const errors: Error[] = [];
    client.socket.on('error', (error) => errors.push(error));
    const head = `POST /chat?holdfast=${SESSION} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n`;
    client.write(head);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 413 /);
    client.write('x'.repeat(1_000_000));
    client.socket.end();
    expect(await client.readToEnd()).toContain(`longer than ${LEAST_BODY_BYTES} bytes`);
    expect(errors).toEqual([]);
  });

  it('is refused when its body comes too slowly', async () => {
    await start({ bodyTimeoutMs: 20 });
    const status = await new Promise((resolve) => {
      const slow = httpRequest(sessionUrl(), { method: 'POST', headers: { 'Content-Length': 10 } });
      slow.on('response', (response) => resolve(response.statusCode)).on('error', resolve);
      slow.write('x');
    });
    expect(status).toBe(408);
  });

  it('is refused where shouldHandle promises and says no, also for a session that lives', async () => {
    const wss = await start();
    await say(statement());
    wss.shouldHandle = (): Promise<boolean> => Promise.resolve(false);
    const refused = await post(body(statement({ received: 0 }), control('from', 0), 'a'));
    expect(refused.status).toBe(404);
    expect(sockets).toHaveLength(1);
    wss.shouldHandle = (): Promise<boolean> => Promise.resolve(true);
    expect(await say(statement({ received: 0 }), control('from', 0), 'a')).toEqual([attached(1, 1)]);
  });

  it('is asked for by shouldHandle once', async () => {
    const wss = await start();
    let asked = 0;
    wss.shouldHandle = (): Promise<boolean> => {
      asked++;
      return Promise.resolve(true);
    };
    await say(statement());
    expect(asked).toBe(1);
  });

  it('is refused when it is no POST', async () => {
    await start();
    const response = await fetch(sessionUrl());
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('the other listeners of the HTTP server', () => {
  it('see every other request, and none of ours', async () => {
    await start();
    const seen: (string | undefined)[] = [];
    server.on('request', (request) => seen.push(request.url));
    expect(await (await fetch(`${url}/chat`)).text()).toBe('the application');
    expect(await (await fetch(`${url}/other?holdfast=${SESSION}`)).text()).toBe('the application');
    await say(statement());
    expect(seen).toEqual(['/chat', `/other?holdfast=${SESSION}`]);
  });

  it('see all but what belongs to a living session while the WebSocketServer is closing', async () => {
    const wss = await start();
    await say(statement());
    const closed = new Promise<void>((resolve) => wss.close(() => resolve()));
    const message = new Promise((resolve) => sockets[0]?.on('message', (data) => resolve(String(data))));
    expect(await say(statement({ received: 0 }), control('from', 0), 'a')).toEqual([attached(1, 1)]);
    expect(await message).toBe('a');
    const other = await fetch(`${url}/chat?holdfast=another-session-0123`, { method: 'POST' });
    expect(await other.text()).toBe('the application');
    sockets[0]?.close(1001);
    expect(await say(statement({ received: 0, answer: 'hold' }))).toEqual([attached(1, 1), '0:close 1001']);
    await say(statement({ received: 1 }), control('from', 1), '~close 1001');
    await closed;
    expect(await (await post(body(statement()))).text()).toBe('the application');
  });

  it('see all again once the WebSocketServer is closed', async () => {
    const wss = await start();
    await new Promise<void>((resolve) => wss.close(() => resolve()));
    expect(await (await post(body(statement()))).text()).toBe('the application');
  });
});

describe('a server that compresses', () => {
  const compressing: ServerOptions = { perMessageDeflate: { threshold: 100 } };
  const LONG = 'a long text, '.repeat(5000);

  /** The answer as it stands on the wire. */
  function ask(
    bytes: Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<{ response: IncomingMessage; next(): Promise<Buffer | undefined>; all(): Promise<Buffer> }> {
    return new Promise((resolve, reject) => {
      const request = httpRequest(sessionUrl(), { method: 'POST', headers }, (response) => {
        const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
        const next = async (): Promise<Buffer | undefined> => {
          const { done, value } = await chunks.next();
          return done ? undefined : value;
        };
        const all = async (): Promise<Buffer> => {
          const parts: Buffer[] = [];
          for (let part = await next(); part !== undefined; part = await next()) parts.push(part);
          return Buffer.concat(parts);
        };
        resolve({ response, next, all });
      });
      request.on('error', reject).end(bytes);
    });
  }

  it('answers with gzip whoever takes it, and says that it depends on that', async () => {
    await start(compressing);
    const gzip = await ask(body(statement()), { 'Accept-Encoding': 'gzip, deflate' });
    expect(gzip.response.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'Origin, Accept-Encoding',
    });
    const [answer] = readWire(gunzipSync(await gzip.all()));
    const plain = await ask(body(statement()));
    expect(plain.response.headers).not.toHaveProperty('content-encoding');
    expect(plain.response.headers).toMatchObject({ vary: 'Origin, Accept-Encoding' });
    expect(readWire(await plain.all())).toEqual([answer]);
  });

  it('does not unless it is told to', async () => {
    await start();
    const { response } = await ask(body(statement()), { 'Accept-Encoding': 'gzip' });
    expect(response.headers).toMatchObject({ vary: 'Origin' });
    expect(response.headers).not.toHaveProperty('content-encoding');
  });

  it('compresses what is long', async () => {
    await start(compressing);
    await say(statement());
    sockets[0]?.send(LONG);
    const { all } = await ask(body(statement({ received: 0, answer: 'hold' })), {
      'Accept-Encoding': 'gzip',
    });
    const bytes = await all();
    expect(bytes.length).toBeLessThan(LONG.length / 20);
    const said = readWire(gunzipSync(bytes)).slice(1);
    expect(said.map((each) => each.replace(/^\d+:/, '')).join('')).toBe(LONG);
  });

  it('streams messages that fetch reads one by one', async () => {
    await start(compressing);
    await say(statement());
    const response = await post(body(statement({ received: 0, answer: 'stream' })));
    expect(response.headers.get('content-encoding')).toBe('gzip');
    const next = reading(response);
    expect(await next()).toBe(attached(1, 0));
    for (const [number, text] of [
      'short',
      LONG.slice(0, 5000),
      'short again',
      LONG.slice(0, 30_000),
    ].entries()) {
      sockets[0]?.send(text);
      expect(await next()).toBe(`${number}:${text}`);
    }
  });

  it('ends a document of scripts, compressed, with its last script', async () => {
    await start(compressing);
    const form = new URLSearchParams({ body: Buffer.from(body(statement())).toString('base64') });
    const response = await post(form, { headers: { Origin: url } });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect((await response.text()).trimEnd()).toMatch(/p\('\.'\)<\/script>$/);
  });

  it('refuses in plain text', async () => {
    await start(compressing);
    const { response, all } = await ask(Buffer.from('nonsense'), { 'Accept-Encoding': 'gzip' });
    expect([response.statusCode, response.headers['content-encoding']]).toEqual([400, undefined]);
    expect((await all()).toString()).toMatch(/^holdfast: /);
  });

  describe('and is sent a compressed body', () => {
    const GZIP = { 'Content-Encoding': 'gzip' };

    it('takes gzip', async () => {
      await start(compressing);
      await say(statement());
      const received: string[] = [];
      sockets[0]?.on('message', (data) => received.push(String(data)));
      const bytes = gzipSync(body(statement({ received: 0 }), control('from', 0), LONG));
      const { response, all } = await ask(bytes, GZIP);
      expect([response.statusCode, readWire(await all())]).toEqual([200, [attached(1, 1)]]);
      expect(received).toEqual([LONG]);
    });

    it('takes a compressed form', async () => {
      await start(compressing);
      const form = new URLSearchParams({ body: Buffer.from(body(statement())).toString('base64') });
      const type = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: url };
      const { response } = await ask(gzipSync(form.toString()), { ...GZIP, ...type });
      expect(response.statusCode).toBe(200);
      expect(sockets).toHaveLength(1);
    });

    it.each<[what: string, status: number, bytes: Uint8Array, headers: Record<string, string>]>([
      ['what is no gzip', 400, Buffer.from('nonsense'), GZIP],
      ['half of it', 400, gzipSync(body(statement())).subarray(0, 40), GZIP],
      [
        'what is inflated to more than a body may be',
        413,
        gzipSync(Buffer.alloc(LEAST_BODY_BYTES + 1)),
        GZIP,
      ],
      ['a bomb', 413, gzipSync(Buffer.alloc(100_000_000)), GZIP],
      ['another coding', 415, body(statement()), { 'Content-Encoding': 'br' }],
      [
        'a coding upon another',
        415,
        gzipSync(gzipSync(body(statement()))),
        { 'Content-Encoding': 'gzip, gzip' },
      ],
    ])('refuses %s with %s %s', async (_what, status, bytes, headers) => {
      await start({ ...compressing, maxBodyBytes: LEAST_BODY_BYTES });
      const { response } = await ask(bytes, headers);
      expect(response.statusCode).toBe(status);
      expect(response.headers['accept-encoding']).toBe(status === 415 ? 'gzip' : undefined);
      expect(sockets).toEqual([]);
    });

    it('takes none where it does not compress', async () => {
      await start();
      const { response } = await ask(gzipSync(body(statement())), GZIP);
      expect([response.statusCode, response.headers['accept-encoding']]).toEqual([415, 'identity']);
      expect((await ask(body(statement()), { 'Content-Encoding': 'identity' })).response.statusCode).toBe(
        200,
      );
    });
  });
});

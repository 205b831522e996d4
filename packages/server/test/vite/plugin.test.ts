import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpAttach } from '@holdfast/protocol';
import { createLogger, createServer, type InlineConfig, preview, type ViteDevServer } from 'vite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket as WsClient } from 'ws';
import { selfSignedCertificate } from '../../../../scripts/self-signed-certificate.mjs';
import { type HoldfastOptions, holdfast } from '../../src/vite/index.ts';
import { body, readWire, SESSION, statement } from '../holdfast-requests.ts';
import { Http2Client } from '../http2-client.ts';
import { RawClient, upgradeRequest } from '../raw-client.ts';

const ECHO = `
import { answer } from './answer';
interface Message { toString(): string }
export function onConnection(socket: any, request: { url: string }): void {
  socket.on('message', (data: Message) => socket.send(answer(data.toString(), request.url)));
}
`;
const ANSWER = 'export const answer = (data: string, url: string): string => url + " says " + data;\n';

let root: string;
/** What Vite's log has shown. */
let errors: string[];
const closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-vite-'));
  errors = [];
  write('socket.ts', ECHO);
  write('answer.ts', ANSWER);
  write('index.html', '<!doctype html><title>A page of Vite</title>');
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  rmSync(root, { recursive: true });
});

function write(file: string, content: string): void {
  writeFileSync(join(root, file), content);
}

function config(options: Partial<HoldfastOptions>, more: InlineConfig = {}): InlineConfig {
  const customLogger = createLogger('silent');
  customLogger.error = (message) => void errors.push(message);
  return {
    root,
    configFile: false,
    customLogger,
    optimizeDeps: { noDiscovery: true },
    plugins: [holdfast({ path: '/socket', ...options })],
    ...more,
    server: { host: '127.0.0.1', port: 0, ...more.server },
    preview: { host: '127.0.0.1', port: 0, ...more.preview },
  };
}

interface Running {
  readonly vite: ViteDevServer;
  readonly port: number;
}

async function startDev(
  options: Partial<HoldfastOptions> = { module: './socket.ts' },
  more: InlineConfig = {},
): Promise<Running> {
  const vite = await createServer(config(options, more));
  closing.push(() => vite.close());
  await vite.listen();
  return { vite, port: portOf(vite.httpServer) };
}

function portOf(server: { address(): unknown } | null): number {
  if (server === null) throw new Error('Vite has no HTTP server');
  return (server.address() as AddressInfo).port;
}

async function connect(port: number, options: ClientOptions = {}, scheme = 'ws'): Promise<WsClient> {
  const client = new WsClient(`${scheme}://127.0.0.1:${port}/socket`, options);
  await once(client, 'open');
  return client;
}

async function ask(client: WsClient, question: string): Promise<string> {
  client.send(question);
  return String((await once(client, 'message'))[0]);
}

async function closed(client: WsClient): Promise<string> {
  const [code, reason] = await once(client, 'close');
  return `${code} ${reason}`;
}

function post(port: number, attach: HttpAttach, ...messages: string[]): Promise<Response> {
  const url = `http://127.0.0.1:${port}/socket?holdfast=${SESSION}`;
  return fetch(url, { method: 'POST', body: body(attach, ...messages) });
}

/** The errors of the log, once there are some. */
async function logged(): Promise<string> {
  while (errors.length === 0) await new Promise((resolve) => setImmediate(resolve));
  return errors.join('\n');
}

describe('the plugin in a development server', () => {
  it('serves sockets on its path by the module, which may be TypeScript and import others', async () => {
    const { port } = await startDev();
    expect(await ask(await connect(port), 'hello')).toBe('/socket says hello');
  });

  it('serves fallbacks there', async () => {
    const { port } = await startDev();
    await post(port, statement(), '~from 0', 'hello');
    const held = await post(port, statement({ attach: 2, received: 0, answer: 'hold', holdMs: 5000 }));
    const said = readWire(new Uint8Array(await held.arrayBuffer()));
    expect(said.at(-1)).toBe(`0:/socket?holdfast=${SESSION} says hello`);
  });

  it('leaves the pages, the socket and the other upgrades of Vite alone', async () => {
    const { vite, port } = await startDev();
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('A page of Vite');
    const ping = new WsClient(`ws://127.0.0.1:${port}/`, 'vite-ping');
    expect(await closed(ping)).toBe('1000 ');

    vite.httpServer?.on('upgrade', (request, socket) => {
      if (request.url === '/elsewhere') socket.end('HTTP/1.1 418 Somebody else\r\n\r\n');
    });
    const client = await RawClient.connect(port);
    client.write(upgradeRequest({}, 'GET /elsewhere HTTP/1.1'));
    expect(await client.readToEnd()).toMatch(/^HTTP\/1.1 418 /);
  });

  it('takes an application from the config, and gives it the server', async () => {
    const { port } = await startDev({
      onConnection(socket, request, server) {
        socket.subscribe('all');
        socket.on('message', (data) => server.publish('all', `${request.url}: ${data}`));
      },
    });
    const [one, other] = [await connect(port), await connect(port)];
    const heard = once(other, 'message');
    expect(await ask(one, 'hello')).toBe('/socket: hello');
    expect(String((await heard)[0])).toBe('/socket: hello');
  });

  it.each([
    [
      'the module',
      'socket.ts',
      ECHO.replace('answer(', 'new_answer(').replace('{ answer }', '{ answer as new_answer }'),
    ],
    ['what it imports', 'answer.ts', ANSWER],
  ])(
    'takes up a change of %s: sockets are closed with 1012, the next are served anew',
    async (_, file, content) => {
      const { port } = await startDev();
      const client = await connect(port);
      expect(await ask(client, 'hello')).toBe('/socket says hello');
      const end = closed(client);
      write('answer.ts', ANSWER.replace(' says ', ' now says '));
      if (file === 'socket.ts') write(file, content);
      expect(await end).toBe('1012 The application has changed');
      expect(await ask(await connect(port), 'hello')).toBe('/socket now says hello');
    },
  );

  it('keeps its sockets when something else is changed', async () => {
    write('main.ts', 'export const page = 1;\n');
    const { vite, port } = await startDev();
    await vite.transformRequest('/main.ts');
    const client = await connect(port);
    expect(await ask(client, 'hello')).toBe('/socket says hello');
    const changed = once(vite.watcher, 'change');
    write('main.ts', 'export const page = 2;\n');
    await changed;
    expect(await ask(client, 'still there')).toBe('/socket says still there');
  });

  it('is served by a module whose mistake was corrected', async () => {
    write('answer.ts', 'export const answer = ;\n');
    const { port } = await startDev();
    expect(await closed(await connect(port))).toBe('1011 The application has failed: see the log of Vite');
    expect(await logged()).toMatch(/answer\.ts/);
    write('answer.ts', ANSWER);
    // When the watcher has seen it, a socket stays.
    for (;;) {
      const client = await connect(port);
      const answer = await Promise.race([ask(client, 'hello'), closed(client)]);
      if (answer === '/socket says hello') break;
      expect(answer).toMatch(/^101[12] /);
    }
  });

  it.each([
    ['that exports no listener', 'export const other = 1;', /socket\.ts exports no function "onConnection"/],
    [
      'that throws',
      'interface Nothing {}\n\nexport function onConnection(): void {\n  throw new Error("out of order");\n}\n',
      /out of order\n.*socket\.ts:/,
    ],
    [
      'that rejects',
      'export async function onConnection() {\n  await 1;\n  throw "out of order";\n}\n',
      /out of order/,
    ],
    [
      'whose listener throws',
      'interface Nothing {}\n\nexport const onConnection = (socket: any) =>\n  socket.on("message", () => { throw new Error("out of order"); });\n',
      /out of order\n.*socket\.ts:/,
    ],
  ])('shows the failure of a module %s, and closes with 1011', async (_, content, shown) => {
    write('socket.ts', content);
    const { port } = await startDev();
    const client = await connect(port);
    client.send('hello');
    expect(await closed(client)).toBe('1011 The application has failed: see the log of Vite');
    expect(await logged()).toMatch(shown);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  });

  it('goes on after a restart of Vite, without the sockets of before', async () => {
    const { vite, port } = await startDev();
    const client = await connect(port);
    const before = vite.httpServer;
    const end = closed(client);
    await vite.restart();
    expect(await end).toBe('1006 ');
    expect(vite.httpServer).not.toBe(before);
    expect(portOf(vite.httpServer)).toBe(port);
    expect(await ask(await connect(port), 'hello')).toBe('/socket says hello');
  });

  it('serves over TLS, where Vite speaks HTTP/2', async () => {
    const certificate = selfSignedCertificate();
    const { port } = await startDev(undefined, { server: { https: certificate } });
    const client = await connect(port, { ca: certificate.cert }, 'wss');
    expect(await ask(client, 'hello')).toBe('/socket says hello');

    const origin = `https://127.0.0.1:${port}`;
    const http2 = await Http2Client.connect(origin, { ca: certificate.cert });
    closing.unshift(() => Promise.resolve(http2.destroy()));
    const fallback = { ':method': 'POST', ':path': `/socket?holdfast=${SESSION}`, origin };
    const { status, body: answer } = await http2.ask(fallback, body(statement()));
    expect([status, readWire(answer)[0]]).toEqual([200, expect.stringMatching(/^attached /)]);
  });

  it('refuses upgrades for hosts that Vite does not allow', async () => {
    const { port } = await startDev(undefined, { server: { allowedHosts: ['app.test'] } });
    const respond = async (Host: string): Promise<string> => {
      const client = await RawClient.connect(port);
      client.write(upgradeRequest({ Host, Origin: `http://${Host}` }, 'GET /socket HTTP/1.1'));
      const head = await client.readHead();
      client.socket.destroy();
      return head;
    };
    expect(await respond(`evil.test:${port}`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await respond(`app.test:${port}`)).toMatch(/^HTTP\/1.1 101 /);
  });

  it('closes with Vite', async () => {
    const { vite, port } = await startDev();
    const end = closed(await connect(port));
    await vite.close();
    expect(await end).toBe('1006 ');
  });
});

describe('the plugin in middleware mode', () => {
  it('says what is missing where Vite knows no HTTP server', async () => {
    await expect(
      createServer(config({ module: './socket.ts' }, { server: { middlewareMode: true, ws: false } })),
    ).rejects.toThrow(/set "server.middlewareMode" to \{ server \}/);
  });

  it('joins the server that Vite was given, and lets it go', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const middlewareMode = { server };
    const vite = await createServer(
      config({ module: './socket.ts' }, { server: { middlewareMode, ws: false } }),
    );
    server.on('request', vite.middlewares);
    const client = await connect(portOf(server));
    expect(await ask(client, 'hello')).toBe('/socket says hello');
    expect((await post(portOf(server), statement())).status).toBe(200);
    const restarted = closed(client);
    await vite.restart();
    expect(await restarted).toBe('1006 ');
    expect(server.listenerCount('upgrade')).toBe(1);
    const again = await connect(portOf(server));
    expect(await ask(again, 'hello')).toBe('/socket says hello');

    const end = closed(again);
    await vite.close();
    expect(await end).toBe('1006 ');
    expect(server.listenerCount('upgrade')).toBe(0);
    server.closeAllConnections();
    server.close();
  });
});

describe('the plugin in a preview', () => {
  it.each<[string, Partial<HoldfastOptions>]>([
    ['its module', { module: './socket.ts' }],
    [
      'the application of the config',
      { onConnection: (socket) => socket.on('message', (data) => socket.send(`/socket says ${data}`)) },
    ],
  ])('serves by %s, and closes with it', async (_, options) => {
    const vite = await preview(config(options));
    closing.push(() => vite.close());
    const port = portOf(vite.httpServer);
    const client = await connect(port);
    expect(await ask(client, 'hello')).toBe('/socket says hello');
    expect((await post(port, statement())).status).toBe(200);
    const end = closed(client);
    await vite.close();
    expect(await end).toBe('1006 ');
  });
});

describe('holdfast', () => {
  it.each<[string, HoldfastOptions]>([
    ['no path', { module: './socket.ts' } as HoldfastOptions],
    ['a path without a slash', { path: 'socket', module: './socket.ts' }],
    ['no application', { path: '/socket' }],
    ['two applications', { path: '/socket', module: './socket.ts', onConnection: () => {} }],
  ])('throws where it is given %s', (_, options) => {
    expect(() => holdfast(options)).toThrow(TypeError);
  });

  it('has no part in a build', () => {
    expect(holdfast({ path: '/socket', module: './socket.ts' }).apply).toBe('serve');
  });
});

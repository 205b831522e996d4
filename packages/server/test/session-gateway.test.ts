import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { control, formatToken, TOKEN_PREFIX } from '@holdfast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket as Peer } from 'ws';
import { type WebSocket, WebSocketServer } from '../src/index.ts';
import type { ServerOptions } from '../src/server-options.ts';
import { body, listen, SECRET, SESSION, shutDown, statement } from './holdfast-requests.ts';

let server: Server;
let url: string;
const sockets: WebSocket[] = [];
const peers: Peer[] = [];

async function start(options: ServerOptions = {}): Promise<void> {
  server = createServer((_request, response) => response.end('the application'));
  const wss = new WebSocketServer({ server, ...options });
  wss.on('connection', (socket) => sockets.push(socket));
  ({ url } = await listen(server));
}

afterEach(async () => {
  sockets.length = 0;
  for (const peer of peers.splice(0)) peer.terminate();
  await shutDown(server);
});

function connect(protocols: string[], options: ClientOptions = {}): Peer {
  const peer = new Peer(url.replace('http', 'ws'), protocols, options);
  peers.push(peer);
  return peer;
}

/** A client that offers an attach, and what it is told, one after the other. */
class AttachingPeer {
  readonly socket: Peer;
  private readonly said: string[] = [];
  private readonly waiting: ((said: string) => void)[] = [];

  constructor(attach: number, received: number | null, protocols: string[] = []) {
    const token = formatToken({ session: SESSION, secret: SECRET, attach, received });
    this.socket = connect([...protocols, token]);
    this.socket.on('message', (data) => this.hear(String(data)));
    this.socket.on('close', (code, reason) => this.hear(`closed ${code} ${reason}`.trim()));
    this.socket.on('error', (error) => this.hear(error.message));
  }

  next(): Promise<string> {
    const said = this.said.shift();
    return said === undefined ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(said);
  }

  send(...messages: string[]): void {
    for (const message of messages) this.socket.send(message);
  }

  private hear(said: string): void {
    const waiting = this.waiting.shift();
    if (waiting === undefined) this.said.push(said);
    else waiting(said);
  }
}

const attached = (attach: number, received: number): string =>
  `~attached {"attach":${attach},"received":${received}}`;

describe('an attach in the opening handshake', () => {
  it('creates a session, selects the token, and names the application subprotocol', async () => {
    await start();
    const peer = new AttachingPeer(1, null, ['chat']);
    expect(await peer.next()).toMatch(/^~attached {"attach":1,"received":0,"protocol":"chat"/);
    expect(peer.socket.protocol.startsWith(TOKEN_PREFIX)).toBe(true);
    expect(sockets.map(({ protocol, transport }) => [protocol, transport])).toEqual([['chat', 'websocket']]);
  });

  it('resumes the session where the other connection ended, with no second connection event', async () => {
    await start();
    const first = new AttachingPeer(1, null);
    await first.next();
    sockets[0]?.send('a');
    sockets[0]?.send('b');
    await first.next();
    first.socket.terminate();
    const second = new AttachingPeer(2, 1);
    expect([await second.next(), await second.next()]).toEqual([attached(2, 0), 'b']);
    expect(sockets).toHaveLength(1);
  });

  it('is told gone where there is no such session, and the connection ends', async () => {
    await start();
    const peer = new AttachingPeer(1, 0);
    expect([await peer.next(), await peer.next()]).toEqual(['~gone', 'closed 1000']);
  });

  it('is refused with 1013 where there are too many sessions', async () => {
    await start({ maxSessions: 0 });
    expect(await new AttachingPeer(1, null).next()).toBe('closed 1013 Too many sessions');
  });

  it('that cannot be parsed fails the connection with 1002', async () => {
    await start();
    const peer = connect([`${TOKEN_PREFIX}nonsense`]);
    const [code] = await once(peer, 'close');
    expect(code).toBe(1002);
  });

  it('is no attach where fallbacks are off', async () => {
    await start({ fallbacks: false });
    const peer = new AttachingPeer(1, null, ['chat']);
    await once(peer.socket, 'open');
    expect(peer.socket.protocol).toBe('chat');
    const response = await fetch(`${url}/?holdfast=${SESSION}`, { method: 'POST', body: body(statement()) });
    expect(await response.text()).toBe('the application');
  });
});

describe('an attach over a connection that is open', () => {
  it('takes over from its own older statement, and is not told that it was superseded', async () => {
    await start();
    const peer = new AttachingPeer(1, null);
    await peer.next();
    peer.send('~attach {"attach":2,"received":0}');
    sockets[0]?.send('a');
    const said = [await peer.next(), await peer.next()];
    expect(said.filter((text) => text.startsWith('~'))).toEqual([attached(2, 0)]);
  });

  it('that only proves the path is told superseded, and then attaches in earnest', async () => {
    await start();
    await fetch(`${url}/?holdfast=${SESSION}`, { method: 'POST', body: body(statement({ attach: 3 })) });
    const peer = new AttachingPeer(0, 0);
    expect(await peer.next()).toBe('~superseded 3');
    peer.send('ignored', '~attach {"attach":4,"received":0}');
    expect(await peer.next()).toBe(attached(4, 0));
    const message = once(sockets[0] as WebSocket, 'message');
    peer.send('a');
    expect(String((await message)[0])).toBe('a');
  });

  it('that cannot be parsed fails the connection, and the session lives on', async () => {
    await start();
    const peer = new AttachingPeer(1, null);
    await peer.next();
    peer.send('~attach nonsense');
    expect(await peer.next()).toMatch(/^closed 1002 /);
    expect(await new AttachingPeer(2, 0).next()).toBe(attached(2, 0));
  });
});

describe('a client that states its attach again and again, and does not read', () => {
  it('is cut off before its answers fill the memory', async () => {
    await start();
    const peer = new AttachingPeer(1, null);
    await peer.next();
    peer.socket.pause();
    const closed = once(peer.socket, 'close');
    const flood = (): void => {
      while (peer.socket.readyState === Peer.OPEN && peer.socket.bufferedAmount < 65_536) {
        peer.send('~attach {"attach":1,"received":null}');
      }
      if (peer.socket.readyState === Peer.OPEN && sockets[0]?.transport !== null) setImmediate(flood);
      else peer.socket.resume();
    };
    flood();
    expect((await closed)[0]).toBe(1006);
  });
});

describe('a connection that is not attached any more', () => {
  it('is told so, and what it says is ignored', async () => {
    await start();
    const older = new AttachingPeer(1, null);
    await older.next();
    const newer = new AttachingPeer(2, 0);
    expect([await older.next(), await newer.next()]).toEqual(['~superseded 2', attached(2, 0)]);
    const received: string[] = [];
    sockets[0]?.on('message', (data) => received.push(String(data)));
    older.send('from the older');
    older.socket.close();
    await older.next();
    newer.send('from the newer', '~ack 0');
    await expect.poll(() => received).toEqual(['from the newer']);
  });
});

describe('messages of a session on a connection', () => {
  it('break the protocol with an acknowledgement of what was never sent: 1002, and the session detaches', async () => {
    await start();
    const peer = new AttachingPeer(1, null);
    await peer.next();
    peer.send('~ack 5');
    expect(await peer.next()).toMatch(/^closed 1002 /);
    expect(sockets[0]?.readyState).toBe(Peer.OPEN);
    expect(sockets[0]?.transport).toBe(null);
  });

  it('have the limit of the application for the whole, not for each fragment', async () => {
    await start({ maxPayload: 1024 });
    const peer = new AttachingPeer(1, null);
    await peer.next();
    const received: number[] = [];
    sockets[0]?.on('message', (data) => received.push((data as Buffer).length));
    sockets[0]?.on('error', () => {});
    peer.send('x'.repeat(1024), 'x'.repeat(1025));
    expect(await peer.next()).toBe('~close 1009');
    expect(received).toEqual([1024]);
  });

  it('end with the numbered close, acknowledged, before the connection is closed', async () => {
    await start();
    const peer = new AttachingPeer(1, null);
    await peer.next();
    sockets[0]?.close(3000, 'done');
    expect(await peer.next()).toBe('~close 3000 done');
    peer.send('~ack 1', '~close 3000 done');
    expect([await peer.next(), await peer.next()]).toEqual(['~ack 1', 'closed 1000']);
  });

  it('are pinged and ponged as on a bare connection', async () => {
    await start();
    const peer = new AttachingPeer(1, null);
    await peer.next();
    const pong = once(sockets[0] as WebSocket, 'pong');
    sockets[0]?.ping('data');
    expect(await peer.next()).toBe(control('ping', 'ZGF0YQ=='));
    peer.send('~pong ZGF0YQ==');
    expect(String((await pong)[0])).toBe('data');
    peer.send('~ping eA==');
    expect(await peer.next()).toBe('~pong eA==');
  });
});

describe('a connection that falls silent', () => {
  it('is pinged, and given up when it does not answer; the session only detaches', async () => {
    await start({ keepaliveMs: 20 });
    const peer = new Peer(
      url.replace('http', 'ws'),
      [formatToken({ session: SESSION, secret: SECRET, attach: 1, received: null })],
      { autoPong: false },
    );
    await once(peer, 'ping');
    const [code] = await once(peer, 'close');
    expect(code).toBe(1006);
    expect(sockets[0]?.readyState).toBe(Peer.OPEN);
  });
});

describe('the client script', () => {
  it('is not found where this package was not built, and no error of the server', async () => {
    await start({ path: '/chat' });
    for (const script of ['holdfast.js', 'holdfast.legacy.js']) {
      const response = await fetch(`${url}/chat/${script}`);
      expect([response.status, await response.text()]).toEqual([404, 'holdfast: no client script here\n']);
    }
  });

  it('leaves what only looks like one to the application', async () => {
    await start({ path: '/chat' });
    for (const path of ['/chat/holdfast.old.js', '/chat/toString', '/holdfast.js', '/chat/x/holdfast.js']) {
      const response = await fetch(`${url}${path}`);
      expect(await response.text(), path).not.toContain('holdfast: no client script here');
    }
  });
});

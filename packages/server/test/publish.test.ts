import { EventEmitter, once } from 'node:events';
import { OPCODE_BINARY, OPCODE_PING, OPCODE_TEXT } from '@holdfast/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type PublishOptions, publish } from '../src/publish.ts';
import { SocketLink } from '../src/socket-link.ts';
import { Topics } from '../src/topics.ts';
import type { WebSocket } from '../src/websocket.ts';
import { closeAll, listen } from './beside-ws.ts';
import { body, readWire, SESSION, statement } from './holdfast-requests.ts';
import { clientFrame, RawClient } from './raw-client.ts';
import { RecordingChannel } from './recording-channel.ts';

afterEach(closeAll);

/** A receiver without a network. */
class Receiver {
  readonly channel = new RecordingChannel();
  readonly link: SocketLink;

  constructor(topics?: Topics<SocketLink>) {
    const socket = Object.assign(new EventEmitter(), { binaryType: 'nodebuffer' as const });
    this.link = new SocketLink(socket, this.channel, '', topics);
  }

  /** As `except` has it. */
  get socket(): WebSocket {
    return this.link.socket as unknown as WebSocket;
  }
}

function receivers(count: number): { all: Receiver[]; links: Set<SocketLink> } {
  const all = Array.from({ length: count }, () => new Receiver());
  return { all, links: new Set(all.map(({ link }) => link)) };
}

describe('publish', () => {
  it('encodes the message once for all', () => {
    const { all, links } = receivers(3);
    expect(publish(links, 'news', {})).toBe(3);
    const messages = all.flatMap(({ channel }) => channel.published);
    expect(messages.length).toBe(3);
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toMatchObject({ binary: false, compress: true });
    expect(messages[0]?.payload.toString()).toBe('news');
  });

  it.each<[what: string, data: Parameters<typeof publish>[1], options: PublishOptions, binary: boolean]>([
    ['text', 'news', {}, false],
    ['text as binary', 'news', { binary: true }, true],
    ['bytes', Buffer.from('news'), {}, true],
    ['bytes as text', Buffer.from('news'), { binary: false }, false],
    ['an ArrayBuffer', Uint8Array.from(Buffer.from('news')).buffer, {}, true],
    ['fragments', [Buffer.from('ne'), Buffer.from('ws')], {}, true],
  ])('takes %s', (_what, data, options, binary) => {
    const { all, links } = receivers(1);
    publish(links, data, options);
    const [message] = all[0]?.channel.published ?? [];
    expect(message?.binary).toBe(binary);
    expect(message?.payload.toString()).toBe('news');
  });

  it('passes on that a message is not to be compressed', () => {
    const { all, links } = receivers(1);
    publish(links, 'news', { compress: false });
    expect(all[0]?.channel.published[0]?.compress).toBe(false);
  });

  it('leaves out one socket, or any collection of them', () => {
    const { all, links } = receivers(3);
    const [first, second] = all as [Receiver, Receiver, Receiver];
    expect(publish(links, '1', { except: first.socket })).toBe(2);
    expect(publish(links, '2', { except: [first.socket, second.socket] })).toBe(1);
    expect(publish(links, '3', { except: new Set([second.socket]) })).toBe(2);
    expect(publish(links, '4', { except: [] })).toBe(3);
    expect(publish(links, '5', { except: undefined })).toBe(3);
    expect(publish(links, '6', { except: new Receiver().socket })).toBe(3);
    expect(all.map(({ channel }) => channel.calls.join())).toEqual([
      'publish 3,publish 4,publish 5,publish 6',
      'publish 1,publish 4,publish 5,publish 6',
      'publish 1,publish 2,publish 3,publish 4,publish 5,publish 6',
    ]);
  });

  it('counts those it goes to, not those that are closing or have no room', () => {
    const { all, links } = receivers(3);
    const [first, second] = all as [Receiver, Receiver, Receiver];
    first.link.onClosing();
    second.channel.roomBytes = 0;
    expect(publish(links, 'news', {})).toBe(1);
    expect(publish(new Set(), 'news', {})).toBe(0);
  });

  it('throws where the data has no bytes that could be shared', () => {
    const { all, links } = receivers(1);
    expect(() => publish(links, new Blob(['x']), {})).toThrow(TypeError);
    expect(() => publish(links, Symbol('x') as unknown as string, {})).toThrow(TypeError);
    expect(all[0]?.channel.calls).toEqual([]);
  });

  it('gives every receiver what was published while it was subscribed, in order, whatever else is done', () => {
    const SOCKETS = 4;
    const who = fc.nat(SOCKETS - 1);
    const topic = fc.constantFrom('a', 'b', 'c');
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ verb: fc.constant('subscribe' as const), who, topic }) },
      { weight: 2, arbitrary: fc.record({ verb: fc.constant('unsubscribe' as const), who, topic }) },
      { weight: 1, arbitrary: fc.record({ verb: fc.constantFrom('closing', 'close'), who, topic }) },
      { weight: 2, arbitrary: fc.record({ verb: fc.constant('send' as const), who, topic }) },
      {
        weight: 6,
        arbitrary: fc.record({ verb: fc.constantFrom('publish', 'publish to others'), who, topic }),
      },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const topics = new Topics<SocketLink>(10);
        const all = Array.from({ length: SOCKETS }, () => new Receiver(topics));
        const model = all.map(() => ({
          open: true,
          closed: false,
          topics: new Set<string>(),
          due: [] as string[],
        }));
        for (const [number, { verb, who, topic }] of actions.entries()) {
          const { link, socket } = all[who] as Receiver;
          const state = model[who] as (typeof model)[number];
          if (verb === 'subscribe' && state.open) {
            topics.subscribe(link, topic);
            state.topics.add(topic);
          } else if (verb === 'unsubscribe') {
            topics.unsubscribe(link, topic);
            state.topics.delete(topic);
          } else if (verb === 'closing') {
            link.onClosing();
            state.open = false;
          } else if (verb === 'close') {
            link.onClosed(1000, Buffer.alloc(0));
            Object.assign(state, { open: false, closed: true, topics: new Set() });
          } else if (verb === 'send' && state.open) {
            link.send(`${number}`, false, {});
            state.due.push(`send ${number}`);
          } else if (verb.startsWith('publish')) {
            const except = verb === 'publish' ? undefined : socket;
            const due = model.filter((other, index) => {
              return other.open && other.topics.has(topic) && !(except !== undefined && index === who);
            });
            for (const other of due) other.due.push(`publish ${number}`);
            expect(publish(topics.subscribers(topic), `${number}`, { except })).toBe(due.length);
          }
        }
        expect(all.map(({ channel }) => channel.calls)).toEqual(model.map(({ due }) => due));
        expect(topics.size).toBe(new Set(model.flatMap((state) => [...state.topics])).size);
      }),
    );
  });
});

describe('a server that publishes', () => {
  /** The text of the next message. */
  async function message(client: RawClient): Promise<string> {
    const frame = await client.readFrame();
    if (frame === 'end') return 'end';
    return `${frame.opcode} ${Buffer.from(frame.payload)}`;
  }

  async function connect(
    listening: Awaited<ReturnType<typeof listen>>,
  ): Promise<{ client: RawClient; socket: WebSocket }> {
    const [socket, client] = await Promise.all([listening.accepted(), RawClient.open(listening.port)]);
    return { client, socket };
  }

  it('reaches the subscribers of a topic, and nobody else', async () => {
    const listening = await listen();
    const [a, b, c] = [await connect(listening), await connect(listening), await connect(listening)];
    expect(a.socket.subscribe('news')).toBe(true);
    expect(b.socket.subscribe('news')).toBe(true);
    expect(c.socket.subscribe('sports')).toBe(true);
    expect(a.socket.isSubscribed('news')).toBe(true);
    expect(listening.server.publish('news', 'to two')).toBe(2);
    expect(listening.server.publish('sports', Buffer.from('to one'))).toBe(1);
    expect(listening.server.publish('weather', 'to none')).toBe(0);
    expect(b.socket.unsubscribe('news')).toBe(true);
    expect(b.socket.unsubscribe('news')).toBe(false);
    expect(listening.server.publish('news', 'to a')).toBe(1);
    for (const { socket } of [a, b, c]) socket.send('last');
    expect([await message(a.client), await message(a.client), await message(a.client)]).toEqual([
      `${OPCODE_TEXT} to two`,
      `${OPCODE_TEXT} to a`,
      `${OPCODE_TEXT} last`,
    ]);
    expect([await message(b.client), await message(b.client)]).toEqual([
      `${OPCODE_TEXT} to two`,
      `${OPCODE_TEXT} last`,
    ]);
    expect([await message(c.client), await message(c.client)]).toEqual([
      `${OPCODE_BINARY} to one`,
      `${OPCODE_TEXT} last`,
    ]);
  });

  it('keeps the order with what a message listener sends, and leaves out the publisher where it is told to', async () => {
    const listening = await listen();
    const { server } = listening;
    server.on('connection', (socket) => {
      socket.subscribe('room');
      socket.on('message', (data) => {
        socket.send(`before ${data}`);
        server.publish('room', `${data} to all`);
        socket.ping('p');
        server.publish('room', `${data} to others`, { except: socket });
        socket.send(`behind ${data}`);
      });
    });
    const [a, b] = [await RawClient.open(listening.port), await RawClient.open(listening.port)];
    a.write(Buffer.concat([clientFrame(OPCODE_TEXT, '1'), clientFrame(OPCODE_TEXT, '2')]));
    const toA: string[] = [];
    for (let i = 0; i < 8; i++) toA.push(await message(a));
    const due = (data: string): string[] => [
      `${OPCODE_TEXT} before ${data}`,
      `${OPCODE_TEXT} ${data} to all`,
      `${OPCODE_PING} p`,
      `${OPCODE_TEXT} behind ${data}`,
    ];
    expect(toA).toEqual([...due('1'), ...due('2')]);
    expect([await message(b), await message(b), await message(b), await message(b)]).toEqual(
      ['1 to all', '1 to others', '2 to all', '2 to others'].map((text) => `${OPCODE_TEXT} ${text}`),
    );
  });

  it('may have its data filled again at once, however long it is', async () => {
    const listening = await listen();
    const { client, socket } = await connect(listening);
    socket.subscribe('news');
    for (const length of [10, 20_000, 200_000]) {
      const data = Buffer.alloc(length, 'a');
      listening.server.publish('news', data);
      data.fill('b');
      const frame = await client.readFrame();
      if (frame === 'end') throw new Error('The connection ended');
      expect(Buffer.from(frame.payload).equals(Buffer.alloc(length, 'a'))).toBe(true);
    }
  });

  it('forgets a socket that is closed, also without clientTracking', async () => {
    const listening = await listen(undefined, { clientTracking: false });
    const [a, b] = [await connect(listening), await connect(listening)];
    for (const { socket } of [a, b]) socket.subscribe('news');
    expect(listening.server.publish('news', '1')).toBe(2);
    const closed = once(a.socket, 'close');
    a.socket.terminate();
    expect(listening.server.publish('news', '2')).toBe(1);
    await closed;
    expect(a.socket.isSubscribed('news')).toBe(false);
    expect(a.socket.subscribe('news')).toBe(false);
    expect(a.socket.unsubscribe('news')).toBe(false);
    expect(listening.server.publish('news', '3')).toBe(1);
    const ended = once(b.socket, 'close');
    b.socket.terminate();
    await ended;
    expect(listening.server.publish('news', '4')).toBe(0);
  });

  it('lets one socket have so many topics, and no more', async () => {
    const listening = await listen(undefined, { maxTopicsPerSocket: 2 });
    const { socket } = await connect(listening);
    expect(['a', 'b', 'c'].map((topic) => socket.subscribe(topic))).toEqual([true, true, false]);
    const unlimited = await listen(undefined, { maxTopicsPerSocket: 0 });
    const free = (await connect(unlimited)).socket;
    for (let i = 0; i < 2000; i++) expect(free.subscribe(`${i}`)).toBe(true);
  });

  it('ends a reader that does not read, with a clear error, while the others get everything', async () => {
    const maxBufferedBytes = 1_000_000;
    const listening = await listen(undefined, { maxBufferedBytes });
    const [slow, good] = [await connect(listening), await connect(listening)];
    for (const { socket } of [slow, good]) socket.subscribe('news');
    slow.client.socket.pause();
    const events: unknown[] = [];
    slow.socket.on('error', (error) => events.push((error as NodeJS.ErrnoException).code));
    const closed = new Promise<void>((resolve) => {
      slow.socket.on('close', (code) => {
        events.push(code);
        resolve();
      });
    });
    const data = Buffer.alloc(100_000, 'a');
    let published = 0;
    let highest = 0;
    while (slow.socket.readyState === slow.socket.OPEN) {
      listening.server.publish('news', data);
      published++;
      highest = Math.max(highest, slow.socket.bufferedAmount);
      const frame = await good.client.readFrame();
      expect(frame !== 'end' && frame.payload.length).toBe(data.length);
    }
    await closed;
    expect(events).toEqual(['HOLDFAST_ERR_BUFFER_OVERFLOW', 1006]);
    expect(highest).toBeLessThanOrEqual(maxBufferedBytes);
    expect(published).toBeGreaterThan(maxBufferedBytes / data.length);
    expect(listening.server.publish('news', 'still there')).toBe(1);
    expect(await message(good.client)).toBe(`${OPCODE_TEXT} still there`);
  });

  it('reaches connections and sessions alike', async () => {
    const listening = await listen();
    const { server, port } = listening;
    server.on('connection', (socket) => socket.subscribe('news'));
    const post = (attach: ReturnType<typeof statement>): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}/?holdfast=${SESSION}`, { method: 'POST', body: body(attach) });
    const plain = await RawClient.open(port);
    await post(statement());
    expect(server.publish('news', '~ and é')).toBe(2);
    expect(server.publish('news', Buffer.from('bytes'))).toBe(2);
    const held = await post(statement({ attach: 2, received: 0, answer: 'hold', holdMs: 1000 }));
    const said = readWire(new Uint8Array(await held.arrayBuffer()));
    expect(said.slice(1)).toEqual(['0:~ and é', '1:binary bytes']);
    expect([await message(plain), await message(plain)]).toEqual([
      `${OPCODE_TEXT} ~ and é`,
      `${OPCODE_BINARY} bytes`,
    ]);
  });
});

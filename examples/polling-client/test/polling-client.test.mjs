import { once } from 'node:events';
import { WebSocketServer } from '@holdfast/server';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PollingClient } from '../polling-client.mjs';
import { failingProxy } from './failing-proxy.mjs';
import { scriptedServer } from './scripted-server.mjs';

const MEBIBYTE = 2 ** 20;

/** How often to look, and how long it may take at most, in ms. */
const PATIENCE = { interval: 2, timeout: 10_000 };
vi.setConfig({ testTimeout: 2 * PATIENCE.timeout });

/** Closes what a test opened, the newest first. */
const cleanups = [];

/** The real server, which echoes, except what a test listens for itself. */
let server;
let port;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, path: '/echo' });
  await once(server, 'listening');
  port = server.address().port;
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(isBinary ? data : data.toString()));
  });
  cleanups.push(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
});

afterEach(() => {
  for (const cleanUp of cleanups.splice(0).reverse()) cleanUp();
});

/** Opens a client, and the server's socket of its session. */
async function connect(at = port) {
  const connection = once(server, 'connection');
  const client = clientOf(at);
  const [socket] = await connection;
  return { client, socket };
}

function clientOf(at) {
  const client = new PollingClient();
  client.onopen = vi.fn();
  client.onmessage = vi.fn();
  client.onclose = vi.fn();
  client.open(`ws://127.0.0.1:${at}/echo`);
  return client;
}

const closeOf = (client) => vi.waitUntil(() => client.onclose.mock.calls[0], PATIENCE);

/** What the application was given, once there are so many messages. */
async function messagesOf(client, count) {
  await vi.waitUntil(() => client.onmessage.mock.calls.length >= count, PATIENCE);
  return client.onmessage.mock.calls.map(([message]) => message);
}

describe('A client that knows PROTOCOL.md alone', () => {
  test.each([
    ['a text', 'Grüße, 🌍'],
    ['an empty text', ''],
    ['a text that looks like a control', '~gone'],
    ['a text of tildes', '~~~'],
    ['a text with a byte order mark', '\uFEFFmarked'],
    ['binary data', Uint8Array.of(0, 126, 255)],
    ['no binary data', new Uint8Array(0)],
    ['a text of 125 bytes', 'x'.repeat(125)],
    ['a text of 126 bytes', 'x'.repeat(126)],
    ['a text of 65535 bytes', 'x'.repeat(65_535)],
    ['a text whose surrogate pair lies on the cut', `${'x'.repeat(32_767)}🌍`],
    ['a text whose second fragment looks like a control', `${'x'.repeat(32_768)}~close`],
    ['a text of 3 bytes each character', '語'.repeat(50_000)],
  ])('gets back %s', async (_, message) => {
    const { client } = await connect();
    client.send(message);
    expect(await messagesOf(client, 1)).toEqual([message]);
  });

  test.each([
    ['text', 'é'.repeat(MEBIBYTE / 2)],
    ['binary data', Uint8Array.from({ length: MEBIBYTE }, (_, index) => index % 251)],
  ])('moves a mebibyte of %s each way', async (_, message) => {
    const { client } = await connect();
    client.send(message);
    const [echo] = await messagesOf(client, 1);
    // `toEqual` compares a million bytes one by one.
    expect(Buffer.compare(Buffer.from(echo), Buffer.from(message))).toBe(0);
  });

  test('moves 1000 messages each way in order', async () => {
    const { client } = await connect();
    const messages = Array.from({ length: 1_000 }, (_, index) => `message ${index}`);
    for (const message of messages) client.send(message);
    expect(await messagesOf(client, 1_000)).toEqual(messages);
  });

  test('sends after it opened what was given to it before', async () => {
    const client = clientOf(port);
    client.send('early');
    expect(await messagesOf(client, 1)).toEqual(['early']);
    expect(client.onopen).toHaveBeenCalledExactlyOnceWith('');
  });

  test('closes with a code and a reason, after what it sent before', async () => {
    const { client, socket } = await connect();
    const [received, closed] = [once(socket, 'message'), once(socket, 'close')];
    client.send('last words');
    client.close(4001, 'enough for today');
    expect(String((await received)[0])).toBe('last words');
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4001, 'enough for today']);
    expect(await closeOf(client)).toEqual([4001, 'enough for today']);
  });

  test('is closed by the server with a code and a reason, after what that sent before', async () => {
    const { client, socket } = await connect();
    const closed = once(socket, 'close');
    socket.send('last words');
    socket.close(4002, 'the server rests');
    expect(await closeOf(client)).toEqual([4002, 'the server rests']);
    expect(client.onmessage.mock.calls).toEqual([['last words']]);
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4002, 'the server rests']);
  });

  test('leaves no session at the server once it is closed', async () => {
    const { client } = await connect();
    client.close();
    expect(await closeOf(client)).toEqual([1000, '']);
    await vi.waitUntil(() => server.clients.size === 0, PATIENCE);
  });

  test('closes with 1006 when the session is gone', async () => {
    const { client, socket } = await connect();
    socket.terminate();
    expect(await closeOf(client)).toEqual([1006, '']);
  });
});

describe('A client whose requests fail', () => {
  const MESSAGES = Array.from({ length: 12 }, (_, index) => (index % 2 ? `${index}` : Uint8Array.of(index)));

  describe.each(['request', 'answer'])('once, where the %s is lost,', (lost) => {
    test.each([1, 2, 3, 4, 5, 6, 7, 8])('loses and repeats nothing at request %i', async (failing) => {
      const proxy = await failingProxy(port, (count) => (count === failing ? lost : 'nothing'));
      cleanups.push(proxy.close);
      const { client } = await connect(proxy.port);
      for (const message of MESSAGES) {
        client.send(message);
        await messagesOf(client, MESSAGES.indexOf(message));
      }
      expect(await messagesOf(client, MESSAGES.length)).toEqual(MESSAGES);
      expect(proxy.count()).toBeGreaterThanOrEqual(failing);
      client.close(4003, 'done');
      expect(await closeOf(client)).toEqual([4003, 'done']);
    });
  });

  test('gets a mebibyte there and back though every fifth request fails', async () => {
    const proxy = await failingProxy(
      port,
      (count) => ['nothing', 'nothing', 'request', 'nothing', 'answer'][count % 5],
    );
    cleanups.push(proxy.close);
    const { client } = await connect(proxy.port);
    const message = 'm'.repeat(MEBIBYTE);
    client.send(message);
    expect((await messagesOf(client, 1))[0] === message).toBe(true);
  });
});

describe('A client that is told', () => {
  const ATTACHED = '~attached {"attach":1,"received":0}';
  const FIRST_ATTACHED =
    '~attached {"attach":1,"received":0,"protocol":"chat","expiryMs":20,"keepaliveMs":25000,"maxBodyBytes":524288}';

  test('which subprotocol was chosen, passes it on', async () => {
    const client = await clientOfScript(({ received }) => (received === null ? [FIRST_ATTACHED] : undefined));
    await vi.waitUntil(() => client.onopen.mock.calls.length > 0, PATIENCE);
    expect(client.onopen.mock.calls).toEqual([['chat']]);
  });

  test('that a newer attach holds, attaches with a number that is higher still', async () => {
    const attaches = [];
    const client = await clientOfScript(({ attach }) => {
      attaches.push(attach);
      return attach === 1 ? ['~superseded 7'] : ['~gone'];
    });
    expect(await closeOf(client)).toEqual([1006, '']);
    expect(attaches).toEqual([1, 8]);
  });

  test('`~ping`, `~stalled` and a verb of the future, answers the ping and ignores the others', async () => {
    const bodies = [];
    const client = await clientOfScript(({ answer, received }, body) => {
      bodies.push(body);
      if (received === null) return [FIRST_ATTACHED];
      if (answer === 'now') return [ATTACHED];
      return received === 0
        ? [ATTACHED, '~stalled', '~novelty 3', '~ping p1', '~from 0', 'hello']
        : undefined;
    });
    expect(await messagesOf(client, 1)).toEqual(['hello']);
    await vi.waitUntil(() => bodies.some((body) => body.includes('~pong p1')), PATIENCE);
  });

  test('that it is held up, sends nothing until a held answer says no more of it', async () => {
    let [paused, holds, carried] = [true, 0, 0];
    const client = await clientOfScript(({ answer, received }, body) => {
      if (body.includes('hello')) carried += 1;
      if (received === null) return [FIRST_ATTACHED];
      if (answer === 'hold') holds += 1;
      return [paused || answer === 'now' ? '~attached {"attach":1,"received":0,"paused":true}' : ATTACHED];
    });
    // It asks once more when it has read the first answer.
    await vi.waitUntil(() => holds > 1, PATIENCE);
    client.send('hello');
    const before = holds;
    await vi.waitUntil(() => holds > before + 3, PATIENCE);
    expect(carried).toBe(0);
    paused = false;
    await vi.waitUntil(() => carried > 0, PATIENCE);
  });

  test('fragments that it has counted already, drops them and keeps the new ones', async () => {
    const client = await clientOfScript(({ received }) => {
      if (received === null) return [FIRST_ATTACHED];
      if (received === 0) return [ATTACHED, '~from 0', '~more', 'one '];
      return received === 1 ? [ATTACHED, '~from 0', '~more', 'one ', 'message'] : undefined;
    });
    expect(await messagesOf(client, 1)).toEqual(['one message']);
  });

  test('what is not this protocol for longer than a session lives, closes with 1006', async () => {
    const client = await clientOfScript(({ received }) =>
      received === null ? [FIRST_ATTACHED] : ['<html>'],
    );
    expect(await closeOf(client)).toEqual([1006, '']);
    expect(client.onmessage).not.toHaveBeenCalled();
  });

  async function clientOfScript(answer) {
    const scripted = await scriptedServer(answer);
    cleanups.push(scripted.close);
    return clientOf(scripted.port);
  }
});

import '../with-native-websocket.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketError } from '../../src/stream/websocket-error.ts';
import { type WebSocketOpenInfo, WebSocketStream } from '../../src/stream/websocket-stream.ts';
import { SimulatedNativeWebSocket as Native } from '../simulated-native-websocket.ts';
import { SimulatedStorage } from '../simulated-storage.ts';

const URL_ = 'wss://example.com/chat';
const WEBSOCKET_ALONE = { transports: ['websocket'] } as const;
const KIB_32 = new ArrayBuffer(32 * 1024);

let stream: WebSocketStream;

const exception = (name: string): unknown => expect.objectContaining({ name });

/** Streams and promises do what is due. */
const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Opens a session over a native WebSocket. */
async function open(
  options: ConstructorParameters<typeof WebSocketStream>[1] = {},
): Promise<WebSocketOpenInfo> {
  stream = new WebSocketStream(URL_, options);
  await endOfTurn();
  attach();
  const info = await stream.opened;
  await endOfTurn();
  Native.last.sent.length = 0;
  return info;
}

/** The server attaches the newest socket, by the number that its token states. */
function attach(): void {
  const [, , , , number] = String(Native.last.protocols.at(-1)).split('.');
  Native.last.open();
  Native.last.say(`~attached {"attach":${number},"received":0,"protocol":"chat"}`);
}

/** Both ends have closed, and said so. */
async function close(said: string): Promise<void> {
  Native.last.say(said);
  await endOfTurn();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.stubGlobal('localStorage', new SimulatedStorage());
  Native.forget();
});

afterEach(() => {
  for (const native of Native.instances) if (!native.isLetGo) native.say('~gone');
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the constructor', () => {
  it.each([
    ['no URL', 'SyntaxError', ['nonsense']],
    ['a fragment', 'SyntaxError', [`${URL_}#a`]],
    ['one subprotocol twice', 'SyntaxError', [URL_, { protocols: ['a', 'a'] }]],
    ['a subprotocol that is no sequence', 'TypeError', [URL_, { protocols: 'a' }]],
    ['options that are none', 'TypeError', [URL_, 'a']],
    ['a signal that is none', 'TypeError', [URL_, { signal: {} }]],
    ['nothing', 'TypeError', []],
  ])('refuses %s', (_, name, args) => {
    expect(() => Reflect.construct(WebSocketStream, args)).toThrow(exception(name));
    expect(Native.instances).toEqual([]);
  });

  it('connects with the subprotocols, and the transports it is given', async () => {
    stream = new WebSocketStream('https://example.com', { protocols: ['a', 'b'], transports: ['websocket'] });
    await endOfTurn();
    expect(stream.url).toBe('wss://example.com/');
    expect(Native.last.protocols.slice(0, 2)).toEqual(['a', 'b']);
    expect(stream.transport).toBeNull();
    expect(stream.getStats()?.attempts).toMatchObject([{ transport: 'websocket' }]);
  });
});

describe('opening', () => {
  it('gives the streams and what was agreed upon', async () => {
    const info = await open();
    expect(info.readable).toBeInstanceOf(ReadableStream);
    expect(info.writable).toBeInstanceOf(WritableStream);
    expect([info.protocol, info.extensions]).toEqual(['chat', '']);
    expect(stream.transport).toBe('websocket');
  });

  it('rejects both promises where the connection was closed before', async () => {
    stream = new WebSocketStream(URL_);
    stream.close({ closeCode: 4000 });
    await endOfTurn();
    vi.runOnlyPendingTimers();
    await expect(stream.opened).rejects.toBeInstanceOf(WebSocketError);
    await expect(stream.closed).rejects.toMatchObject({ name: 'WebSocketError', closeCode: 1006 });
  });

  it('is not begun where its signal has been aborted', async () => {
    const reason = new Error('never mind');
    stream = new WebSocketStream(URL_, { signal: AbortSignal.abort(reason) });
    await expect(stream.opened).rejects.toBe(reason);
    await expect(stream.closed).rejects.toBe(reason);
    await endOfTurn();
    expect(Native.instances).toEqual([]);
    expect([stream.url, stream.transport, stream.getStats()]).toEqual([URL_, null, undefined]);
    stream.close();
  });

  it('is given up when its signal is aborted', async () => {
    const controller = new AbortController();
    stream = new WebSocketStream(URL_, { ...WEBSOCKET_ALONE, signal: controller.signal });
    await endOfTurn();
    controller.abort();
    await expect(stream.opened).rejects.toThrow(exception('AbortError'));
    await expect(stream.closed).rejects.toThrow(exception('AbortError'));
    attach();
    vi.runOnlyPendingTimers();
    await endOfTurn();
    expect(Native.last.sent).toContain('~close 1001');
  });

  it('is over for a signal that is aborted later', async () => {
    const controller = new AbortController();
    const { writable } = await open({ signal: controller.signal });
    controller.abort();
    await writable.getWriter().write('still here');
    expect(Native.last.sent).toEqual(['still here']);
  });
});

describe('receiving', () => {
  it('gives text as strings, and binary as Uint8Arrays', async () => {
    const { readable } = await open();
    Native.last.say('text');
    Native.last.say(Uint8Array.of(1, 2).buffer);
    const reader = readable.getReader();
    expect((await reader.read()).value).toBe('text');
    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2));
  });

  it('tells the server to hold back, and to go on, and tells it again with each attach', async () => {
    const { readable } = await open(WEBSOCKET_ALONE);
    for (let i = 0; i < 4; i++) Native.last.say(KIB_32);
    await endOfTurn();
    expect(Native.last.sent).toContain('~pause');

    Native.last.end(1006);
    vi.advanceTimersByTime(1000);
    await endOfTurn();
    expect(Native.instances).toHaveLength(2);
    attach();
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~pause']);

    const reader = readable.getReader();
    for (let i = 0; i < 4; i++) await reader.read();
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~pause', '~resume']);
  });

  it('says nothing of that while no transport is attached', async () => {
    const { readable } = await open(WEBSOCKET_ALONE);
    for (let i = 0; i < 4; i++) Native.last.say(KIB_32);
    await endOfTurn();
    Native.last.end(1006);
    const reader = readable.getReader();
    for (let i = 0; i < 4; i++) await reader.read();
    vi.advanceTimersByTime(1000);
    await endOfTurn();
    attach();
    await endOfTurn();
    expect(Native.last.sent).toEqual(['~resume']);
  });

  it('says nothing of that to a server that was never held up', async () => {
    await open(WEBSOCKET_ALONE);
    Native.last.end(1006);
    vi.advanceTimersByTime(1000);
    await endOfTurn();
    attach();
    await endOfTurn();
    expect(Native.last.sent).toEqual([]);
  });

  it('keeps all that comes from another server', async () => {
    stream = new WebSocketStream(URL_, { transports: [] });
    Native.last.open();
    const { readable } = await stream.opened;
    for (let i = 0; i < 8; i++) Native.last.say(KIB_32);
    await endOfTurn();
    expect(Native.last.sent).toEqual([]);
    const reader = readable.getReader();
    for (let i = 0; i < 8; i++) expect((await reader.read()).value).toHaveLength(32 * 1024);
    Native.last.end(1000);
  });
});

/** More than may wait in the browser. */
const LONG = 'a'.repeat(200_000);

describe('sending', () => {
  it('waits until the network has taken nearly all', async () => {
    const { writable } = await open();
    const writer = writable.getWriter();
    Native.last.bufferedAmount = 1_000_000;
    let isWritten = false;
    const writing = writer.write(LONG).then(() => {
      isWritten = true;
    });
    await endOfTurn();
    vi.advanceTimersByTime(100);
    await endOfTurn();
    expect(Native.last.sent.filter((each) => each !== '~more').join('')).toBe(LONG);
    expect(isWritten).toBe(false);
    Native.last.bufferedAmount = 1000;
    vi.advanceTimersByTime(4);
    await writing;
  });
});

describe('the end', () => {
  it('is told with the code and the reason, and ends both streams', async () => {
    const { readable, writable } = await open();
    await close('~close 4000 bye');
    expect(await stream.closed).toEqual({ closeCode: 4000, reason: 'bye' });
    expect((await readable.getReader().read()).done).toBe(true);
    await expect(writable.getWriter().write('a')).rejects.toThrow(exception('InvalidStateError'));
  });

  it('is one error for all where it was not clean', async () => {
    const { readable, writable } = await open();
    await close('~gone');
    const error = await stream.closed.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'WebSocketError', closeCode: 1006, reason: '' });
    await expect(readable.getReader().read()).rejects.toBe(error);
    await expect(writable.getWriter().write('a')).rejects.toBe(error);
  });

  it('is not clean where the server closes before it has what was written', async () => {
    const { writable } = await open();
    Native.last.bufferedAmount = 1_000_000;
    const writing = writable.getWriter().write(LONG);
    writing.catch(() => {});
    await close('~close 4567');
    await expect(stream.closed).rejects.toMatchObject({ name: 'WebSocketError', closeCode: 4567 });
    await expect(writing).rejects.toThrow(exception('InvalidStateError'));
  });

  it('is clean where what was written went before our close', async () => {
    const { writable } = await open();
    Native.last.bufferedAmount = 1_000_000;
    const writing = writable.getWriter().write(LONG);
    await endOfTurn();
    stream.close({ closeCode: 4001, reason: 'done' });
    await endOfTurn();
    expect(Native.last.sent.at(-1)).toBe('~close 4001 done');
    await close('~close 4001 done');
    await writing;
    expect(await stream.closed).toEqual({ closeCode: 4001, reason: 'done' });
  });

  it.each([
    ['a writer that closes', '~close', (info: WebSocketOpenInfo) => info.writable.close()],
    ['a writer that aborts', '~close', (info: WebSocketOpenInfo) => info.writable.abort('why')],
    [
      'a reader that cancels with an error',
      '~close 3333 why',
      (info: WebSocketOpenInfo) =>
        info.readable.cancel(new WebSocketError('', { closeCode: 3333, reason: 'why' })),
    ],
  ])('is begun by %s', async (_, said, end) => {
    const ending = end(await open());
    await endOfTurn();
    expect(Native.last.sent).toEqual([said]);
    await close(said);
    await ending;
    expect(await stream.closed).toMatchObject({ closeCode: said === '~close' ? 1005 : 3333 });
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LinkEvents } from '../src/link.ts';
import { NativeLink } from '../src/native-link.ts';
import { SimulatedNativeWebSocket as Native } from './simulated-native-websocket.ts';

let socket: Native;
let seen: unknown[];
let events: LinkEvents;
let link: NativeLink;

beforeEach(() => {
  vi.useFakeTimers();
  socket = new Native('ws://example.com/', ['v2', 'v1']);
  seen = [];
  events = {
    onOpen: (protocol, extensions) => seen.push(['open', protocol, extensions]),
    onMessage: (data) => seen.push(['message', data]),
    onClose: (code, reason, wasClean) => seen.push(['close', code, reason, wasClean]),
    onLog: () => seen.push('log'),
    onForeign: () => seen.push('foreign'),
  };
});

afterEach(() => {
  vi.useRealTimers();
});

function begin(): void {
  link = new NativeLink(socket as unknown as globalThis.WebSocket, events);
}

describe('a link of a native socket that is connecting', () => {
  beforeEach(begin);

  it('tells that it is open, and what was negotiated', () => {
    socket.extensions = 'permessage-deflate';
    socket.open('v2');
    expect(seen).toEqual([['open', 'v2', 'permessage-deflate']]);
  });

  it('tells messages: text as strings, binary as bytes', () => {
    socket.open('v2');
    socket.say('a');
    socket.say(new Uint8Array([1, 2]).buffer);
    expect(seen.slice(1)).toEqual([
      ['message', 'a'],
      ['message', new Uint8Array([1, 2])],
    ]);
    expect(socket.binaryType).toBe('arraybuffer');
  });

  it('tells the close as it is', () => {
    socket.open('v2');
    socket.end(3001, 'enough', true);
    expect(seen.at(-1)).toEqual(['close', 3001, 'enough', true]);
  });

  it('tells that it does not open', () => {
    socket.end();
    expect(seen).toEqual([['close', 1006, '', false]]);
  });

  it('tells that a policy forbids it, in a turn of its own', () => {
    socket.isForbidden();
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(0);
    expect(seen).toEqual([['close', 1006, '', false]]);
  });

  it('tells its end once, and lets the socket go', () => {
    socket.end();
    vi.advanceTimersByTime(0);
    expect(seen).toHaveLength(1);
    expect(socket.isLetGo).toBe(true);
  });

  it('sends, and asks the socket what waits', () => {
    socket.open('v2');
    link.send('a');
    link.send(new Uint8Array([1]));
    expect(socket.sent).toEqual(['a', new Uint8Array([1])]);
    socket.bufferedAmount = 12;
    expect(link.bufferedAmount).toBe(12);
  });

  it('closes with what it is given', () => {
    link.close(3001, 'enough');
    expect(socket.closedWith).toEqual([3001, 'enough']);
  });

  it('closes without a code', () => {
    link.close(undefined, '');
    expect(socket.closedWith).toEqual([]);
  });

  it('ends at once when it is abandoned', () => {
    socket.open('v2');
    link.abandon();
    expect(socket.closedWith).toEqual([]);
    expect(seen.at(-1)).toEqual(['close', 1006, '', false]);
    socket.end(1005, '', true);
    socket.say('late');
    expect(seen).toHaveLength(2);
  });

  it('tells that it was there from the beginning', () => {
    socket.open('v2');
    link.send('abc');
    socket.say(new Uint8Array([1, 2]).buffer);
    expect(link.transport).toBe('websocket');
    expect(link.stats()).toEqual({
      transport: 'websocket',
      attempts: [{ transport: 'websocket', outcome: 'attached' }],
      migrations: 0,
      resent: 0,
      attachMs: null,
      roundTripMs: null,
    });
  });
});

describe('a link of a native socket that is open', () => {
  it('says nothing before it is in its place', () => {
    socket.open('v2');
    begin();
    expect(seen).toEqual([]);
    link.resume(undefined);
    expect(seen).toEqual([['open', 'v2', '']]);
  });

  it('tells first what the server has said already', () => {
    socket.open('v2');
    begin();
    link.resume('hello');
    socket.say('again');
    expect(seen).toEqual([
      ['open', 'v2', ''],
      ['message', 'hello'],
      ['message', 'again'],
    ]);
  });

  it('keeps our own token to itself', () => {
    socket.open('holdfast.v1.ssssssssssssssss.kkkkkkkkkkkkkkkkkkkkkk.1.new');
    begin();
    link.resume(undefined);
    expect(seen).toEqual([['open', '', '']]);
  });
});

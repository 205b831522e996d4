import '../with-native-websocket.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SimulatedNativeWebSocket as Native } from '../simulated-native-websocket.ts';

vi.hoisted(() => {
  // The window that the modules find.
  Object.assign(globalThis, { self: globalThis });
});

const { LegacyEventTarget } = await import('../../src/legacy/event-target.ts');
globalThis.EventTarget = LegacyEventTarget;
const { WebSocket } = await import('../../src/legacy/full.ts');
const { install } = await import('../../src/legacy/install.ts');

let uninstall: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  Native.forget();
  vi.stubGlobal('location', { origin: 'https://example.com', href: 'https://example.com/app/' });
  uninstall = install({ origins: ['https://api.example'] });
});

afterEach(() => {
  uninstall();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the class that is installed without a Proxy', () => {
  it.each(['/chat', 'wss://api.example/x'])('is ours for %s', (url) => {
    const socket = new globalThis.WebSocket(url);
    expect(socket).toBeInstanceOf(WebSocket);
    expect(Object.getPrototypeOf(socket)).toBe(WebSocket.prototype);
    expect(Native.instances).toEqual([]);
  });

  it('is the native one, untouched, for another server', () => {
    const socket: unknown = new globalThis.WebSocket('wss://other.example/', ['a']);
    expect(socket).toBeInstanceOf(Native);
    expect(socket).not.toBeInstanceOf(WebSocket);
    expect(Native.last).toMatchObject({ url: 'wss://other.example/', protocols: ['a'] });
  });

  it('knows the instances of both', () => {
    expect(new globalThis.WebSocket('/chat')).toBeInstanceOf(globalThis.WebSocket);
    expect(new globalThis.WebSocket('wss://other.example/')).toBeInstanceOf(globalThis.WebSocket);
    expect(new EventTarget()).not.toBeInstanceOf(globalThis.WebSocket);
  });

  it('has the constants, the name and the length', () => {
    const { CONNECTING, OPEN, CLOSING, CLOSED, name, length } = globalThis.WebSocket;
    expect([CONNECTING, OPEN, CLOSING, CLOSED, name, length]).toEqual([0, 1, 2, 3, 'WebSocket', 0]);
  });

  it('throws what the standard says', () => {
    expect(() => new globalThis.WebSocket('ws://')).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
    expect(() => Reflect.construct(globalThis.WebSocket, [])).toThrow(TypeError);
  });

  it('can be extended, for either server', () => {
    class Chat extends globalThis.WebSocket {
      greet(): void {
        this.send('hello');
      }
    }
    const own = new Chat('/chat');
    expect(own).toBeInstanceOf(Chat);
    expect(Native.instances).toEqual([]);
    const other = new Chat('wss://other.example/');
    expect(other).toBeInstanceOf(Chat);
    Native.last.open('');
    other.greet();
    expect(Native.last.sent).toEqual(['hello']);
    expect(new globalThis.WebSocket('/chat')).not.toBeInstanceOf(Chat);
  });

  it('goes, and leaves what was there', () => {
    uninstall();
    expect(globalThis.WebSocket).toBe(Native);
  });
});

import './with-native-websocket.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from '../src/full.ts';
import { install } from '../src/install.ts';
import { SimulatedNativeWebSocket as Native } from './simulated-native-websocket.ts';

let uninstall: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  Native.forget();
  vi.stubGlobal('location', { origin: 'https://example.com', href: 'https://example.com/app/' });
  uninstall = install({ origins: ['https://api.example:8443', 'ws://plain.example'] });
});

afterEach(() => {
  uninstall();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the class that is installed', () => {
  it.each([
    ['a file', 'file://', 'file:///home/page.html'],
    ['a sandbox', 'https://example.com', 'https://example.com/app/'],
  ])('is ours for the servers that are listed alone, where the page is %s', (_, origin, href) => {
    uninstall();
    vi.stubGlobal('location', { origin, href });
    vi.stubGlobal('origin', 'null');
    uninstall = install({ origins: ['ws://plain.example'] });
    const ours = new globalThis.WebSocket('ws://plain.example/');
    expect(ours).toBeInstanceOf(WebSocket);
    ours.close();
    expect(new globalThis.WebSocket('wss://example.com/chat')).toBeInstanceOf(Native);
  });

  it.each([
    'wss://example.com/chat',
    'https://example.com/chat',
    '/chat',
    'chat',
    'wss://api.example:8443/x',
    'ws://plain.example/',
    'http://plain.example:80/',
  ])('is ours for %s', (url) => {
    const socket = new globalThis.WebSocket(url);
    expect(socket).toBeInstanceOf(WebSocket);
    expect(Object.getPrototypeOf(socket)).toBe(WebSocket.prototype);
    expect(Native.instances).toEqual([]);
    socket.close();
  });

  it.each([
    'wss://other.example/',
    'wss://example.com:8443/',
    'ws://example.com/',
    'wss://api.example/',
    'wss://example.com.evil.example/',
    'wss://plain.example/',
  ])('is the native one, untouched, for %s', (url) => {
    const socket: unknown = new globalThis.WebSocket(url, ['a', 'b']);
    expect(socket).toBeInstanceOf(Native);
    expect(socket).not.toBeInstanceOf(WebSocket);
    expect(Object.getPrototypeOf(socket)).toBe(Native.prototype);
    expect(Native.last).toMatchObject({ url, protocols: ['a', 'b'] });
  });

  it('throws what the standard says for what is no URL', () => {
    expect(() => new globalThis.WebSocket('ws://')).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
    expect(() => Reflect.construct(globalThis.WebSocket, [])).toThrow(TypeError);
  });

  it('knows the instances of both', () => {
    expect(new globalThis.WebSocket('/chat')).toBeInstanceOf(globalThis.WebSocket);
    expect(new globalThis.WebSocket('wss://other.example/')).toBeInstanceOf(globalThis.WebSocket);
    expect(new EventTarget()).not.toBeInstanceOf(globalThis.WebSocket);
  });

  it('has the constants', () => {
    const { CONNECTING, OPEN, CLOSING, CLOSED } = globalThis.WebSocket;
    expect([CONNECTING, OPEN, CLOSING, CLOSED]).toEqual([0, 1, 2, 3]);
    expect(globalThis.WebSocket.name).toBe('WebSocket');
    expect(globalThis.WebSocket).toHaveLength(1);
  });

  it('is no enumerable property of the window, as the native one', () => {
    expect(Object.keys(globalThis)).not.toContain('WebSocket');
  });

  describe('extended by an application', () => {
    it('serves the page’s own server with a session', () => {
      class Chat extends globalThis.WebSocket {}
      const chat = new Chat('/chat');
      expect(chat).toBeInstanceOf(Chat);
      expect(chat).toBeInstanceOf(WebSocket);
      expect(Native.instances).toEqual([]);
    });

    it('goes to another server natively, and its methods work', () => {
      class Chat extends globalThis.WebSocket {
        greet(): void {
          this.send('hello');
        }
      }
      const chat = new Chat('wss://other.example/', 'a');
      expect(chat).toBeInstanceOf(Chat);
      expect(Native.last).toMatchObject({ url: 'wss://other.example/', protocols: ['a'] });
      Native.last.open('a');
      expect(chat.readyState).toBe(1);
      chat.greet();
      expect(Native.last.sent).toEqual(['hello']);
      expect(Native.instances).toHaveLength(1);
    });

    it('does not take every WebSocket for its instance', () => {
      class Chat extends globalThis.WebSocket {}
      expect(new globalThis.WebSocket('/chat')).not.toBeInstanceOf(Chat);
      expect(new Chat('/chat')).toBeInstanceOf(globalThis.WebSocket);
    });
  });
});

describe('uninstalling', () => {
  it('puts back what was there', () => {
    uninstall();
    expect(globalThis.WebSocket).toBe(Native);
  });

  it('leaves nothing where nothing was', () => {
    uninstall();
    const native = globalThis.WebSocket;
    Reflect.deleteProperty(globalThis, 'WebSocket');
    const uninstallAgain = install();
    expect(globalThis.WebSocket).toBeDefined();
    uninstallAgain();
    expect('WebSocket' in globalThis).toBe(false);
    globalThis.WebSocket = native;
  });
});

describe('installing without options', () => {
  it('serves the page’s own origin alone', () => {
    uninstall();
    uninstall = install();
    expect(new globalThis.WebSocket('/chat')).toBeInstanceOf(WebSocket);
    expect(new globalThis.WebSocket('wss://api.example:8443/')).not.toBeInstanceOf(WebSocket);
  });

  it('serves nothing where there is no page', () => {
    uninstall();
    vi.stubGlobal('location', undefined);
    uninstall = install();
    expect(new globalThis.WebSocket('wss://example.com/')).not.toBeInstanceOf(WebSocket);
  });

  it('serves nothing from a page without an origin, such as a file', () => {
    uninstall();
    vi.stubGlobal('location', { origin: 'null', href: 'file:///app/index.html' });
    uninstall = install();
    expect(new globalThis.WebSocket('wss://example.com/')).not.toBeInstanceOf(WebSocket);
  });

  it('throws for an origin that is none', () => {
    uninstall();
    vi.stubGlobal('location', undefined);
    expect(() => install({ origins: ['api.example'] })).toThrow(
      expect.objectContaining({ name: 'SyntaxError' }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { WebSocket } from '../src/websocket.ts';

describe('WebSocket', () => {
  it('has the constants on the class', () => {
    expect([WebSocket.CONNECTING, WebSocket.OPEN, WebSocket.CLOSING, WebSocket.CLOSED]).toEqual([0, 1, 2, 3]);
  });

  it('is CONNECTING until a server gives it a channel, and throws when it is used', () => {
    const socket = new WebSocket(null);
    expect(socket).toMatchObject({
      readyState: 0,
      protocol: '',
      extensions: '',
      transport: null,
      bufferedAmount: 0,
    });
    for (const send of ['send', 'ping', 'pong'] as const) {
      expect(() => socket[send]('x')).toThrow('WebSocket is not open: readyState 0 (CONNECTING)');
    }
    socket.pause();
    socket.resume();
    socket.close();
    socket.terminate();
    expect(socket.isPaused).toBe(false);
  });
});

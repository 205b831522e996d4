/** The platform's own WebSocket: how one is listened to, and left alone again, by whoever goes on with it. */
import { CLOSE_ABNORMAL, type WireMessage } from '../session.ts';

/** Whatever replaces it later; absent in Node 20. */
export const NativeWebSocket: typeof globalThis.WebSocket = globalThis.WebSocket;

export interface NativeListener {
  onOpen(): void;
  onMessage(message: WireMessage): void;
  /** The last call. */
  onClose(code: number, reason: string, wasClean: boolean): void;
}

export function listen(socket: globalThis.WebSocket, listener: NativeListener): void {
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => listener.onOpen();
  socket.onmessage = ({ data }) => listener.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason, wasClean }) => listener.onClose(code, reason, wasClean);
  // Where the page's own policy forbids it, Chromium dispatches no `close` behind the `error`.
  socket.onerror = () => setTimeout(() => socket.onclose && listener.onClose(CLOSE_ABNORMAL, '', false));
}

/** It is not listened to any more, and stays as it is. */
export function leaveAlone(socket: globalThis.WebSocket): void {
  socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
}

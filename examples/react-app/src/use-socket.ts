/**
 * A WebSocket as a hook: open while the component is there, made again when it has ended. A lost network is none of its business: the
 * session outlives that, and nothing is lost.
 */
import { WebSocket } from '@holdfast/client';
import { useCallback, useEffect, useRef, useState } from 'react';

/** Long enough for a server that restarts, short enough not to be noticed, in ms. */
const RECONNECT_AFTER_MS = 200;

export interface SocketState {
  /** What carries it: `websocket`, `long-polling` or `iframe`; null while it is not open. */
  readonly transport: string | null;
  /** Sends a message, if it is open. */
  readonly send: (text: string) => void;
}

/** @param onText called for each message; may be another function each time */
export function useSocket(url: string, onText: (text: string) => void): SocketState {
  const [transport, setTransport] = useState<string | null>(null);
  const socketRef = useRef<WebSocket>(null);
  const onTextRef = useRef(onText);
  useEffect(() => {
    onTextRef.current = onText;
  });

  useEffect(() => {
    let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
    const connect = (): void => {
      const socket = new WebSocket(url);
      const tellTransport = (): void => {
        if (socketRef.current === socket) setTransport(socket.transport);
      };
      socketRef.current = socket;
      socket.addEventListener('open', tellTransport);
      // It may move to a better transport while it is open.
      socket.addEventListener('holdfast', tellTransport);
      socket.addEventListener('message', ({ data }) => {
        if (socketRef.current === socket) onTextRef.current(data);
      });
      socket.addEventListener('close', () => {
        tellTransport();
        if (socketRef.current === socket) reconnectTimer = setTimeout(connect, RECONNECT_AFTER_MS);
      });
    };
    connect();
    return () => {
      clearTimeout(reconnectTimer);
      const socket = socketRef.current;
      socketRef.current = null;
      socket?.close();
    };
  }, [url]);

  const send = useCallback((text: string) => {
    if (socketRef.current?.readyState === WebSocket.OPEN) socketRef.current.send(text);
  }, []);
  return { transport, send };
}

/**
 * A WebSocket as a composable: open while the component is there, made again when it has ended. A lost network is none of its business:
 * the session outlives that, and nothing is lost.
 */
import { WebSocket } from '@holdfast/client';
import { onScopeDispose, type Ref, readonly, ref } from 'vue';

/** Long enough for a server that restarts, short enough not to be noticed, in ms. */
const RECONNECT_AFTER_MS = 200;

export interface Socket {
  /** What carries it: `websocket`, `long-polling` or `iframe`; null while it is not open. */
  readonly transport: Readonly<Ref<string | null>>;
  /** Sends a message, if it is open. */
  readonly send: (text: string) => void;
}

/** @param onText called for each message */
export function useSocket(url: string, onText: (text: string) => void): Socket {
  const transport = ref<string | null>(null);
  let reconnectTimer: ReturnType<typeof setTimeout> | undefined;
  let socket: WebSocket | undefined;

  function connect(): void {
    const opened = new WebSocket(url);
    socket = opened;
    const tellTransport = (): void => {
      if (socket === opened) transport.value = opened.transport;
    };
    opened.addEventListener('open', tellTransport);
    // It may move to a better transport while it is open.
    opened.addEventListener('holdfast', tellTransport);
    opened.addEventListener('message', ({ data }) => {
      if (socket === opened) onText(data);
    });
    opened.addEventListener('close', () => {
      tellTransport();
      if (socket === opened) reconnectTimer = setTimeout(connect, RECONNECT_AFTER_MS);
    });
  }

  connect();
  onScopeDispose(() => {
    clearTimeout(reconnectTimer);
    const last = socket;
    socket = undefined;
    last?.close();
  });
  return {
    transport: readonly(transport),
    send(text) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    },
  };
}

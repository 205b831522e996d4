/** The page's side of reconnecting-websocket and of partysocket, which make a new socket whenever theirs closes, of the class they are given. */
import { WebSocket as HoldfastWebSocket } from '@holdfast/client';
import PartySocket from 'partysocket/ws';
import ReconnectingWebSocket from 'reconnecting-websocket';
import { Sockets } from './sockets.ts';

/** Soon, so that a test need not wait, in ms. */
const OPTIONS = {
  minReconnectionDelay: 10,
  maxReconnectionDelay: 100,
  minUptime: 10,
  connectionTimeout: 20_000,
};

export class ReconnectingPage {
  readonly sockets: Sockets;
  /** What happened, in order: events by their types, messages as they are. */
  readonly seen: (string | number[])[] = [];
  private readonly socket: ReconnectingWebSocket | PartySocket;

  constructor(
    url: string,
    library: 'reconnecting-websocket' | 'partysocket',
    webSocketClass: 'native' | 'holdfast',
  ) {
    this.sockets = new Sockets(webSocketClass === 'native' ? WebSocket : HoldfastWebSocket);
    const options = { ...OPTIONS, WebSocket: this.sockets.Class };
    this.socket =
      library === 'partysocket'
        ? new PartySocket(url, [], options)
        : new ReconnectingWebSocket(url, [], options);
    this.socket.binaryType = 'arraybuffer';
    this.socket.onopen = () => this.seen.push('open');
    // Of one that broke these libraries tell 1000 where an `error` came before it, and else 1006.
    this.socket.onclose = ({ code }: { code: number }) =>
      this.seen.push(code === 4000 ? 'close 4000' : 'close');
    this.socket.onmessage = ({ data }) =>
      this.seen.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
  }

  get readyState(): number {
    return this.socket.readyState;
  }

  say(...messages: (string | number[])[]): void {
    for (const message of messages)
      this.socket.send(typeof message === 'string' ? message : Uint8Array.from(message));
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }
}

Object.assign(globalThis, { ReconnectingPage });

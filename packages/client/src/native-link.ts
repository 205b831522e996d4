/** A native socket to a server that is not Holdfast, as the link of a WebSocket of ours: no session, no fallback, native speed. */
import { CLOSE_ABNORMAL, TOKEN_PREFIX } from '@holdfast/protocol';
import type { Link, LinkEvents, LinkStats } from './link.ts';

export class NativeLink implements Link {
  readonly transport = 'websocket';
  /** While it is resumed with what the server has said. */
  sharesTasks = false;
  private readonly socket: globalThis.WebSocket;
  private readonly events: LinkEvents;

  constructor(socket: globalThis.WebSocket, events: LinkEvents) {
    this.socket = socket;
    this.events = events;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.onOpen();
    socket.onmessage = (event) => this.onMessage(event);
    socket.onclose = ({ code, reason, wasClean }) => this.end(code, reason, wasClean);
    // Where a content security policy forbids it there may be no close after the error.
    socket.onerror = () => setTimeout(() => socket.onclose && this.end(CLOSE_ABNORMAL, '', false));
  }

  /** The socket was open before: says so, once the link is in its place. @param said what the server has said already */
  resume(said: MessageEvent | undefined): void {
    this.sharesTasks = said !== undefined;
    this.onOpen();
    this.sharesTasks = false;
    if (said !== undefined) this.onMessage(said);
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.socket.send(data);
  }

  close(code: number | undefined, reason: string): void {
    if (code === undefined) this.socket.close();
    else this.socket.close(code, reason);
  }

  abandon(): void {
    this.socket.close();
    this.end(CLOSE_ABNORMAL, '', false);
  }

  stats(): LinkStats {
    return {
      transport: this.transport,
      attempts: [{ transport: 'websocket', outcome: 'attached' }],
      migrations: 0,
      resent: 0,
      attachMs: null,
      roundTripMs: null,
    };
  }

  private end(code: number, reason: string, wasClean: boolean): void {
    const { socket } = this;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    this.events.onClose(code, reason, wasClean);
  }

  private onOpen(): void {
    // It may have taken our token for a subprotocol of the application's.
    const { protocol, extensions } = this.socket;
    this.events.onOpen(protocol.startsWith(TOKEN_PREFIX) ? '' : protocol, extensions);
  }

  private onMessage({ data }: MessageEvent<string | ArrayBuffer>): void {
    const message = typeof data === 'string' ? data : new Uint8Array(data);
    this.events.onMessage(message);
  }
}

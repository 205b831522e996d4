/** A native socket to a server that is not Holdfast, as the link of a WebSocket of ours: no session, no fallback, native speed. */
import { TOKEN_PREFIX } from '@holdfast/protocol';
import type { Link, LinkEvents, LinkStats } from './link.ts';
import { CLOSE_ABNORMAL, type WireMessage } from './session.ts';
import { leaveAlone, listen, type NativeListener } from './transports/native-websocket.ts';

export class NativeLink implements Link, NativeListener {
  readonly transport = 'websocket';
  /** While it is resumed with what the server has said. */
  sharesTasks = false;
  private readonly socket: globalThis.WebSocket;
  private readonly events: LinkEvents;

  constructor(socket: globalThis.WebSocket, events: LinkEvents) {
    this.socket = socket;
    this.events = events;
    listen(socket, this);
  }

  /** The socket was open before: says so, once the link is in its place. @param said what the server has said already */
  resume(said: WireMessage | undefined): void {
    this.sharesTasks = said !== undefined;
    this.onOpen();
    this.sharesTasks = false;
    if (said !== undefined) this.onMessage(said);
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(data: WireMessage): void {
    this.socket.send(data);
  }

  close(code: number | undefined, reason: string): void {
    if (code === undefined) this.socket.close();
    else this.socket.close(code, reason);
  }

  abandon(): void {
    this.socket.close();
    this.onClose(CLOSE_ABNORMAL, '', false);
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

  // NativeListener

  onOpen(): void {
    // It may have taken our token for a subprotocol of the application's.
    const { protocol, extensions } = this.socket;
    this.events.onOpen(protocol.startsWith(TOKEN_PREFIX) ? '' : protocol, extensions);
  }

  onMessage(message: WireMessage): void {
    this.events.onMessage(message);
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    leaveAlone(this.socket);
    this.events.onClose(code, reason, wasClean);
  }
}

/** A native socket to a server that is not Holdfast, as the link of a WebSocket of ours: no session, no fallback, native speed. */

import { TOKEN_PREFIX } from '@holdfast/protocol';
import type { Link, LinkEvents } from './link.ts';
import type { Stats } from './log.ts';

export class NativeLink implements Link {
  readonly transport = 'websocket';
  private readonly socket: globalThis.WebSocket;
  private readonly sent = { messages: 0, bytes: 0 };
  private readonly received = { messages: 0, bytes: 0 };

  /** @param said what the server has said already */
  constructor(socket: globalThis.WebSocket, said: MessageEvent | undefined, events: LinkEvents) {
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    const onOpen = (): void => {
      // It may have taken our token for a subprotocol of the application's.
      const { protocol, extensions } = socket;
      events.onOpen(protocol.startsWith(TOKEN_PREFIX) ? '' : protocol, extensions);
    };
    const onMessage = ({ data }: MessageEvent<string | ArrayBuffer>): void => {
      const message = typeof data === 'string' ? data : new Uint8Array(data);
      this.received.messages++;
      this.received.bytes += message.length;
      events.onMessage(message);
    };
    socket.onmessage = onMessage;
    socket.onclose = ({ code, reason, wasClean }) => events.onClose(code, reason, wasClean);
    if (socket.readyState === OPEN) onOpen();
    else socket.onopen = onOpen;
    if (said !== undefined) onMessage(said);
  }

  get bufferedAmount(): number {
    return this.socket.bufferedAmount;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.messages++;
    this.sent.bytes += data.length;
    this.socket.send(data);
  }

  close(code: number | undefined, reason: string): void {
    if (code === undefined) this.socket.close();
    else this.socket.close(code, reason);
  }

  stats(): Stats {
    return {
      transport: this.transport,
      attempts: [{ transport: 'websocket', outcome: 'attached' }],
      migrations: 0,
      resent: 0,
      sent: { ...this.sent },
      received: { ...this.received },
      attachMs: null,
    };
  }
}

const OPEN = 1;

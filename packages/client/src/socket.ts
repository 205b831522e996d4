/**
 * What a WebSocket object stands for: its state, the order of what it sends, and the events that its link makes (WHATWG WebSockets §4).
 * It asks for the link: a session, or a native socket where the server is known to be another one.
 */
import { utf8ByteLength } from '@holdfast/protocol';
import { closeEvent } from './events.ts';
import { HandlerAttributes } from './handler-attributes.ts';
import type { Link, LinkEvents } from './link.ts';
import type { LogEntry, Stats } from './log.ts';
import { NativeLink } from './native-link.ts';
import type { WireMessage } from './session.ts';
import { SessionLink } from './session-link.ts';
import type { FallbackCandidate, Strategy } from './strategy.ts';
import { afterPromises, Tasks } from './tasks.ts';
import type { TransportName } from './transports/client-transport.ts';
import { NativeWebSocket } from './transports/native-websocket.ts';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** What there is beside native WebSocket, in order of preference, and how to choose. */
let fallbacks: readonly FallbackCandidate[] = [];
let strategy: Strategy;

/** Adds to native WebSocket, once and for all, transports that are tried where it does not get through. */
export function addTransports(candidates: readonly FallbackCandidate[]): void {
  fallbacks = [...new Set(fallbacks.concat(candidates))];
  for (const candidate of candidates) strategy = candidate.strategy;
}

/** Says how sessions without fallbacks come to their transports. */
export function addStrategy(alone: Strategy): void {
  strategy ||= alone;
}

export class Socket implements LinkEvents {
  readonly url: string;
  readonly handlers: HandlerAttributes;
  link: Link;
  readyState: 0 | 1 | 2 | 3 = CONNECTING;
  protocol = '';
  extensions = '';
  binaryType: BinaryType = 'blob';

  private readonly target: EventTarget;
  private readonly tasks: Tasks = new Tasks();
  private readonly origin: string;

  /** Blobs are read before they are sent, and what comes after waits for them. */
  private reading: Promise<void> | undefined;
  /** Bytes that wait behind a Blob; after closing, all that was ever given to `send`. */
  private unsentBytes = 0;

  private readonly counts: Pick<Stats, 'sent' | 'received'> = {
    sent: { messages: 0, bytes: 0 },
    received: { messages: 0, bytes: 0 },
  };

  /** @param names the transports that the application wants, in its order. Default: all */
  constructor(target: EventTarget, url: string, protocols: string[], names?: readonly TransportName[]) {
    this.target = target;
    this.url = url;
    this.origin = new URL(url).origin;
    this.handlers = new HandlerAttributes(target);
    const isPlain = !!names && names.length === 0;
    this.link =
      NativeWebSocket !== undefined && isPlain
        ? new NativeLink(new NativeWebSocket(url, protocols), this)
        : new SessionLink(url, protocols, (link) => strategy(link, fallbacks, names), this);
  }

  get transport(): string | null {
    return this.link.transport;
  }

  get bufferedAmount(): number {
    return this.link.bufferedAmount + this.unsentBytes;
  }

  stats(): Stats {
    return JSON.parse(JSON.stringify(Object.assign(this.link.stats(), this.counts)));
  }

  send(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    if (this.readyState !== OPEN) this.unsentBytes += byteLength(message);
    else if (isBlob(message) || this.reading !== undefined) this.sendInOrder(message);
    else this.pass(message);
  }

  close(code: number | undefined, reason: string): void {
    if (this.readyState >= CLOSING) return;
    this.readyState = CLOSING;
    // With a reason and no code the standard sends none of them (§3.1 `close()`, step 3).
    const start = (): void => this.link.close(code, code === undefined ? '' : reason);
    if (this.reading === undefined) start();
    else void this.reading.then(start);
  }

  // LinkEvents: from the link.

  onOpen(protocol: string, extensions: string): void {
    if (this.readyState !== CONNECTING) return;
    this.inTask(() => {
      this.readyState = OPEN;
      this.protocol = protocol;
      this.extensions = extensions;
      this.dispatch(new Event('open'));
    });
  }

  onMessage(data: string | Uint8Array<ArrayBuffer>): void {
    count(this.counts.received, data);
    this.inTask(() => {
      if (this.readyState !== OPEN) return;
      const { origin } = this;
      this.dispatch(new MessageEvent('message', { data: this.deliverable(data), origin }));
    });
  }

  onClose(code: number, reason: string, wasClean: boolean): void {
    this.inTask(() => {
      const close = (): void => this.dispatch(closeEvent({ code, reason, wasClean }));
      this.readyState = CLOSED;
      if (wasClean) close();
      else {
        this.dispatch(new Event('error'));
        void afterPromises().then(close); // of who awaits the error, and then the close
      }
    });
  }

  onLog(detail: LogEntry): void {
    this.dispatch(new CustomEvent('holdfast', { detail }));
  }

  onForeign(native: globalThis.WebSocket, said: WireMessage | undefined): void {
    if (this.readyState !== CONNECTING) {
      native.close();
      return;
    }
    const link = new NativeLink(native, this);
    this.link = link;
    link.resume(said);
  }

  // Within.

  /** As the platform does: whatever a class that inherits makes of `dispatchEvent`, events do not go through it. */
  private dispatch(event: Event): void {
    EventTarget.prototype.dispatchEvent.call(this.target, event);
  }

  private inTask(act: () => void): void {
    this.tasks.run(act, this.link.sharesTasks);
  }

  private pass(message: string | Uint8Array<ArrayBuffer>): void {
    count(this.counts.sent, message);
    this.link.send(message);
  }

  private sendInOrder(message: string | Uint8Array<ArrayBuffer> | Blob): void {
    const bytes = byteLength(message);
    this.unsentBytes += bytes;
    const read = async (before: Promise<void> | undefined): Promise<void> => {
      await before;
      try {
        const data = isBlob(message) ? new Uint8Array(await new Response(message).arrayBuffer()) : message;
        if (this.readyState === CLOSED) return;
        this.unsentBytes -= bytes;
        this.pass(data);
      } catch {
        // A file that is gone by now: what is missing must not go unnoticed, so that nothing can follow it.
        if (this.readyState !== CLOSED) this.link.abandon();
      }
      if (this.reading === reading) this.reading = undefined;
    };
    const reading = read(this.reading);
    this.reading = reading;
  }

  private deliverable(data: string | Uint8Array<ArrayBuffer>): string | ArrayBuffer | Blob {
    if (typeof data === 'string') return data;
    if (this.binaryType === 'blob') return new Blob([data]);
    return data.byteLength === data.buffer.byteLength ? data.buffer : data.slice(0).buffer;
  }
}

function count(counters: { messages: number; bytes: number }, { length }: string | Uint8Array): void {
  counters.messages++;
  counters.bytes += length;
}

function isBlob(message: string | Uint8Array | Blob): message is Blob {
  return (message as Blob).size !== undefined;
}

function byteLength(message: string | Uint8Array | Blob): number {
  if (typeof message === 'string') return utf8ByteLength(message);
  const { size = (message as Uint8Array).length } = message as Blob;
  return size;
}

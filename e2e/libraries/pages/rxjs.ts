/** The page's side of rxjs: its `webSocket`, with our class given to it, and with the page's own. */
import { WebSocket as HoldfastWebSocket } from '@holdfast/client';
import { map, retry, take, toArray } from 'rxjs';
import { type WebSocketSubject, webSocket } from 'rxjs/webSocket';
import { Sockets } from './sockets.ts';

/** How soon a connection that broke is made again, in ms. */
const RETRY_AFTER_MS = 10;

interface Tick {
  readonly channel: string;
  readonly number: number;
}

export class RxjsPage {
  readonly sockets: Sockets;
  private readonly url: string;
  private readonly json: WebSocketSubject<unknown>;

  /** @param webSocketClass 'global': the page's own, or what it was replaced by */
  constructor(url: string, webSocketClass: 'global' | 'holdfast') {
    this.sockets = new Sockets(webSocketClass === 'global' ? WebSocket : HoldfastWebSocket);
    this.url = url;
    this.json = webSocket({ url, WebSocketCtor: this.sockets.Class as typeof WebSocket });
  }

  /** Subscribes to channels over one socket, each until it has brought so many numbers. */
  multiplex(channels: readonly string[], count: number): Promise<number[][]> {
    const numbers = (channel: string): Promise<number[]> =>
      new Promise((resolve, reject) => {
        this.json
          .multiplex(
            () => ({ subscribe: channel }),
            () => ({ unsubscribe: channel }),
            (message) => (message as Tick).channel === channel,
          )
          .pipe(
            map((message) => (message as Tick).number),
            take(count),
            toArray(),
          )
          .subscribe({ next: resolve, error: reject });
      });
    return Promise.all(channels.map(numbers));
  }

  /** Says a text, and the same again where the connection breaks, until so much has come. Which sockets there were is in `sockets`. */
  retry(texts: readonly string[]): Promise<string[]> {
    const left = [...texts];
    const opened: WebSocketSubject<string> = webSocket({
      url: this.url,
      WebSocketCtor: this.sockets.Class as typeof WebSocket,
      serializer: (text) => text,
      deserializer: ({ data }) => String(data),
      openObserver: { next: () => opened.next(left.shift() as string) },
    });
    return new Promise((resolve, reject) => {
      opened
        .pipe(retry({ count: texts.length, delay: RETRY_AFTER_MS }), take(1), toArray())
        .subscribe({ next: resolve, error: reject });
    });
  }

  /** What a server that echoes makes of bytes; and how the socket is closed, when it is unsubscribed from. */
  async binary(bytes: number[]): Promise<{ readonly echoed: number[]; readonly wasClean: boolean }> {
    let closed: (event: CloseEvent) => void = () => {};
    const closing = new Promise<CloseEvent>((resolve) => {
      closed = resolve;
    });
    const subject: WebSocketSubject<ArrayBuffer> = webSocket({
      url: this.url,
      WebSocketCtor: this.sockets.Class as typeof WebSocket,
      binaryType: 'arraybuffer',
      serializer: (buffer) => buffer,
      deserializer: ({ data }) => data,
      closeObserver: { next: (event) => closed(event) },
    });
    const echoed = new Promise<ArrayBuffer>((resolve, reject) => {
      subject.pipe(take(1)).subscribe({ next: resolve, error: reject });
    });
    subject.next(Uint8Array.from(bytes).buffer);
    return { echoed: [...new Uint8Array(await echoed)], wasClean: (await closing).wasClean };
  }
}

Object.assign(globalThis, { RxjsPage });

/** The page's side of y-websocket: a document with a text in it, and its own client, with the class that the test names. */
import { WebSocket as HoldfastWebSocket } from '@holdfast/client';
import { WebsocketProvider } from 'y-websocket';
import { Doc } from 'yjs';
import { Sockets } from './sockets.ts';

export class YjsPage {
  readonly sockets: Sockets;
  private readonly doc = new Doc();
  private readonly provider: WebsocketProvider;

  constructor(url: string, room: string, webSocketClass: 'native' | 'holdfast') {
    this.sockets = new Sockets(webSocketClass === 'native' ? WebSocket : HoldfastWebSocket);
    this.provider = new WebsocketProvider(url, room, this.doc, {
      WebSocketPolyfill: this.sockets.Class as typeof WebSocket,
      // Pages of one browser would else tell each other past the server.
      disableBc: true,
    });
  }

  get text(): string {
    return this.doc.getText().toString();
  }

  /** The names that all users of the document state, sorted. */
  get names(): string[] {
    return [...this.provider.awareness.getStates().values()].map(({ name }) => String(name)).sort();
  }

  state(name: string): void {
    this.provider.awareness.setLocalState({ name });
  }

  /** Writes each of these at the beginning or at the end, one after the other. */
  write(where: 'beginning' | 'end', words: readonly string[]): void {
    const text = this.doc.getText();
    for (const word of words) text.insert(where === 'beginning' ? 0 : text.length, word);
  }

  leave(): void {
    this.provider.destroy();
  }
}

Object.assign(globalThis, { YjsPage });

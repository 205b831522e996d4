/** A class of WebSocket that remembers its sockets: libraries keep theirs to themselves. */
type WebSocketClass = new (url: string | URL, protocols?: string | string[]) => WebSocket;

export class Sockets {
  readonly Class: WebSocketClass;
  private readonly made: WebSocket[] = [];

  constructor(Base: WebSocketClass) {
    const { made } = this;
    this.Class = class extends Base {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        made.push(this);
      }
    };
  }

  /** What each of them is on; 'native' for one of the platform's own. */
  get transports(): string[] {
    return this.made.map((socket) => ('transport' in socket ? String(socket.transport) : 'native'));
  }
}

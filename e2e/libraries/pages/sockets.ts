/** A class of WebSocket that remembers its sockets: libraries keep theirs to themselves. */
type WebSocketClass = new (url: string | URL, protocols?: string | string[]) => WebSocket;

export class Sockets {
  readonly Class: WebSocketClass;
  /** What each of them opened on, in that order; 'native' for one of the platform's own. */
  readonly used: string[] = [];
  private readonly made: WebSocket[] = [];

  constructor(Base: WebSocketClass) {
    const { made, used } = this;
    this.Class = class extends Base {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        made.push(this);
        this.addEventListener('open', () => used.push(transportOf(this)));
      }
    };
  }

  /** What each of them is on; 'native' for one of the platform's own. */
  get transports(): string[] {
    return this.made.map(transportOf);
  }
}

function transportOf(socket: WebSocket): string {
  return 'transport' in socket ? String(socket.transport) : 'native';
}

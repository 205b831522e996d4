/** The connection to the room, made again when it has ended. What comes is handed on; what it shows, the page says. */
import { WebSocket } from '@holdfast/client';

/** Long enough for a server that restarts, short enough not to be noticed. */
const RECONNECT_AFTER_MS = 200;

export class Room {
  /** A message has come. */
  onText: (text: string) => void = () => {};
  /** The connection is carried by something else, or by nothing. */
  onTransport: (transport: string | null) => void = () => {};
  private socket: WebSocket;

  constructor(url: string) {
    this.socket = this.connect(url);
  }

  say(text: string): void {
    this.socket.send(text);
  }

  private connect(url: string): WebSocket {
    const socket = new WebSocket(url);
    const tellTransport = (): void => this.onTransport(socket.transport);
    socket.addEventListener('open', tellTransport);
    socket.addEventListener('holdfast', tellTransport);
    socket.addEventListener('message', ({ data }) => this.onText(data));
    // 1012 among others: the server's module was edited.
    socket.addEventListener('close', () => {
      tellTransport();
      setTimeout(() => {
        this.socket = this.connect(url);
      }, RECONNECT_AFTER_MS);
    });
    return socket;
  }
}

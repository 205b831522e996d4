/**
 * The application behind the sockets of a Vite server: loaded for each of them, so that it is always the one in the editor, and kept
 * from ending Vite. What it throws is shown in Vite's log, and the socket is closed with 1011.
 */
import type { IncomingMessage } from 'node:http';
import { CLOSE_INTERNAL_ERROR } from '@holdfast/protocol';
import type { Logger } from 'vite';
import type { WebSocketServer } from '../server.ts';
import type { SocketEvents } from '../socket-link.ts';
import type { WebSocket } from '../websocket.ts';

/** What an application does with a socket that has connected. `server` is there for `publish` and `clients`. */
export type ConnectionListener = (
  socket: WebSocket,
  request: IncomingMessage,
  server: WebSocketServer,
) => unknown;

/** Gives the listener as it is now. */
export type LoadListener = () => Promise<ConnectionListener>;

export class Application {
  private readonly load: LoadListener;
  private readonly logger: Logger;

  constructor(load: LoadListener, logger: Logger) {
    this.load = load;
    this.logger = logger;
  }

  /** Nothing that the client sends is lost while the listener is being loaded. */
  async accept(socket: WebSocket, request: IncomingMessage, server: WebSocketServer): Promise<void> {
    socket.pause();
    try {
      const listener = await this.load();
      if (socket.readyState !== socket.OPEN) return;
      const listening = listener(socket, request, server);
      socket.resume();
      await listening;
    } catch (error) {
      this.fail(socket, error);
    } finally {
      socket.resume();
    }
  }

  /** The class of sockets whose listeners may throw. */
  guard(Base: typeof WebSocket): typeof WebSocket {
    const fail = (socket: WebSocket, error: unknown): void => this.fail(socket, error);
    return class GuardedWebSocket extends Base {
      override emit<Name extends keyof SocketEvents>(name: Name, ...values: SocketEvents[Name]): boolean {
        try {
          return Reflect.apply(super.emit, this, [name, ...values]);
        } catch (error) {
          fail(this, error);
          return true;
        }
      }
    };
  }

  private fail(socket: WebSocket, reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.logger.error(`holdfast: the application has failed\n${error.stack}`, { timestamp: true, error });
    socket.close(CLOSE_INTERNAL_ERROR, 'The application has failed: see the log of Vite');
  }
}

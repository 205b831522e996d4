/** The page's side of graphql-ws: its own client, with the class of WebSocket that the test names. */
import { WebSocket as HoldfastWebSocket } from '@holdfast/client';
import { type Client, createClient } from 'graphql-ws';
import { Sockets } from './sockets.ts';

/** What came of an operation, in order, and how it ended: its errors' messages, or none. */
export interface Outcome {
  readonly data: unknown[];
  readonly errors: readonly string[];
}

export class GraphqlPage {
  readonly sockets: Sockets;
  private readonly client: Client;

  constructor(url: string, webSocketClass: 'native' | 'holdfast') {
    this.sockets = new Sockets(webSocketClass === 'native' ? WebSocket : HoldfastWebSocket);
    this.client = createClient({ url, webSocketImpl: this.sockets.Class, lazy: false, retryAttempts: 0 });
  }

  /** Runs an operation to its end, or until so much has come. */
  run(query: string, most = Number.POSITIVE_INFINITY): Promise<Outcome> {
    return new Promise((resolve) => {
      const data: unknown[] = [];
      const unsubscribe = this.client.subscribe(
        { query },
        {
          next(result) {
            data.push(result.data);
            if (data.length === most) unsubscribe();
          },
          error: (error) => resolve({ data, errors: messages(error) }),
          complete: () => resolve({ data, errors: [] }),
        },
      );
    });
  }
}

/** graphql-ws gives GraphQL errors as an array, and what ended the connection as the event. */
function messages(error: unknown): string[] {
  if (Array.isArray(error)) return error.map(({ message }) => String(message));
  if (error instanceof CloseEvent) return [`${error.code} ${error.reason}`];
  return [String(error)];
}

Object.assign(globalThis, { GraphqlPage });

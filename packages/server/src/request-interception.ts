/**
 * Takes some requests of an HTTP server before its `request` listeners see them, whenever these were or will be added; all
 * others pass untouched. Listeners cannot do that: each sees every request, and express answers 404 to what it does not know.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';

/** Says whether it has taken the request. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Returns what ends it. */
export function interceptRequests(server: HttpServer | HttpsServer, handle: RequestHandler): () => void {
  const { emit } = server;
  const intercepting = function (this: typeof server, ...event: unknown[]): boolean {
    if (event[0] === 'request' && isActive) {
      const [, request, response] = event as [string, IncomingMessage, ServerResponse];
      if (handle(request, response)) return true;
    }
    return Reflect.apply(emit, this, event) as boolean;
  };
  let isActive = true;
  server.emit = intercepting;
  return () => {
    isActive = false;
    // Somebody else may have wrapped it since; then ours stays, and lets everything pass.
    if (server.emit === intercepting) server.emit = emit;
  };
}

/**
 * The way in for tests, on a port of its own: what the application has seen, and what it is to do.
 *
 *   GET  /connections?name=N         the reports of that name's connections
 *   POST /command?name=N&verb=V      body: the argument in JSON; done to the newest connection of that name
 *   GET  /requests                   what the plain listener was given
 *   GET  /http2-sessions             how many connections have spoken HTTP/2
 *
 * @import { IncomingMessage, Server, ServerResponse } from 'node:http'
 * @import { Application } from './application.mjs'
 */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

/**
 * @param {Application} application
 * @returns {Server} not listening yet
 */
export function createControlServer(application) {
  return createServer((request, response) => {
    answer(application, request).then(
      (value) => respond(response, 200, value),
      (error) => respond(response, 400, String(error)),
    );
  });
}

/**
 * @param {Application} application
 * @param {IncomingMessage} request
 * @returns {Promise<unknown>}
 */
async function answer(application, request) {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://host');
  const connections = application.connections(searchParams.get('name') ?? '');
  if (pathname === '/requests') return application.requests;
  if (pathname === '/http2-sessions') return application.http2Sessions;
  if (pathname === '/connections') return connections.map((record) => record.report());
  if (pathname !== '/command') throw new Error(`unknown: ${pathname}`);
  const newest = connections.at(-1);
  if (newest === undefined) throw new Error('There is no such connection');
  newest.command(searchParams.get('verb') ?? '', await json(request));
  return null;
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {unknown} value
 */
function respond(response, status, value) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

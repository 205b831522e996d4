/**
 * POST /lab/faults: a page's switches come in as JSON, outside Holdfast, so that they work when nothing else does.
 *
 *   { "visitor": "0123456789abcdef", "switches": { "upgrade": "refuse", "holdResponses": false, "refuseFetch": false } }
 *   { "visitor": "0123456789abcdef", "action": "cut" | "pull-cable" }
 *
 * Answers 204, or a status with a one-line reason. Only pages of this very origin may ask.
 *
 * @import { IncomingMessage, ServerResponse } from 'node:http'
 * @import { FaultDesk } from './fault-desk.mjs'
 */
import { isVisitorId, parseSwitches } from './fault-switches.mjs';

export const FAULT_PATH = '/lab/faults';

/** Bytes of the largest honest request, with room to spare. */
const MAX_BODY_BYTES = 1024;

/**
 * @param {IncomingMessage} request
 * @param {ServerResponse} response
 * @param {FaultDesk} desk
 */
export async function answerFaultRequest(request, response, desk) {
  const [status, reason] = await judge(request, desk);
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(status === 204 ? undefined : `${reason}\n`);
}

/**
 * @param {IncomingMessage} request
 * @param {FaultDesk} desk
 * @returns {Promise<[status: number, reason: string]>}
 */
async function judge(request, desk) {
  if (request.method !== 'POST') return [405, 'switches are set by POST'];
  if (!isSameOrigin(request)) return [403, 'only the lab itself may set switches'];
  // A form of another site cannot send this type without asking first.
  if (request.headers['content-type'] !== 'application/json') return [415, 'switches are JSON'];
  const text = await readBody(request);
  if (text === undefined) return [413, `a request has at most ${MAX_BODY_BYTES} bytes`];
  const order = parseOrder(text);
  if (order === undefined) return [400, 'that is not a known switch or action'];
  return (await carryOut(order, desk)) ? [204, ''] : [503, 'too many visitors have switched something'];
}

/** @typedef {{ visitor: string, change: import('./fault-switches.mjs').Switches | 'cut' | 'pull-cable' }} Order */

/** @param {Order} order @param {FaultDesk} desk @returns {Promise<boolean>} */
async function carryOut({ visitor, change }, desk) {
  if (change === 'pull-cable') return desk.pullCable(visitor);
  if (change !== 'cut') return desk.set(visitor, change);
  await desk.cut(visitor);
  return true;
}

/** @param {string} text @returns {Order | undefined} */
function parseOrder(text) {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { visitor, action, switches } = /** @type {Record<string, unknown>} */ (value);
  if (!isVisitorId(visitor)) return undefined;
  if (action === 'cut' || action === 'pull-cable') return { visitor, change: action };
  const change = parseSwitches(switches);
  return change && { visitor, change };
}

/** @param {string} text @returns {unknown} */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {IncomingMessage} request */
function isSameOrigin({ headers }) {
  if (headers.origin === undefined) return headers['sec-fetch-site'] === undefined;
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host;
}

/** @param {IncomingMessage} request @returns {Promise<string | undefined>} nothing, if it is too long or never ends */
async function readBody(request) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { answerFaultRequest } from '../server/fault-route.mjs';

const VISITOR = '0123456789abcdef';
const SWITCHES = { upgrade: 'refuse', holdResponses: false, refuseFetch: true };

/** @type {unknown[][]} */
let calls = [];
let hasRoom = true;
const order =
  (/** @type {string} */ verb) =>
  (/** @type {unknown[]} */ ...details) => {
    calls.push([verb, ...details]);
    return Promise.resolve(hasRoom);
  };
const desk = { set: order('set'), pullCable: order('pullCable'), cut: order('cut') };
const server = createServer((request, response) => {
  void answerFaultRequest(request, response, /** @type {any} only these verbs are used */ (desk));
});
let url = '';

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  calls = [];
  hasRoom = true;
});

/** @param {unknown} body @param {RequestInit} [init] */
function post(body, init = {}) {
  return fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
    headers: { 'Content-Type': 'application/json', Origin: url, ...init.headers },
  });
}

describe('POST /lab/faults', () => {
  test('sets switches and carries out actions', async () => {
    expect((await post({ visitor: VISITOR, switches: SWITCHES })).status).toBe(204);
    expect((await post({ visitor: VISITOR, action: 'cut' })).status).toBe(204);
    expect((await post({ visitor: VISITOR, action: 'pull-cable' })).status).toBe(204);
    expect(calls).toEqual([
      ['set', VISITOR, SWITCHES],
      ['cut', VISITOR],
      ['pullCable', VISITOR],
    ]);
  });

  test.each([
    ['not JSON'],
    [null],
    [{}],
    [{ visitor: VISITOR }],
    [{ visitor: VISITOR, action: 'explode' }],
    [{ visitor: '*', action: 'cut' }],
    [{ visitor: VISITOR, switches: { ...SWITCHES, upgrade: 'maybe' } }],
  ])('answers 400 to %j', async (body) => {
    expect((await post(body)).status).toBe(400);
    expect(calls).toEqual([]);
  });

  test('refuses another origin, another type of content, another method and a large body', async () => {
    const order = { visitor: VISITOR, action: 'cut' };
    expect((await post(order, { headers: { Origin: 'http://elsewhere.example' } })).status).toBe(403);
    expect((await post(order, { headers: { Origin: 'null' } })).status).toBe(403);
    expect((await post(order, { headers: { 'Content-Type': 'text/plain' } })).status).toBe(415);
    expect((await fetch(url)).status).toBe(405);
    expect((await post({ ...order, padding: 'x'.repeat(2000) })).status).toBe(413);
    expect(calls).toEqual([]);
  });

  test('says when there is no room', async () => {
    hasRoom = false;
    const response = await post({ visitor: VISITOR, switches: SWITCHES });
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('too many visitors have switched something\n');
  });
});

/** Handshakes over HTTP/2 as no client would write them: the server goes on, and lets in only what RFC 8441 §5 asks for. */
import { once } from 'node:events';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from '../src/server.ts';
import { Http2Client } from './http2-client.ts';
import { DATA, type Field, GOAWAY, HEADERS, isStatus200, RawHttp2Client, RST_STREAM } from './raw-http2.ts';

const HANDSHAKE: readonly Field[] = [
  [':method', 'CONNECT'],
  [':protocol', 'websocket'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'server.example'],
  ['sec-websocket-version', '13'],
];

let http: Http2Server;
let port: number;
let opened = 0;

beforeAll(async () => {
  http = createServer((_request, response) => {
    response.statusCode = 404;
    response.end();
  });
  new WebSocketServer({ server: http }).on('connection', (socket) => {
    opened++;
    socket.on('message', () => {});
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  ({ port } = http.address() as AddressInfo);
});

afterAll(() => new Promise<void>((resolve) => http.close(() => resolve())));

/** Sends a head on a connection of its own. */
async function outcome(fields: readonly Field[], endsStream: boolean): Promise<'accepted' | 'refused'> {
  const raw = await RawHttp2Client.connect(port);
  const streamId = raw.sendHeaders(fields, endsStream);
  try {
    for (;;) {
      const answer = await raw.readFrame(streamId);
      if (answer === 'end') return 'refused';
      if (isStatus200(answer)) return 'accepted';
      if ([HEADERS, RST_STREAM, GOAWAY].includes(answer.type)) return 'refused';
      expect(answer.type).not.toBe(DATA);
    }
  } finally {
    raw.socket.destroy();
  }
}

/**
 * RFC 8441 §4 and §5, RFC 9113 §8.2 and §8.3: written again, so that the server is not compared with itself. A field that may not be
 * is as good as none (nghttp2 drops it), but for a pseudo-header field.
 */
function isHandshake(all: readonly Field[]): boolean {
  const fields = all.filter(([name, value]) => name.startsWith(':') || isField(name, value));
  const value = (wanted: string): string | undefined => {
    const values = fields.filter(([name]) => name === wanted);
    return values.length === 1 ? values[0]?.[1] : undefined;
  };
  const pseudo = fields.map(([name]) => name.startsWith(':'));
  const host = fields.filter(([name]) => name === 'host').map(([, host]) => host);
  return (
    value(':method') === 'CONNECT' &&
    value(':protocol') === 'websocket' &&
    value(':scheme') !== undefined &&
    value(':path')?.startsWith('/') === true &&
    value(':authority') !== undefined &&
    value('sec-websocket-version') === '13' &&
    host.every((each) => each === value(':authority')) &&
    !pseudo.includes(true, pseudo.indexOf(false)) &&
    fields.every(([name, value]) => isField(name, value) && !FORBIDDEN.includes(name))
  );
}

const FORBIDDEN = [':status', ':unknown', 'connection', 'upgrade', 'transfer-encoding'];

function isField(name: string, value: string): boolean {
  const values = name === 'host' ? /^[a-z0-9.:-]+$/i : /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;
  return /^:?[a-z0-9-]+$/.test(name) && values.test(value);
}

const name = fc.constantFrom(
  ':method',
  ':protocol',
  ':scheme',
  ':path',
  ':authority',
  ':status',
  ':unknown',
  'host',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-key',
  'connection',
  'upgrade',
  'transfer-encoding',
  'content-length',
  'origin',
  'Upper-Case',
  '',
);
const value = fc.oneof(
  fc.constantFrom('', 'CONNECT', 'GET', 'websocket', 'WebSocket', '/', '*', 'server.example', '13', 'a, a'),
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const field: fc.Arbitrary<Field> = fc.tuple(name, value);

/** The handshake with some of its fields left out, changed, doubled or moved. */
const damaged = fc
  .tuple(
    fc.subarray([...HANDSHAKE], { minLength: 3 }),
    fc.array(fc.tuple(fc.nat(9), field), { maxLength: 3 }),
  )
  .map(([fields, added]) => {
    const all = [...fields];
    for (const [at, extra] of added) all.splice(at, 0, extra);
    return all;
  });

describe('a handshake over HTTP/2', () => {
  it('is accepted as RFC 8441 has it', async () => {
    expect(await outcome(HANDSHAKE, false)).toBe('accepted');
    expect(isHandshake(HANDSHAKE)).toBe(true);
  });

  it('is never accepted otherwise, and never ends the server', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, fc.boolean(), async (fields, endsStream) => {
        const before = opened;
        const was = await outcome(fields, endsStream);
        if (!isHandshake(fields)) expect([was, opened - before]).toEqual(['refused', 0]);
      }),
      { numRuns: 300 },
    );
    const client = await Http2Client.connect(`http://127.0.0.1:${port}`);
    expect((await client.open()).status).toBe(200);
    client.destroy();
  });
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from '../src/index.ts';
import { RawClient } from './raw-client.ts';

const CLIENT_ERROR_TIMEOUT_MS = 200;

let server: WebSocketServer;

async function connect(): Promise<{ client: RawClient; errors: Error[] }> {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handshakeTimeoutMs: CLIENT_ERROR_TIMEOUT_MS });
  await once(server, 'listening');
  const client = await RawClient.connect((server.address() as AddressInfo).port);
  const errors: Error[] = [];
  client.socket.on('error', (error) => errors.push(error));
  return { client, errors };
}

afterEach(() => {
  server.close();
});

/** Far more than the server reads before it refuses: closing TCP then would reset it. */
const MUCH = 'x'.repeat(1_000_000);

describe('a server of its own', () => {
  it.each([
    ['a head that is too large', `GET / HTTP/1.1\r\nX: ${MUCH}`, '431 Request Header Fields Too Large'],
    ['what is no HTTP', `hello\r\n\r\n${MUCH}`, '400 Bad Request'],
    ['HTTP/2 without a handshake for it', `PRI * HTTP/2.0\r\n\r\n${MUCH}`, '400 Bad Request'],
  ])('answers %s, however much of it is still coming in', async (_what, said, answer) => {
    const { client, errors } = await connect();
    client.write(said);
    client.socket.end();
    const response = await client.readToEnd();
    expect(response).toMatch(new RegExp(`^HTTP/1.1 ${answer}\r\n[^]*\r\nConnection: close\r\n`));
    expect(response.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('answers half a head with 408 when its time is over', async () => {
    const { client } = await connect();
    client.write('GET / HTTP/1.1\r\nHost:');
    expect(await client.readToEnd()).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    client.socket.destroy();
  });

  it('says nothing into a connection that has been answered already', async () => {
    const { client, errors } = await connect();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(await client.readHead()).toMatch(/^HTTP\/1.1 426 /);
    client.write(`hello\r\n\r\n${MUCH}`);
    client.socket.end();
    expect(await client.readToEnd()).not.toContain('HTTP');
    expect(errors).toEqual([]);
  });
});

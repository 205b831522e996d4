import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { refusal } from '../src/handshake.ts';
import { refusalResponse, refuse } from '../src/refuse.ts';
import { RawClient } from './raw-client.ts';
import { RecordingStream } from './recording-stream.ts';

const server = createServer({ allowHalfOpen: true });

afterEach(() => {
  server.close();
});

async function pair(): Promise<{ client: RawClient; socket: Socket }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = await RawClient.connect((server.address() as { port: number }).port);
  const [socket] = await accepted;
  return { client, socket };
}

describe('refuse', () => {
  it('answers with the status, the fields and the reason, and ends', async () => {
    const { client, socket } = await pair();
    refuse(socket, refusal(405, 'Only GET', { Allow: 'GET' }));
    expect(await client.readToEnd()).toBe(
      [
        'HTTP/1.1 405 Method Not Allowed',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Length: 9',
        'X-Content-Type-Options: nosniff',
        'Allow: GET',
        'Connection: close',
        '',
        'Only GET\n',
      ].join('\r\n'),
    );
    client.socket.end();
    await once(socket, 'close');
  });

  it('announces Upgrade in Connection where it is a field', async () => {
    const { client, socket } = await pair();
    refuse(socket, refusal(426, 'Other version', { Upgrade: 'websocket' }));
    expect(await client.readHead()).toContain('\r\nConnection: close, Upgrade\r\n');
    client.socket.destroy();
  });

  it('has the length of the reason in bytes', () => {
    expect(refusalResponse(refusal(400, 'é')).headers['Content-Length']).toBe('3');
  });

  it('answers although the client is still sending, and has half closed', async () => {
    const { client, socket } = await pair();
    client.write(Buffer.alloc(1_000_000));
    client.socket.end();
    refuse(socket, refusal(400, 'No'));
    expect(await client.readToEnd()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n.*No\n$/s);
    await once(socket, 'close');
  });

  it('cuts a client that never closes', { timeout: 5000 }, async () => {
    const { client, socket } = await pair();
    refuse(socket, refusal(400, 'No'));
    await once(socket, 'close');
    client.socket.destroy();
  });

  it('writes nothing to a socket that is gone', () => {
    const stream = new RecordingStream();
    stream.end();
    refuse(stream, refusal(400, 'No'));
    expect(stream.writes).toEqual([]);
    expect(stream.destroyed).toBe(true);
  });
});

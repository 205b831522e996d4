/** A Holdfast session over a WebSocket on which permessage-deflate was agreed upon: its wire messages are compressed like others. */
import { type Frame, formatToken, OPCODE_BINARY, OPCODE_TEXT } from '@holdfast/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from '../../src/index.ts';
import { closeAll, listen } from '../beside-ws.ts';
import { SECRET, SESSION } from '../holdfast-requests.ts';
import { clientFrame, RawClient, upgradeRequest } from '../raw-client.ts';
import { deflated, inflateAll, json } from './texts.ts';

const clients: RawClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.destroy();
  await closeAll();
});

/** More than a fragment of a session holds (PROTOCOL.md §2). */
const LONG = json(100_000).toString();

async function attached(threshold: number): Promise<{ client: RawClient; socket: WebSocket }> {
  const { port, accepted } = await listen(undefined, { perMessageDeflate: { threshold } });
  const accepting = accepted();
  const client = await RawClient.connect(port);
  clients.push(client);
  const token = formatToken({ session: SESSION, secret: SECRET, attach: 1, received: null });
  client.write(
    upgradeRequest({
      'Sec-WebSocket-Protocol': token,
      'Sec-WebSocket-Extensions': 'permessage-deflate; server_no_context_takeover',
    }),
  );
  expect(await client.readHead()).toContain('Sec-WebSocket-Extensions: permessage-deflate;');
  return { client, socket: await accepting };
}

function contentOf({ rsv1, payload }: Frame): string {
  return (rsv1 ? inflateAll([payload]) : Buffer.from(payload)).toString();
}

async function read(client: RawClient): Promise<Frame> {
  const frame = await client.readFrame();
  if (frame === 'end') throw new Error('The connection has ended');
  return frame;
}

describe('a session over a compressed connection', () => {
  it('compresses what the application sends, controls never', async () => {
    const { client, socket } = await attached(0);
    socket.send('~ begins like a control');
    socket.send(LONG);
    const lines: [rsv1: boolean, content: string][] = [];
    let received = '';
    while (received.length < LONG.length) {
      const frame = await read(client);
      const content = contentOf(frame);
      if (content.startsWith('~')) lines.push([frame.rsv1, content.replace(/ .*/, '')]);
      else received += content;
      if (!content.startsWith('~')) expect(frame.rsv1).toBe(true);
    }
    expect(received).toBe(LONG);
    expect(lines).toEqual([
      [false, '~attached'],
      [true, '~~'],
      [false, '~more'],
      [false, '~more'],
      [false, '~more'],
    ]);
  });

  it('leaves short messages as they are', async () => {
    const { client, socket } = await attached(1024);
    socket.send('short');
    socket.send(LONG.slice(0, 1024));
    const frames = [await read(client), await read(client), await read(client)];
    expect(frames.map(({ rsv1 }) => rsv1)).toEqual([false, false, true]);
    expect(frames.map(contentOf).slice(1)).toEqual(['short', LONG.slice(0, 1024)]);
  });

  it('reads what the client has compressed, and acknowledges it', async () => {
    const { client, socket } = await attached(0);
    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on('message', (data, isBinary) => {
        received.push(`${isBinary} ${data}`);
        if (received.length === 3) resolve();
      });
    });
    client.write(
      Buffer.concat([
        clientFrame(OPCODE_TEXT, deflated('~more'), { rsv1: true }),
        clientFrame(OPCODE_TEXT, deflated(LONG.slice(0, 32_768)), { rsv1: true }),
        clientFrame(OPCODE_TEXT, LONG.slice(32_768, 32_770)),
        clientFrame(OPCODE_BINARY, deflated('binary'), { rsv1: true }),
        clientFrame(OPCODE_TEXT, deflated('~~'), { rsv1: true }),
      ]),
    );
    await all;
    expect(received).toEqual([`false ${LONG.slice(0, 32_770)}`, 'true binary', 'false ~']);
    expect(contentOf(await read(client))).toContain('~attached');
    expect(contentOf(await read(client))).toBe('~ack 4');
  });
});

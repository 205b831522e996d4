/**
 * What a transport has to carry, whatever it is: large messages, many, and the end of a session behind all that was said before. The standard takes it
 * for granted (§4, "a WebSocket message has been received"); transports that are made of requests have to prove it.
 */
import { equals, holds, is } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

const MIB = 1024 * 1024;

/** Several fragments, and several bodies; shorter ones are among the messages. */
const LENGTHS = { '200,000 bytes': 200_000, '4 MiB': 4 * MIB, '16 MiB': 16 * MIB };

const MANY_MESSAGES = 10_000;

/** Prime, so that no border of fragments or bodies falls together with its period. */
const PERIOD = 251;

export const sessions = area('Sessions', [
  Object.entries(LENGTHS).map(([length, bytes]) => [
    clause(`a text of ${length} comes back as it is`, async (stage) => {
      const text = Array.from({ length: PERIOD }, (_, index) => String.fromCharCode(32 + (index % 95)))
        .join('')
        .repeat(Math.ceil(bytes / PERIOD))
        .slice(0, bytes);
      const { data } = await stage.echo(await stage.open(), text);
      holds(data === text, 'it is the same text');
    }),
    clause(`a buffer of ${length} comes back as it is`, async (stage) => {
      const sent = Uint8Array.from({ length: bytes }, (_, index) => index % PERIOD);
      const { data } = await stage.echo(await stage.open(), sent);
      const received = new Uint8Array(data);
      is(received.length, bytes, 'the length');
      holds(
        received.every((byte, index) => byte === index % PERIOD),
        'it is the same buffer',
      );
    }),
  ]),
  clause('10,000 messages come back in order, none of them twice', async (stage) => {
    const socket = await stage.open();
    let received = 0;
    /** @type {unknown} */
    let mistake;
    socket.onmessage = ({ data }) => {
      if (data !== String(received)) mistake ??= `${data} in the place of ${received}`;
      received++;
    };
    for (let sent = 0; sent < MANY_MESSAGES; sent++) socket.send(String(sent));
    await stage.until(() => received >= MANY_MESSAGES || mistake !== undefined);
    is(mistake, undefined, 'a mistake');
    is((await stage.echo(socket, 'last')).data, 'last', 'what comes behind them');
    is(received, MANY_MESSAGES + 1, 'their number, with the last');
  }),
  clause('the server hears all that was said before a close, and then its code and reason', async (stage) => {
    const name = stage.name();
    const socket = await stage.open({ name });
    const sent = Array.from({ length: 50 }, (_, index) => String(index));
    for (const text of sent) socket.send(text);
    socket.close(3001, 'enough ☃');
    socket.send('too late');
    const { code, wasClean } = await stage.event(socket, 'close');
    equals([code, wasClean], [3001, true]);
    const { messages, closes } = await stage.seen(name, ({ closes }) => closes.length > 0);
    equals(messages, sent);
    equals(closes.length, 1);
  }),
  clause('the page hears all that the server said before its close', async (stage) => {
    const socket = await stage.open();
    const seen = stage.record(socket);
    const texts = Array.from({ length: 50 }, (_, index) => String(index));
    stage.ask(socket, { do: 'say', texts });
    stage.ask(socket, { do: 'end', code: 4002, reason: 'bye ☃' });
    const { code, reason, wasClean } = await stage.event(socket, 'close');
    equals([code, reason, wasClean], [4002, 'bye ☃', true]);
    equals(seen, [...texts.map((text) => `message ${text}`), 'close 4002']);
  }),
]);

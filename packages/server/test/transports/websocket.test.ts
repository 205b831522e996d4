import { OPCODE_TEXT } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from '../../src/connection.ts';
import { AttachedSession, type SessionsOptions } from '../../src/sessions.ts';
import { Timeouts } from '../../src/timeouts.ts';
import { WebSocketTransport } from '../../src/transports/websocket.ts';
import { SECRET, SESSION } from '../holdfast-requests.ts';
import { Journal } from '../journal.ts';
import { clientFrame } from '../raw-client.ts';
import { endOfTurn, RecordingStream } from '../recording-stream.ts';

const OPTIONS: SessionsOptions = {
  maxMessageBytes: 100_000,
  maxBufferedBytes: 1_000_000,
  expiryMs: 30_000,
  closeTimeoutMs: 5000,
  autoPong: true,
  maxSessions: 1,
  keepaliveMs: 25_000,
  maxBodyBytes: 1000,
};

let stream: RecordingStream;
let session: AttachedSession;
let journal: Journal;

beforeEach(async () => {
  stream = new RecordingStream();
  const statement = { session: SESSION, secret: SECRET, attach: 1, received: null };
  session = new AttachedSession(statement, '', OPTIONS, new Timeouts());
  journal = new Journal();
  session.channel.setHandler(journal);
  const connection = new Connection(stream, { role: 'server' });
  const transport = new WebSocketTransport(connection, session, OPTIONS.keepaliveMs);
  connection.start(transport, Buffer.alloc(0));
  transport.attach(statement);
  await endOfTurn();
  stream.writes.length = 0;
});

afterEach(() => {
  session.channel.terminate();
  stream.destroy();
});

/** What was written, each write without the headers of its short text frames. */
function written(): string[] {
  return stream.writes.map((write) => write.toString('latin1').replaceAll(/\x81./g, ' ').trim());
}

const read = (...texts: string[]): boolean =>
  stream.push(Buffer.concat(texts.map((text) => clientFrame(OPCODE_TEXT, text))));

const say = (text: string): void => session.channel.send(text, false, {});

describe('a session on a connection', () => {
  it('answers all messages of one read in one write, with the read', () => {
    vi.spyOn(journal, 'onMessage').mockImplementation((data) => say(`got ${data}`));
    read('one', 'two', 'three');
    expect(written()).toEqual(['got one got two got three']);
  });

  it('sends what is said between two reads at the end of the turn', async () => {
    read('one');
    expect(journal.lines).toEqual(['text one']);
    say('a');
    say('b');
    expect(written()).toEqual([]);
    await endOfTurn();
    expect(written()).toEqual(['a b']);
  });

  it('sends what was said before a listener threw', async () => {
    vi.spyOn(journal, 'onMessage').mockImplementationOnce(() => {
      say('before');
      throw new Error('from the application');
    });
    expect(() => read('one', 'two')).toThrow('from the application');
    expect(written()).toEqual(['before']);
    await journal.until(/text two/);
    say('after');
    await endOfTurn();
    expect(written()).toEqual(['before', 'after']);
  });
});

describe('a session that is ended for want of room, on a connection', () => {
  it('is told so, and let go', async () => {
    session.channel.send('x'.repeat(OPTIONS.maxBufferedBytes + 1), false, {});
    await endOfTurn();
    // Behind it comes a Close frame.
    expect(written()).toEqual([expect.stringMatching(/^~gone 1008 More than 1000000 bytes wait/)]);
  });
});

describe('an application that has paused, on a connection', () => {
  const LONG = 'x'.repeat(30_000);

  it('has the client hold back what it has, and go on', async () => {
    session.channel.pause();
    read(LONG, LONG, LONG, LONG);
    await endOfTurn();
    expect(written()).toEqual([]);
    read(LONG);
    await endOfTurn();
    expect(written()).toEqual(['~pause']);
    expect(session.attached({ attach: 2, received: 0 })).toBe('{"attach":2,"received":5,"paused":true}');
    session.channel.resume();
    await endOfTurn();
    expect(written()).toEqual(['~pause', '~resume']);
    expect(session.attached({ attach: 2, received: 0 })).toBe('{"attach":2,"received":5}');
  });
});

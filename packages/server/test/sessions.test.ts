import type { Outgoing } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FrameRun } from '../src/frame-buffer.ts';
import { type AttachedSession, Sessions, type SessionsOptions } from '../src/sessions.ts';

const OPTIONS: SessionsOptions = {
  maxMessageBytes: 1000,
  maxBufferedBytes: 1000,
  expiryMs: 30_000,
  closeTimeoutMs: 30_000,
  autoPong: true,
  maxSessions: 3,
  keepaliveMs: 25_000,
  maxBodyBytes: 500,
};

const first = {
  session: 'session-0123456789',
  secret: 'secret-0123456789-0123456789',
  attach: 1,
  received: null,
};

function create(sessions: Sessions, session = first.session): AttachedSession {
  return sessions.create({ ...first, session }, 'chat');
}

/** What `admit` wants of a statement. */
const attach = (attach: number, received: number | null = null) => ({ attach, received });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('finding a session', () => {
  it('creates one for a client that was never attached, and finds it again', () => {
    const sessions = new Sessions(OPTIONS);
    expect(sessions.find(first)).toBe('new');
    const created = create(sessions);
    expect(sessions.find(first)).toBe(created);
    expect(sessions.find({ ...first, attach: 7, received: 3 })).toBe(created);
  });

  it('says gone to a client that was attached to a session nobody knows', () => {
    expect(new Sessions(OPTIONS).find({ ...first, received: 0 })).toBe('gone');
  });

  it('says gone to a wrong secret, as to an unknown session', () => {
    const sessions = new Sessions(OPTIONS);
    create(sessions);
    expect(sessions.find({ ...first, secret: 'secret-0123456789-012345678X' })).toBe('gone');
    expect(sessions.find({ ...first, secret: 'short' })).toBe('gone');
  });

  it('creates none for an attach that only proves the path', () => {
    expect(new Sessions(OPTIONS).find({ ...first, attach: 0 })).toBe('gone');
  });

  it('raises no ghost of a session that has ended', () => {
    const sessions = new Sessions(OPTIONS);
    create(sessions).channel.terminate();
    expect(sessions.size).toBe(0);
    vi.advanceTimersByTime(OPTIONS.expiryMs - 1);
    expect(sessions.find(first)).toBe('gone');
    vi.advanceTimersByTime(1);
    expect(sessions.find(first)).toBe('new');
  });

  it('says that a session is gone, and why where it was ended for something', () => {
    const sessions = new Sessions(OPTIONS);
    expect(sessions.gone(first.session)).toBe('~gone');
    const { channel } = create(sessions);
    channel.send(Buffer.alloc(OPTIONS.maxBufferedBytes + 1), true, {});
    expect(sessions.size).toBe(0);
    expect(sessions.gone(first.session)).toBe('~gone 1008 More than 1000 bytes wait');
    expect(sessions.gone('session-of-another')).toBe('~gone');
  });

  it('remembers no more ended sessions than there may be sessions', () => {
    const sessions = new Sessions(OPTIONS);
    for (let count = 0; count <= OPTIONS.maxSessions; count++) {
      create(sessions, `session-number-${count}-0123`).channel.terminate();
    }
    expect(sessions.find({ ...first, session: 'session-number-0-0123' })).toBe('new');
    expect(sessions.find({ ...first, session: 'session-number-3-0123' })).toBe('gone');
  });

  it('is full at maxSessions', () => {
    const sessions = new Sessions(OPTIONS);
    for (let count = 0; count < OPTIONS.maxSessions; count++) {
      expect(sessions.isFull).toBe(false);
      create(sessions, `session-number-${count}-0123`);
    }
    expect(sessions.isFull).toBe(true);
  });

  it('gives the id of a session back when it expires, where the client was not heard of again', () => {
    const sessions = new Sessions(OPTIONS);
    create(sessions).admit(attach(1));
    vi.advanceTimersByTime(OPTIONS.expiryMs - 1);
    expect(sessions.size).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sessions.size).toBe(0);
    // Where its answers were lost it asks once more, and gets one.
    expect(sessions.find({ ...first, attach: 2 })).toBe('new');
  });

  it('keeps the id of a session that expires once the client has stated what it has received', () => {
    const sessions = new Sessions(OPTIONS);
    const session = create(sessions);
    session.admit(attach(1));
    session.admit(attach(1, 0));
    session.channel.driver.touch();
    vi.advanceTimersByTime(OPTIONS.expiryMs - 1);
    expect(sessions.size).toBe(1);
    vi.advanceTimersByTime(1);
    expect(sessions.find(first)).toBe('gone');
  });

  it.each([
    [
      'the application has closed',
      ({ channel }: AttachedSession) => {
        channel.close(4000, Buffer.alloc(0));
        channel.driver.end();
      },
    ],
    ['the application has ended', ({ channel }: AttachedSession) => channel.terminate()],
    [
      'has received something',
      ({ channel }: AttachedSession) => {
        channel.driver.receive(0, { kind: 'data', data: 'a', binary: false, final: true });
        vi.advanceTimersByTime(OPTIONS.expiryMs);
      },
    ],
  ])('raises no ghost of one that its client was not heard of again, but %s', (_, end) => {
    const sessions = new Sessions(OPTIONS);
    end(create(sessions));
    expect(sessions.size).toBe(0);
    expect(sessions.find(first)).toBe('gone');
  });
});

describe('an attached session', () => {
  it('admits an attach as high as the highest, and none below', () => {
    const session = create(new Sessions(OPTIONS));
    expect(session.admit(attach(2))).toBe(true);
    expect(session.admit(attach(1))).toBe(false);
    expect(session.admit(attach(2))).toBe(true);
    expect(session.admit(attach(5))).toBe(true);
    expect(session.newestAttach).toBe(5);
  });

  it('never admits attach number 0', () => {
    const session = create(new Sessions(OPTIONS));
    expect(session.admit(attach(0))).toBe(false);
    expect(session.newestAttach).toBe(0);
  });

  it('lets the older transport go when a newer attach is admitted', () => {
    const session = create(new Sessions(OPTIONS));
    const release = vi.fn();
    const transport = {
      name: 'websocket',
      acknowledges: 'often' as const,
      pendingBytes: 0,
      capacity: () => 1000,
      send: () => {},
      release,
    };
    session.admit(attach(1));
    session.channel.driver.attach(transport, 0, 1);
    expect(session.admit(attach(1))).toBe(true);
    expect(release).not.toHaveBeenCalled();
    expect(session.admit(attach(2))).toBe(true);
    expect(release).toHaveBeenCalledExactlyOnceWith('superseded', 2);
    expect(session.channel.transport).toBe(null);
  });

  it('hands out again, to a newer attach, what an older transport was given and nobody acknowledged', () => {
    const session = create(new Sessions(OPTIONS));
    const { driver } = session.channel;
    const given: number[] = [];
    const transport = {
      name: 'websocket',
      acknowledges: 'often' as const,
      pendingBytes: 0,
      capacity: () => 1000,
      send: ({ run }: Outgoing<FrameRun>) => void given.push(run.first, run.count),
      release: () => {},
    };
    session.admit(attach(1));
    driver.attach(transport, 0, 1);
    for (const data of ['a', 'b', 'c']) driver.send(data, false);
    driver.flush();
    driver.acknowledge(1);
    expect(given).toEqual([0, 3]);
    // The answer to the request that states it may bring them already.
    session.admit(attach(2, 2));
    driver.acknowledge(2);
    expect(driver.takeBeside(1000, 2)).toMatchObject({ run: { first: 2, count: 1 } });
    driver.attach(transport, 2, 2);
    driver.send('d', false);
    driver.flush();
    expect(given).toEqual([0, 3, 2, 2]);
    expect(driver.session.outgoing.resent).toBe(2);
  });

  it('welcomes a client that was never attached with everything it needs to know', () => {
    const session = create(new Sessions(OPTIONS));
    expect(JSON.parse(session.attached({ attach: 1, received: null }))).toEqual({
      attach: 1,
      received: 0,
      protocol: 'chat',
      expiryMs: 30_000,
      keepaliveMs: 25_000,
      maxBodyBytes: 500,
    });
    expect(JSON.parse(session.attached({ attach: 2, received: 0 }))).toEqual({ attach: 2, received: 0 });
  });
});

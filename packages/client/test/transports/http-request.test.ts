import type { HttpAttach } from '@holdfast/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { graceMs, holdMs, sendRequest } from '../../src/transports/http-request.ts';
import { SimulatedExchange, type SimulatedRequest } from '../simulated-exchange.ts';
import { writeBody } from '../wire-bodies.ts';

const STATEMENT: HttpAttach = {
  session: 'ssssssssssssssss',
  secret: 'kkkkkkkkkkkkkkkkkkkkkk',
  attach: 3,
  received: 7,
  answer: 'now',
};
const BODY = writeBody(`~attach ${JSON.stringify(STATEMENT)}`);
const URL = 'https://example.com/chat?holdfast=ssssssssssssssss';
const ATTACHED = '~attached {"attach":3,"received":0}';
const SILENCE_MS = 7_000;

let exchange: SimulatedExchange;
let request: SimulatedRequest;
let messages: unknown[];
let ends: string[];
/** What nobody understands. */
let refused: string;
let abort: () => void;

function send(silenceMs = SILENCE_MS, body: Uint8Array<ArrayBuffer> = BODY): void {
  abort = sendRequest(exchange.exchange, URL, body, silenceMs, {
    onMessage: (message) => {
      if (message === refused) throw new Error('no sense');
      messages.push(message);
    },
    onDone: () => ends.push('done'),
    onFailed: ({ reason, foreign }) => ends.push(foreign === true ? `foreign: ${reason}` : reason),
  });
  request = exchange.requests.at(-1) as SimulatedRequest;
}

beforeEach(() => {
  vi.useFakeTimers();
  exchange = new SimulatedExchange();
  messages = [];
  refused = 'nothing';
  ends = [];
  send();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a request', () => {
  it('goes to the URL it is given', () => {
    expect(request.url).toBe(URL);
    expect(request.statement).toMatchObject({ session: STATEMENT.session, attach: 3 });
  });

  it('tells the messages of its answer, then that it is done', () => {
    request.says(ATTACHED, '~from 2', 'a', '~more', new Uint8Array([1]));
    expect(ends).toEqual([]);
    request.answers(new Uint8Array([2]), '~close 1000');
    expect(messages).toEqual([
      ATTACHED,
      '~from 2',
      'a',
      '~more',
      new Uint8Array([1]),
      new Uint8Array([2]),
      '~close 1000',
    ]);
    expect(ends).toEqual(['done']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes an answer in any pieces', () => {
    const bytes = writeBody(ATTACHED, '~from 0', 'ä😀');
    for (let at = 0; at < bytes.length; at++) request.sends(bytes.slice(at, at + 1));
    request.ends();
    expect(messages.at(-1)).toBe('ä😀');
    expect(ends).toEqual(['done']);
  });

  it('keeps a byte order mark in a text', () => {
    request.answers(ATTACHED, '~from 0', '\ufeffa');
    expect(messages.at(-1)).toBe('\ufeffa');
  });

  it.each(['~superseded 9', '~gone'])('takes an answer that begins with %s for one of ours', (first) => {
    request.answers(first);
    expect(ends).toEqual(['done']);
  });

  it.each([
    ['nothing', []],
    ['another control', ['~ack 4']],
    ['only the number of a fragment', ['~from 2']],
  ])('takes an answer of %s for another protocol', (_, answer) => {
    request.answers(...answer);
    expect(ends).toEqual([expect.stringMatching(/^foreign: /)]);
    expect(messages).toEqual([]);
  });

  it('takes a page of HTML for another protocol, and reads no further', () => {
    request.sends(new TextEncoder().encode('<!doctype html><title>Welcome</title>'));
    expect(ends).toEqual([expect.stringMatching(/^foreign: /)]);
    expect(request.aborted).toBe(true);
  });

  it('fails where the answer is cut within a message', () => {
    request.says(ATTACHED);
    request.sends(writeBody('~from 0').slice(0, -1));
    request.ends();
    expect(ends).toEqual(['the answer was cut']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails where its messages make no sense, which does not make it foreign', () => {
    refused = 'a';
    request.says(ATTACHED, 'a', 'b');
    expect(ends).toEqual(['Error: no sense']);
    expect(messages).toEqual([ATTACHED]);
    expect(request.aborted).toBe(true);
  });

  it('fails with the exchange', () => {
    request.fails({ reason: 'fetch: no network' });
    expect(ends).toEqual(['fetch: no network']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told once, whatever comes afterwards', () => {
    request.fails();
    request.fails();
    request.ends();
    vi.advanceTimersByTime(60_000);
    expect(ends).toHaveLength(1);
  });

  it('stops within a chunk when the messages make somebody abort it', () => {
    const seen: unknown[] = [];
    const abortAtOnce = sendRequest(exchange.exchange, URL, BODY, 0, {
      onMessage: (message) => {
        seen.push(message);
        abortAtOnce();
      },
      onDone: () => ends.push('done'),
      onFailed: () => ends.push('failed'),
    });
    const aborting = exchange.requests.at(-1) as SimulatedRequest;
    aborting.answers(ATTACHED, '~gone');
    expect(seen).toHaveLength(1);
    expect(ends).toEqual([]);
    expect(vi.getTimerCount()).toBe(1); // the other request's
  });

  it('calls nobody once it is aborted, and leaves no timer', () => {
    abort();
    expect(request.aborted).toBe(true);
    vi.advanceTimersByTime(60_000);
    expect(ends).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the time of a request', () => {
  it('is what it is given, and what a small body takes', () => {
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(ends).toEqual(['no answer in time']);
    expect(request.aborted).toBe(true);
  });

  it('begins anew with every piece of the answer: a slow line is no dead one', () => {
    request.says(ATTACHED);
    vi.advanceTimersByTime(SILENCE_MS - 1);
    request.says('~from 0', 'a');
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(ends).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ends).toEqual(['no answer in time']);
  });

  it('is longer where there is much to upload', () => {
    const data = new Uint8Array(512 * 1024);
    send(SILENCE_MS, writeBody(`~attach ${JSON.stringify(STATEMENT)}`, '~from 0', data));
    vi.advanceTimersByTime(SILENCE_MS + 32_000);
    expect(request.aborted).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(request.aborted).toBe(true);
  });
});

describe('the time for which a request is held', () => {
  const LONG_MS = 1e9;

  it('is what the path allows', () => {
    expect(holdMs(5000, 30_000)).toBe(5000);
  });

  it('is with the way back below the life of a session', () => {
    expect([holdMs(LONG_MS, 30_000), graceMs(30_000)]).toEqual([18_000, 6000]);
    expect([holdMs(LONG_MS, 300_000), graceMs(300_000)]).toEqual([180_000, 7000]);
  });

  it('follows a session that lives shorter', () => {
    expect([holdMs(LONG_MS, 1000), graceMs(1000)]).toEqual([600, 200]);
    expect(holdMs(LONG_MS, 1001)).toBe(600);
  });
});

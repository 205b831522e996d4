import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openOldWindow } from './old-window.ts';

/** XMLHttpRequest without a network: keeps what it is told, and is answered as a test says. */
class SimulatedXhr {
  static last: SimulatedXhr;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  onabort: (() => void) | null = null;
  onprogress: (() => void) | null = null;
  withCredentials = false;
  responseType = '';
  status = 0;
  response: ArrayBuffer | null = null;
  opened: string[] = [];
  headers: string[][] = [];
  body: unknown;
  aborted = false;
  private answerHeaders: Readonly<Record<string, string>> = {};

  constructor() {
    SimulatedXhr.last = this;
  }

  open(...args: string[]): void {
    this.opened = args;
  }

  setRequestHeader(...header: string[]): void {
    this.headers.push(header);
  }

  getResponseHeader(name: string): string | null {
    return this.answerHeaders[name] ?? null;
  }

  send(body: unknown): void {
    this.body = body;
  }

  abort(): void {
    this.aborted = true;
    this.onabort?.();
  }

  answer(status: number, headers: Readonly<Record<string, string>>, text: string | null): void {
    this.status = status;
    this.answerHeaders = headers;
    this.response = text === null ? null : new TextEncoder().encode(text).buffer;
    this.onload?.();
  }
}

const OURS = { 'content-type': 'application/octet-stream' };
const BODY = new Uint8Array([1, 2, 3]);

const handler = { onData: vi.fn(), onEnd: vi.fn(), onFailed: vi.fn() };
let abort: () => void;

async function exchange(): Promise<void> {
  const { longPolling } = await import('../../src/legacy/long-polling.ts');
  abort = longPolling.exchange('https://example.com/chat?holdfast=x', BODY, handler);
}

beforeEach(() => {
  vi.useFakeTimers();
  openOldWindow();
  vi.stubGlobal('XMLHttpRequest', SimulatedXhr);
  for (const mock of Object.values(handler)) mock.mockReset();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a request by XMLHttpRequest', () => {
  it('is a POST with the body and cookies, and nothing that would need a preflight', async () => {
    await exchange();
    const { opened, headers, body, withCredentials, responseType } = SimulatedXhr.last;
    expect(opened).toEqual(['POST', 'https://example.com/chat?holdfast=x']);
    expect(headers).toEqual([['Content-Type', 'text/plain']]);
    expect([body, withCredentials, responseType]).toEqual([BODY, true, 'arraybuffer']);
  });

  it('tells the answer when it is complete, and its end', async () => {
    await exchange();
    SimulatedXhr.last.answer(200, OURS, 'all of it');
    expect(Buffer.from(handler.onData.mock.calls[0]?.[0]).toString()).toBe('all of it');
    expect(handler.onEnd).toHaveBeenCalledOnce();
    expect(handler.onFailed).not.toHaveBeenCalled();
  });

  it('tells that something is coming, so that a slow line is no dead one', async () => {
    await exchange();
    SimulatedXhr.last.onprogress?.();
    expect(handler.onData).toHaveBeenCalledExactlyOnceWith(new Uint8Array(0));
  });

  it('has an empty body where the engine has null', async () => {
    await exchange();
    SimulatedXhr.last.answer(200, OURS, null);
    expect(handler.onData).toHaveBeenCalledExactlyOnceWith(new Uint8Array(0));
    expect(handler.onEnd).toHaveBeenCalledOnce();
  });

  it.each(['onerror', 'onabort'] as const)('fails once by %s', async (event) => {
    await exchange();
    const { last } = SimulatedXhr;
    last[event]?.();
    last.onload?.();
    expect(handler.onFailed).toHaveBeenCalledExactlyOnceWith({ reason: 'XMLHttpRequest: failed' });
  });

  it('fails in a turn of its own where the page’s policy forbids it', async () => {
    vi.spyOn(SimulatedXhr.prototype, 'send').mockImplementationOnce(() => {
      throw new Error('Refused to connect');
    });
    await exchange();
    expect(handler.onFailed).not.toHaveBeenCalled();
    vi.runAllTimers();
    expect(handler.onFailed).toHaveBeenCalledExactlyOnceWith({
      reason: 'XMLHttpRequest: Refused to connect',
    });
  });
});

describe('an answer that is none', () => {
  it('tells the server’s own reason', async () => {
    await exchange();
    SimulatedXhr.last.answer(
      503,
      { 'content-type': 'text/plain; charset=utf-8' },
      'holdfast: Too many sessions\n',
    );
    expect(handler.onFailed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ reason: 'HTTP 503 Too many sessions', foreign: false }),
    );
  });

  it('is another server’s', async () => {
    await exchange();
    SimulatedXhr.last.answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>');
    expect(handler.onFailed).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ reason: 'HTTP 200', foreign: true }),
    );
    expect(handler.onData).not.toHaveBeenCalled();
  });

  it('says when to come again, and that a body was too large', async () => {
    await exchange();
    SimulatedXhr.last.answer(413, { 'retry-after': '2' }, '');
    expect(handler.onFailed).toHaveBeenCalledExactlyOnceWith({
      reason: 'HTTP 413',
      foreign: false,
      retryAfterMs: 2000,
      tooLarge: true,
    });
  });
});

describe('aborting a request', () => {
  it('ends it, and tells nothing', async () => {
    await exchange();
    const { last } = SimulatedXhr;
    abort();
    last.onload?.();
    expect(last.aborted).toBe(true);
    for (const mock of Object.values(handler)) expect(mock).not.toHaveBeenCalled();
  });

  it('tells no end from within the answer', async () => {
    await exchange();
    handler.onData.mockImplementation(() => abort());
    SimulatedXhr.last.answer(200, OURS, 'all of it');
    expect(handler.onEnd).not.toHaveBeenCalled();
  });

  it('leaves one alone that is over', async () => {
    await exchange();
    SimulatedXhr.last.answer(200, OURS, 'all of it');
    abort();
    expect(SimulatedXhr.last.aborted).toBe(false);
  });
});

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../src/transports/client-transport.ts';
import { longPolling } from '../../src/transports/long-polling.ts';

/** A request as it came to a server, with its body. */
interface Received {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Buffer;
}

let server: Server;
let origin: string;
let answer: (received: Received) => void;
/** What nobody has handled; there must be nothing. */
let unhandled: unknown[];
const onUnhandled = (error: unknown): void => {
  unhandled.push(error);
};

beforeEach(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    answer({ request, response, body: Buffer.concat(chunks) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  // One turn for what would be told only now.
  await new Promise(setImmediate);
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

/** One exchange: what its handler is told, and when that is over. */
class Trial {
  data: string[] = [];
  ending: unknown = undefined;
  onChange: () => void = () => {};
  readonly abort: () => void;

  constructor(url: string = origin, body: Uint8Array<ArrayBuffer> = new Uint8Array([1, 2, 3])) {
    this.abort = longPolling.exchange(url, body, {
      onData: (chunk) => {
        this.data.push(Buffer.from(chunk).toString());
        this.onChange();
      },
      onEnd: () => this.end('end'),
      onFailed: (failure) => this.end(failure),
    });
  }

  private end(ending: unknown): void {
    expect(this.ending).toBeUndefined();
    this.ending = ending;
    this.onChange();
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.onChange = resolve;
      });
    }
  }

  async over(): Promise<unknown> {
    await this.until(() => this.ending !== undefined);
    return this.ending;
  }
}

const OURS = { 'content-type': 'application/octet-stream' };

describe('a request by fetch', () => {
  it('is a POST with the body, and nothing that would need a preflight', async () => {
    let received: Received | undefined;
    answer = (incoming) => {
      received = incoming;
      incoming.response.writeHead(200, OURS).end();
    };
    expect(await new Trial(`${origin}/chat?holdfast=x`).over()).toBe('end');
    expect(received?.request).toMatchObject({ method: 'POST', url: '/chat?holdfast=x' });
    expect(received?.body).toEqual(Buffer.from([1, 2, 3]));
    const safelisted =
      /^(accept|accept-language|connection|content-length|accept-encoding|host|user-agent|sec-fetch-.*)$/;
    for (const name of Object.keys(received?.request.headers ?? {})) expect(name).toMatch(safelisted);
  });

  it('tells each piece of the answer when it comes', async () => {
    let response: ServerResponse | undefined;
    answer = (incoming) => {
      ({ response } = incoming);
      response.writeHead(200, OURS).write('first');
    };
    const trial = new Trial();
    await trial.until(() => trial.data.length === 1);
    expect(trial.data).toEqual(['first']);
    response?.end('second');
    await trial.over();
    expect(trial).toMatchObject({ data: ['first', 'second'], ending: 'end' });
  });

  it('fails where the body is cut', async () => {
    answer = ({ response }) => {
      response.writeHead(200, OURS).write('first', () => response.destroy());
    };
    const trial = new Trial();
    expect(await trial.over()).toEqual({ reason: expect.stringMatching(/^fetch: /) });
    expect(trial.data).toEqual(['first']);
  });

  it('fails where there is no server', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const ending = await new Trial(`http://127.0.0.1:${port}`).over();
    expect(ending).toEqual({ reason: expect.stringMatching(/^fetch: /) });
  });

  it('fails where the connection is cut before an answer', async () => {
    answer = ({ request }) => request.socket.destroy();
    expect(await new Trial().over()).toEqual({ reason: expect.stringMatching(/^fetch: /) });
  });

  it('does not follow a redirect, which would make the POST a GET', async () => {
    let requests = 0;
    answer = ({ response }) => {
      requests++;
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    expect(await new Trial().over()).toEqual({ reason: expect.stringMatching(/^fetch: /) });
    expect(requests).toBe(1);
  });
});

describe('an answer that is none', () => {
  const answerWith = (status: number, type: string | undefined, text: string): void => {
    answer = ({ response }) => {
      response.writeHead(status, type === undefined ? {} : { 'content-type': type }).end(text);
    };
  };

  it('tells the server’s own reason', async () => {
    answerWith(503, 'text/plain; charset=utf-8', 'holdfast: Too many sessions\n');
    expect(await new Trial().over()).toMatchObject({ reason: 'HTTP 503 Too many sessions', foreign: false });
  });

  it.each([
    [404, 'text/plain', 'Not found'],
    [404, 'text/html', '<h1>Not found</h1>'],
    [426, undefined, ''],
    [500, 'text/plain', 'Oops'],
    [200, 'text/html', '<h1>Welcome</h1>'],
    [200, 'text/plain', 'Welcome'],
    [200, undefined, 'Welcome'],
    [204, 'application/octet-stream', ''],
  ])('is another server’s: %i, %s, %s', async (status, type, text) => {
    answerWith(status, type, text);
    expect(await new Trial().over()).toMatchObject({ reason: `HTTP ${status}`, foreign: true });
  });

  it.each([413, 429, 502, 503, 504])(
    'is a bad moment’s, and no verdict on what the server is: %i',
    async (status) => {
      answerWith(status, 'text/html', '<h1>Bad gateway</h1>');
      expect(await new Trial().over()).toEqual({
        reason: `HTTP ${status}`,
        foreign: false,
        tooLarge: status === 413,
      });
    },
  );

  it.each([
    ['2', 2000],
    ['Fri, 31 Dec 1999 23:59:59 GMT', undefined],
    ['soon', undefined],
  ])('says when to come again: Retry-After: %s', async (value, ms) => {
    answer = ({ response }) => {
      response.writeHead(503, { 'retry-after': value }).end();
    };
    expect(((await new Trial().over()) as Failure).retryAfterMs).toBe(ms);
  });

  it('says by a date when to come again', async () => {
    answer = ({ response }) => {
      response.writeHead(429, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end();
    };
    const { retryAfterMs } = (await new Trial().over()) as Failure;
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('is not read to its end where its text does not matter', async () => {
    let closed: Promise<unknown> | undefined;
    answer = ({ response }) => {
      closed = once(response, 'close');
      response.writeHead(200, { 'content-type': 'text/html' }).write('<h1>A page without an end');
    };
    const trial = new Trial();
    expect(await trial.over()).toMatchObject({ foreign: true });
    trial.abort();
    await closed;
  });

  it('fails where its reason is cut', async () => {
    answer = ({ response }) => {
      response
        .writeHead(400, { 'content-type': 'text/plain', 'content-length': 100 })
        .write('holdfast:', () => response.destroy());
    };
    expect(await new Trial().over()).toEqual({ reason: expect.stringMatching(/^fetch: /) });
  });
});

describe('a page of another origin, to which CORS hides answers', () => {
  const refuse = vi.fn();

  beforeEach(() => {
    refuse.mockReset();
    vi.stubGlobal('origin', 'https://page.example');
    const reallyFetch = globalThis.fetch;
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
      if (init.mode === 'no-cors') {
        // Browsers fail anything else; Node does not.
        expect(init.redirect ?? 'follow').toBe('follow');
        return reallyFetch(url, init);
      }
      refuse();
      return Promise.reject(new TypeError('Failed to fetch'));
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('can find out whether a server is there at all', async () => {
    answer = ({ response }) => response.writeHead(404).end();
    const { foreign } = (await new Trial().over()) as { foreign: () => Promise<boolean> };
    expect(await foreign()).toBe(true);
    expect(refuse).toHaveBeenCalledTimes(1);
  });

  it('can, too, in a sandbox, whose URL is of the same host', async () => {
    vi.stubGlobal('origin', 'null');
    vi.stubGlobal('location', { origin });
    answer = ({ response }) => response.writeHead(404).end();
    const { foreign } = (await new Trial().over()) as { foreign: () => Promise<boolean> };
    expect(await foreign()).toBe(true);
  });

  it('finds out that there is none', async () => {
    answer = ({ request }) => request.socket.destroy();
    const { foreign } = (await new Trial().over()) as { foreign: () => Promise<boolean> };
    expect(await foreign()).toBe(false);
  });

  it('has nothing to find out of its own server', async () => {
    vi.stubGlobal('origin', origin);
    expect(await new Trial().over()).toEqual({ reason: 'fetch: Failed to fetch' });
  });
});

describe('aborting a request', () => {
  it('ends it at the server before an answer', async () => {
    const closed = new Promise<void>((resolve) => {
      answer = ({ request }) => {
        request.socket.once('close', () => resolve());
        trial.abort();
      };
    });
    const trial = new Trial();
    await closed;
  });

  it('ends it at the server within an answer', async () => {
    let closed: Promise<unknown> | undefined;
    answer = ({ response }) => {
      closed = once(response, 'close');
      response.writeHead(200, OURS).write('first');
    };
    const trial = new Trial();
    await trial.until(() => trial.data.length === 1);
    trial.abort();
    await closed;
    expect(trial.data).toEqual(['first']);
  });

  it('ends it at the server from within a piece of the answer', async () => {
    let closed: Promise<unknown> | undefined;
    answer = ({ response }) => {
      closed = once(response, 'close');
      response.writeHead(200, OURS).write('first');
    };
    const trial = new Trial();
    trial.onChange = () => trial.abort();
    await vi.waitFor(() => expect(closed).toBeDefined());
    await closed;
  });

  it('ends it at the server while the reason of a refusal is read', async () => {
    let closed: Promise<unknown> | undefined;
    answer = ({ response }) => {
      closed = once(response, 'close');
      response.writeHead(400, { 'content-type': 'text/plain' }).write('holdfast: ', () => trial.abort());
    };
    const trial = new Trial();
    await vi.waitFor(() => expect(closed).toBeDefined());
    await closed;
  });
});

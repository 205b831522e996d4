import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TransportName } from '../src/transports/client-transport.ts';

/** The names of what is there, in a place that has these globals. */
async function namesHere(
  globals: Readonly<Record<string, unknown>>,
  wanted?: readonly TransportName[],
): Promise<TransportName[]> {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  const { candidatesHere, webSocket } = await import('../src/hedged.ts');
  const { iframe, longPolling } = await import('../src/fallbacks.ts');
  return candidatesHere([webSocket, longPolling, iframe], wanted).map(({ name }) => name);
}

const BROWSER = { WebSocket: class {}, document: {} };

describe('the transports of a place', () => {
  beforeEach(() => {
    vi.resetModules();
  });
  afterEach(() => vi.unstubAllGlobals());

  it('are all three in a page, the best first', async () => {
    expect(await namesHere(BROWSER)).toEqual(['websocket', 'long-polling', 'iframe']);
  });

  it('are those without a document in a worker', async () => {
    expect(await namesHere({ ...BROWSER, document: undefined })).toEqual(['websocket', 'long-polling']);
  });

  it('are those without an iframe where the origin is opaque, since no document could post to it', async () => {
    expect(await namesHere({ ...BROWSER, origin: 'null' })).toEqual(['websocket', 'long-polling']);
  });

  it('are long polling alone in a Node without WebSocket', async () => {
    expect(await namesHere({ WebSocket: undefined })).toEqual(['long-polling']);
  });

  it('are those without fetch in an engine that has none', async () => {
    expect(await namesHere({ ...BROWSER, fetch: undefined })).toEqual(['websocket', 'iframe']);
  });

  it('are those an application wants, in its order', async () => {
    expect(await namesHere(BROWSER, ['iframe', 'websocket'])).toEqual(['iframe', 'websocket']);
  });

  it('are each there once, and none that does not exist', async () => {
    const wanted = ['long-polling', 'pigeon', 'long-polling'] as TransportName[];
    expect(await namesHere(BROWSER, wanted)).toEqual(['long-polling']);
  });

  it('make transports of their names', async () => {
    for (const [name, value] of Object.entries(BROWSER)) vi.stubGlobal(name, value);
    const { webSocket } = await import('../src/hedged.ts');
    const { iframe, longPolling } = await import('../src/fallbacks.ts');
    for (const candidate of [webSocket, longPolling, iframe]) {
      expect(candidate.create({} as Parameters<typeof candidate.create>[0]).name).toBe(candidate.name);
    }
  });
});

import type { IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { createOriginCheck, type Origins } from '../src/origins.ts';

function request(origin: string | undefined, host = 'app.example', encrypted = false): IncomingMessage {
  const socket = encrypted ? { encrypted: true } : {};
  return { headers: { host, ...(origin !== undefined && { origin }) }, socket } as unknown as IncomingMessage;
}

function isAllowed(origins: Origins | undefined, ...of: Parameters<typeof request>): boolean {
  return createOriginCheck(origins)(request(...of)) === undefined;
}

describe('an origin check without a list', () => {
  it('lets requests without an Origin pass: they are not from a browser', () => {
    expect(isAllowed(undefined, undefined)).toBe(true);
  });

  it.each<[origin: string, host: string]>([
    ['http://app.example', 'app.example'],
    ['https://app.example', 'app.example'],
    ['https://app.example', 'app.example:443'],
    ['http://app.example', 'app.example:80'],
    ['http://app.example:80', 'app.example'],
    ['https://app.example:8443', 'app.example:8443'],
    ['http://APP.example', 'app.EXAMPLE'],
    ['http://[::1]:3000', '[::1]:3000'],
    ['http://127.0.0.1:3000', '127.0.0.1:3000'],
  ])('lets %s connect to its own host %s', (origin, host) => {
    expect(isAllowed(undefined, origin, host)).toBe(true);
  });

  it.each<[origin: string, host: string]>([
    ['https://evil.example', 'app.example'],
    ['https://app.example.evil.example', 'app.example'],
    ['https://sub.app.example', 'app.example'],
    ['http://app.example:8080', 'app.example'],
    ['http://app.example', 'app.example:8080'],
    ['https://app.example', 'app.example:80'],
    ['http://localhost:3000', '127.0.0.1:3000'],
    ['null', 'app.example'],
    ['null', 'null'],
    ['', 'app.example'],
    ['app.example', 'app.example'],
    ['https://app.example/', 'app.example'],
    ['https://app.example, https://app.example', 'app.example'],
    ['https://user@app.example', 'app.example'],
    ['chrome-extension://app.example', 'app.example'],
    ['https://', ''],
  ])('refuses %j at host %j', (origin, host) => {
    expect(isAllowed(undefined, origin, host)).toBe(false);
  });

  it('refuses a page without TLS where the request came with it', () => {
    expect(isAllowed(undefined, 'http://app.example', 'app.example', true)).toBe(false);
    expect(isAllowed(undefined, 'https://app.example', 'app.example', true)).toBe(true);
  });

  it('says in one line which Origin it was and what to do', () => {
    const reason = createOriginCheck()(request('https://evil.example\u00ff'));
    expect(reason).toMatch(/^Origin "https:\/\/evil\.example.*" is not allowed.*origins/);
    expect(reason).not.toContain('\n');
  });

  it('does not repeat an endless Origin', () => {
    expect(createOriginCheck()(request('x'.repeat(10_000)))?.length).toBeLessThan(200);
  });
});

describe('an origin check with a list', () => {
  it.each<[origins: Origins, origin: string]>([
    ['https://other.example', 'https://other.example'],
    [['https://a.example', 'https://other.example'], 'https://other.example'],
    [['https://other.example:443'], 'https://other.example'],
    [['https://Other.Example'], 'https://other.example'],
    [['https://bücher.example'], 'https://xn--bcher-kva.example'],
    [['http://other.example:8080'], 'http://other.example:8080'],
    [['app://bundle'], 'app://bundle'],
    [['null'], 'null'],
    ['*', 'https://anything.example'],
    ['*', 'null'],
    [/https:\/\/\w+\.other\.example/, 'https://a.other.example'],
    [[/https:\/\/a\.example|https:\/\/b\.example/], 'https://b.example'],
  ])('%j lets %s pass', (origins, origin) => {
    expect(isAllowed(origins, origin)).toBe(true);
  });

  it.each<[origins: Origins, origin: string]>([
    [['https://other.example'], 'http://other.example'],
    [['https://other.example'], 'https://other.example:8443'],
    [['https://other.example'], 'null'],
    [/https:\/\/other\.example/, 'https://other.example.evil.example'],
    [[/https:\/\/a\.example|https:\/\/b\.example/], 'https://b.example.evil.example'],
  ])('%j does not let %s pass', (origins, origin) => {
    expect(isAllowed(origins, origin)).toBe(false);
  });

  it('adds to the own host, and does not replace it', () => {
    expect(isAllowed(['https://other.example'], 'https://app.example')).toBe(true);
  });

  it('matches a RegExp the same way every time, whatever its flags', () => {
    const check = createOriginCheck(/https:\/\/other\.example/g);
    const results = [1, 2, 3].map(() => check(request('https://other.example')));
    expect(results).toEqual([undefined, undefined, undefined]);
  });

  it.each(['other.example', 'https://other.example/path', 'https://', ''])(
    'refuses the entry %j',
    (entry) => {
      expect(() => createOriginCheck([entry])).toThrow(TypeError);
    },
  );
});

describe('an origin check by a function', () => {
  it('lets the function alone decide', () => {
    const decide = vi.fn((origin: string) => origin === 'null');
    expect(isAllowed(decide, 'null')).toBe(true);
    expect(isAllowed(decide, 'https://app.example')).toBe(false);
    expect(decide.mock.calls.map(([origin]) => origin)).toEqual(['null', 'https://app.example']);
  });

  it('is not asked about requests without an Origin', () => {
    expect(isAllowed(() => false, undefined)).toBe(true);
  });
});

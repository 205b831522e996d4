import { describe, expect, it } from 'vitest';
import { isAllowedHost } from '../../src/vite/allowed-hosts.ts';

const LISTED = ['app.test', '.example.com', 'Other.Test'];

describe('isAllowedHost', () => {
  it.each([
    'localhost',
    'localhost:5173',
    'LOCALHOST:5173',
    'app.localhost:5173',
    '127.0.0.1:5173',
    '192.168.0.7',
    '[::1]:5173',
    '[::1]',
    'app.test:5173',
    'other.test',
    'example.com',
    'deep.in.example.com:80',
    ' localhost ',
  ])('allows %j', (host) => {
    expect(isAllowedHost(host, LISTED)).toBe(true);
  });

  it.each([
    'evil.test:5173',
    'notlocalhost',
    'localhost.evil.test',
    'app.test.evil.test',
    'sub.app.test',
    'notexample.com',
    '127.0.0.1.evil.test',
    '[not-an-address]',
    '[::1',
    '[::1]x',
    'localhost:5173:5173',
    '',
  ])('does not allow %j', (host) => {
    expect(isAllowedHost(host, LISTED)).toBe(false);
  });

  it('allows what comes from no browser, and everything where that was asked for', () => {
    expect(isAllowedHost(undefined, [])).toBe(true);
    expect(isAllowedHost('evil.test', true)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { acceptsGzip, codingOf } from '../src/content-coding.ts';

describe('acceptsGzip', () => {
  it.each(['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, GZIP;q=0.5', 'x-gzip', 'deflate,gzip ; q=0.001'])(
    'is true for %j',
    (header) => {
      expect(acceptsGzip(header)).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    'identity',
    'deflate, br',
    'gzip;q=0',
    'br, gzip; q=0.000',
    '*',
    'gzipped',
    'q=gzip',
  ])('is false for %j', (header) => {
    expect(acceptsGzip(header)).toBe(false);
  });
});

describe('codingOf', () => {
  it.each<[header: string | undefined, coding: string]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['identity', 'identity'],
    [' GZip ', 'gzip'],
    ['x-gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, gzip', 'gzip, gzip'],
  ])('of %j is %j', (header, coding) => {
    expect(codingOf(header)).toBe(coding);
  });
});

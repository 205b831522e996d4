import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { MAX_UPLOAD_BYTES } from '../public/shared/limits.js';
import { Hub } from '../server/hub.mjs';
import { createUpload } from '../server/upload.mjs';
import { Visitors } from '../server/visitors.mjs';
import { FakePage } from './fake-page.mjs';

/** @type {FakePage} */
let page;

beforeEach(() => {
  page = new FakePage().connect(new Hub(new Visitors(), [createUpload()]), '0123456789abcdef').hello();
});

const FILE = Buffer.from('The quick brown fox jumps over the lazy dog');

describe('The upload', () => {
  test('hashes the slices of a file', () => {
    page.say('upload', 'begin', { upload: 4, bytes: FILE.length });
    for (let i = 0; i < FILE.length; i += 10) page.slice(4, FILE.subarray(i, i + 10));
    page.say('upload', 'end', { upload: 4 });
    expect(page.bodies('upload', 'accepted')).toEqual([{ upload: 4 }]);
    const sha256 = createHash('sha256').update(FILE).digest('hex');
    expect(page.bodies('upload', 'done')).toEqual([
      { upload: 4, bytes: FILE.length, sha256, durationMs: expect.any(Number) },
    ]);
  });

  test('hashes an empty file', () => {
    page.say('upload', 'begin', { upload: 1, bytes: 0 }).say('upload', 'end', { upload: 1 });
    expect(page.bodies('upload', 'done')[0]?.['sha256']).toBe(createHash('sha256').digest('hex'));
  });

  test('tells how far a large file has come', () => {
    const slice = new Uint8Array(65_536);
    page.say('upload', 'begin', { upload: 1, bytes: 2 ** 21 });
    for (let i = 0; i < 32; i += 1) page.slice(1, slice);
    expect(page.bodies('upload', 'progress').map(({ bytes }) => bytes)).toEqual([
      524_288, 1_048_576, 1_572_864, 2_097_152,
    ]);
  });

  test('says so when bytes are missing at the end', () => {
    page
      .say('upload', 'begin', { upload: 1, bytes: 10 })
      .slice(1, FILE.subarray(0, 4))
      .say('upload', 'end', { upload: 1 });
    expect(page.bodies('upload', 'failed')).toEqual([{ upload: 1, reason: '4 of 10 bytes came' }]);
  });

  test.each([MAX_UPLOAD_BYTES + 1, -1, 1.5, '9', undefined])('refuses a file of %s bytes', (bytes) => {
    page.say('upload', 'begin', { upload: 1, bytes }).slice(1, FILE).say('upload', 'end', { upload: 1 });
    expect(page.bodies('upload', 'failed')).toEqual([{ upload: 1, reason: 'too large' }]);
    expect(page.bodies('upload', 'done')).toEqual([]);
  });

  test('ignores slices of a file that was cancelled, or of no file at all', () => {
    page
      .slice(1, FILE)
      .say('upload', 'begin', { upload: 1, bytes: 3 })
      .say('upload', 'cancel', { upload: 1 });
    page.slice(1, FILE).say('upload', 'end', { upload: 1 });
    page
      .say('upload', 'begin', { upload: 2, bytes: 1 })
      .slice(1, FILE)
      .slice(2, Uint8Array.of(7))
      .say('upload', 'end', { upload: 2 });
    expect(page.bodies('upload', 'done')).toMatchObject([{ upload: 2, bytes: 1 }]);
    expect(page.closed).toBeUndefined();
  });
});

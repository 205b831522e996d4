/** Which Chromium is taken, out of those that are there. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateChromium } from '../find-chromium.mjs';

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-chromium-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('Chromium', () => {
  test('is the one that CHROMIUM_PATH names, whatever is on the PATH', async () => {
    const wanted = program('mine/my-browser');
    program('bin/chromium');
    expect(await locateChromium({ CHROMIUM_PATH: wanted, PATH: join(folder, 'bin') })).toBe(wanted);
  });

  test('is not looked for elsewhere when CHROMIUM_PATH names no program', async () => {
    program('bin/chromium');
    const missing = join(folder, 'missing');
    const search = locateChromium({ CHROMIUM_PATH: missing, PATH: join(folder, 'bin') });
    await expect(search).rejects.toThrow(`CHROMIUM_PATH is ${missing}`);
  });

  test('is looked for on the PATH when CHROMIUM_PATH is empty', async () => {
    const found = program('bin/chromium');
    expect(await locateChromium({ CHROMIUM_PATH: '', PATH: join(folder, 'bin') })).toBe(found);
  });

  test('is rather Chromium than a browser built from it, in whichever folder', async () => {
    program('first/google-chrome');
    const chromium = program('second/chromium');
    const path = [join(folder, 'first'), join(folder, 'second')].join(delimiter);
    expect(await locateChromium({ PATH: path })).toBe(chromium);
  });

  test('is neither a folder of that name nor a file that cannot be run', async () => {
    mkdirSync(join(folder, 'first', 'chromium'), { recursive: true });
    chmodSync(program('second/chromium'), 0o644);
    const found = program('third/google-chrome');
    const path = ['first', 'second', 'third'].map((name) => join(folder, name)).join(delimiter);
    expect(await locateChromium({ PATH: path })).toBe(found);
  });
});

/**
 * Makes a program.
 *
 * @param {string} name relative to the test's folder
 * @returns {string} its path
 */
function program(name) {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  return path;
}

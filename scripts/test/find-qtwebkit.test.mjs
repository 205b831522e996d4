/** Which Python is taken for QtWebKit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locateQtWebKit } from '../find-qtwebkit.mjs';

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-qtwebkit-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** @param {number} code what it answers to an import */
function python(code) {
  const path = join(folder, 'python');
  writeFileSync(path, `#!/bin/sh\n[ "$2" = "import PyQt5.QtWebKitWidgets" ] && exit ${code}\nexit 9\n`, {
    mode: 0o755,
  });
  return path;
}

describe('QtWebKit', () => {
  test('is that of the Python that QTWEBKIT_PYTHON names', async () => {
    const wanted = python(0);
    expect(await locateQtWebKit({ QTWEBKIT_PYTHON: wanted })).toBe(wanted);
  });

  test.each([
    ['cannot import it', () => python(1)],
    ['is not there', () => join(folder, 'missing')],
  ])('is not looked for elsewhere when that Python %s', async (_, make) => {
    const wanted = make();
    await expect(locateQtWebKit({ QTWEBKIT_PYTHON: wanted })).rejects.toThrow(`QTWEBKIT_PYTHON is ${wanted}`);
  });
});

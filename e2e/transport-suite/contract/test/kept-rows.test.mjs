/** Which rows of before still count. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keptRows, merged } from '../kept-rows.mjs';

/** @param {string} engine @param {string} variant @param {number} passed @returns {import('../types.ts').Row} */
function row(engine, variant, passed) {
  const unknown = { version: null, floor: 0, failed: [], excepted: 0, error: null, seconds: 0 };
  return { ...unknown, engine, variant, passed, verdict: 'ok' };
}

/** @type {string} */
let folder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-matrix-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

test('rows of this state are kept, those of another are not', () => {
  const path = join(folder, 'matrix.json');
  const rows = [row('firefox', 'iframe', 1)];
  writeFileSync(path, JSON.stringify({ fingerprint: 'this', rows }));
  expect(keptRows(path, 'this')).toEqual(rows);
  expect(keptRows(path, 'another')).toEqual([]);
});

test('nothing is kept where nothing was found before', () => {
  expect(keptRows(join(folder, 'none.json'), 'this')).toEqual([]);
});

test('what is found takes the place of what was kept, row by row', () => {
  const kept = [row('firefox', 'iframe', 1), row('firefox', 'websocket', 2), row('webkit', 'iframe', 3)];
  const found = [row('firefox', 'iframe', 4), row('chromium', 'iframe', 5)];
  expect(merged(kept, found).map(({ passed }) => passed)).toEqual([2, 3, 4, 5]);
});

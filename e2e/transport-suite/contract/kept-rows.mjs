/**
 * What was found before, in `results/e2e-matrix.json`: a part that is run again takes the place of its own rows, and the others stay, as long as
 * the client's script and everything that a page runs are the same.
 *
 * @import { Row } from './types.ts'
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const SCRIPT = new URL('../../../packages/client/dist/holdfast.js', import.meta.url);
const SERVER = new URL('../../../packages/server/dist/index.mjs', import.meta.url);
const FOLDERS = ['./', './clauses/'].map((path) => new URL(path, import.meta.url));

/** @returns {string} another one for each state of the client, the server and the contract */
export function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(SCRIPT)).update(readFileSync(SERVER));
  for (const folder of FOLDERS)
    for (const file of readdirSync(folder).sort())
      if (file.endsWith('.mjs')) hash.update(readFileSync(new URL(file, folder)));
  return hash.digest('hex');
}

/**
 * @param {string} path of the file
 * @param {string} state its fingerprint now
 * @returns {readonly Row[]} none where they are of another state
 */
export function keptRows(path, state) {
  if (!existsSync(path)) return [];
  const { fingerprint, rows } = JSON.parse(readFileSync(path, 'utf8'));
  return fingerprint === state ? rows : [];
}

/**
 * @param {readonly Row[]} kept
 * @param {readonly Row[]} found
 * @returns {readonly Row[]} both; what was found last counts
 */
export function merged(kept, found) {
  const isFound = (/** @type {Row} */ row) =>
    found.some(({ engine, variant }) => engine === row.engine && variant === row.variant);
  return [...kept.filter((row) => !isFound(row)), ...found];
}

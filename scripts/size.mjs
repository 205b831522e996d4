/**
 * `npm run size`: the client's sizes beside their limits, as a table and in `results/size.json`.
 *
 * Reads what the build wrote, so `npm run build` comes first. Fails where a limit is exceeded, and where there is
 * nothing to measure. The last line sums up.
 *
 *   --no-larger   fails only where something is larger than it was, or missing
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'vite';
import { FLOORS } from './floors.mjs';
import { root } from './workspace.mjs';

/** @typedef {{ name: string, bytes: number | null, limitBytes: number, reachedBytes: number, verdict: Verdict }} Row */
/** @typedef {'ok' | 'too large' | 'grown' | 'missing'} Verdict */

const { values } = parseArgs({ options: { 'no-larger': { type: 'boolean', default: false } } });

/** @type {Row[]} */
const rows = [];
for (const floor of FLOORS) {
  const path = 'file' in floor ? floor.file : floor.entry;
  const bytes = existsSync(join(root, path)) ? compressedBytes(await codeOf(floor)) : null;
  rows.push({
    name: floor.name,
    bytes,
    limitBytes: floor.limitBytes,
    reachedBytes: floor.reachedBytes,
    verdict: judge(bytes, floor),
  });
}

mkdirSync(join(root, 'results'), { recursive: true });
writeFileSync(join(root, 'results', 'size.json'), `${JSON.stringify(rows, null, 2)}\n`);

console.log(line('', 'min + brotli', 'limit', ''));
for (const { name, bytes, limitBytes, verdict } of rows) {
  console.log(line(name, bytes === null ? '-' : kilobytes(bytes), kilobytes(limitBytes), verdict));
}
const kept = rows.filter(({ verdict }) => verdict === 'ok').length;
console.log(`size: ${kept} of ${rows.length} limits kept`);
const isAsItWas = rows.every(({ verdict }) => verdict === 'ok' || verdict === 'too large');
if (values['no-larger'] ? !isAsItWas : kept < rows.length) process.exitCode = 1;

/**
 * @param {(typeof FLOORS)[number]} floor
 * @returns {Promise<string>} minified
 */
async function codeOf(floor) {
  if ('file' in floor) return readFileSync(join(root, floor.file), 'utf8');
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: { entry: join(root, floor.entry), name: 'Holdfast', formats: ['iife'] },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !('output' in output)) throw new Error(`${floor.entry} gave no bundle.`);
  return output.output[0].code;
}

/** @param {string} code */
function compressedBytes(code) {
  return brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

/**
 * @param {number | null} bytes
 * @param {(typeof FLOORS)[number]} floor
 * @returns {Verdict}
 */
function judge(bytes, { limitBytes, reachedBytes }) {
  if (bytes === null) return 'missing';
  if (bytes <= limitBytes) return 'ok';
  return bytes <= reachedBytes ? 'too large' : 'grown';
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(2)} KB`;
}

/**
 * @param {string} name
 * @param {string} size
 * @param {string} limit
 * @param {string} verdict
 */
function line(name, size, limit, verdict) {
  return `${name.padEnd(13)} ${size.padStart(12)} ${limit.padStart(9)}   ${verdict}`.trimEnd();
}

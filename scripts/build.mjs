/**
 * `npm run build`: builds what is published, then the examples that need it.
 *
 * The client comes before the server, because the server ships a copy of the client's script. How a package is
 * built is said by its own `build` script; one without it runs from its sources.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './workspace.mjs';

const BUILD_ORDER = ['packages/client', 'packages/server', 'examples/lab'];

/** What a build reads. Folders count with all that is in them. */
const SOURCES = [
  'packages/protocol/src',
  'packages/protocol/package.json',
  'packages/client/src',
  'packages/client/package.json',
  'packages/client/minification.mjs',
  'packages/client/tsdown.config.mjs',
  'packages/client/vite.config.mjs',
  'packages/client/vite.legacy.config.mjs',
  'packages/client/es5.mjs',
  'packages/client/integrity.mjs',
  'packages/server/src',
  'packages/server/package.json',
  'packages/server/tsdown.config.mjs',
  'tsconfig.base.json',
  'pnpm-lock.yaml',
];

/** The last file that each step of a build writes. */
const RESULTS = [
  'packages/client/dist/index.mjs',
  'packages/client/dist/core.mjs',
  'packages/client/dist/holdfast.js',
  'packages/client/dist/holdfast.legacy.js',
  'packages/client/dist/integrity.json',
  'packages/server/dist/index.mjs',
  'packages/server/dist/holdfast.js',
  'packages/server/dist/holdfast.legacy.js',
];

/**
 * Builds everything, in order.
 *
 * @returns {Promise<import('./workspace.mjs').Outcome>} the code of the first package that failed, and all that was said
 */
export async function build() {
  const whole = { code: 0, output: '' };
  for (const folder of BUILD_ORDER) {
    const { scripts } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    if (scripts?.build === undefined) continue;
    const { code, output } = await run('npm', ['run', 'build'], { cwd: join(root, folder) });
    whole.code = code;
    whole.output += output;
    if (code !== 0) break;
  }
  return whole;
}

/** Whether every result of the published packages' builds is newer than everything they were built from. */
export function isBuilt() {
  const newestSource = Math.max(...SOURCES.map(newestMs));
  return RESULTS.every((path) => newestMs(path) > newestSource);
}

/**
 * @param {string} path a file or a folder, relative to the root
 * @returns {number} when the newest file in it was last written, in milliseconds; -Infinity where there is none
 */
function newestMs(path) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return Number.NEGATIVE_INFINITY;
  if (!stats.isDirectory()) return stats.mtimeMs;
  // The folder's own time counts too: it changes when a file is removed.
  return Math.max(stats.mtimeMs, ...readdirSync(join(root, path)).map((name) => newestMs(join(path, name))));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { code, output } = await build();
  process.stdout.write(output);
  process.exitCode = code;
}

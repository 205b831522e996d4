/**
 * Whether the published packages are sound as they would be packed: publint for their package.json, and "are the
 * types wrong" for what TypeScript sees under each way of resolving modules.
 */
import { join } from 'node:path';
import { root, run } from './workspace.mjs';

/** Each package, and what is asked about its types. An entry that is an ES module alone is asked about as such. */
const PUBLISHED = /** @type {const} */ ([
  [
    'packages/client',
    [
      ['--exclude-entrypoints', 'core', 'stream', 'holdfast.js', 'holdfast.legacy.js', 'integrity.json'],
      // Resolved by their exports map alone, as everything since Node 12 does.
      ['--profile', 'node16', '--entrypoints', 'core', 'stream'],
    ],
  ],
  [
    'packages/server',
    [
      ['--exclude-entrypoints', 'vite'],
      ['--profile', 'esm-only', '--entrypoints', 'vite'],
    ],
  ],
]);

for (const [folder, questions] of PUBLISHED) {
  const options = { cwd: join(root, folder), show: true };
  const outcomes = [await run('publint', ['--strict', '--pack', 'npm'], options)];
  for (const question of questions) {
    outcomes.push(await run('attw', ['--pack', '.', ...question], options));
  }
  if (outcomes.some(({ code }) => code !== 0)) process.exitCode = 1;
}

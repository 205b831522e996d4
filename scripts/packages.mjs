/**
 * Whether the published packages are sound as they would be packed: publint for their package.json, and "are the
 * types wrong" for what TypeScript sees under each way of resolving modules.
 */
import { join } from 'node:path';
import { root, run } from './workspace.mjs';

const PUBLISHED = ['packages/client', 'packages/server'];

for (const folder of PUBLISHED) {
  const options = { cwd: join(root, folder), show: true };
  const publint = await run('publint', ['--strict', '--pack', 'npm'], options);
  const attw = await run('attw', ['--pack', '.'], options);
  if (publint.code !== 0 || attw.code !== 0) process.exitCode = 1;
}

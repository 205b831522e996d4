/**
 * Whether the packages work for one who installs them: packed, installed into an empty folder without a network
 * (they depend on nothing), and used there by ES modules and by CommonJS ones, on the Node that runs this; and by TypeScript,
 * which sees the declarations that are packed.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from './workspace.mjs';

const PACKAGES = ['packages/client', 'packages/server'];
const CONSUMERS = ['import.mjs', 'require.cjs', 'as-ws.mjs', 'as-ws.cjs', 'integrity.cjs'];

/** What is written for ws, or for the browser's WebSocket, and compiles with ours in its place. */
const PROGRAMS = ['server', 'client'];

const folder = mkdtempSync(join(tmpdir(), 'holdfast-smoke-'));
try {
  cpSync(join(root, 'scripts', 'smoke'), folder, { recursive: true });
  for (const path of PACKAGES) {
    await succeed('npm', ['pack', '--pack-destination', folder], join(root, path));
  }
  const archives = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  await succeed('npm', ['install', '--offline', '--no-package-lock', ...archives], folder);
  for (const consumer of CONSUMERS) await succeed(process.execPath, [consumer], folder);
  for (const name of PROGRAMS) {
    const path = join(root, 'packages', name, 'test', 'types', 'program.ts');
    const program = readFileSync(path, 'utf8').replace("from 'ws'", "from '@holdfast/server'");
    for (const extension of ['mts', 'cts'])
      writeFileSync(join(folder, 'types', `${name}.${extension}`), program);
  }
  await succeed('tsc', ['-p', 'types', '--typeRoots', join(root, 'node_modules', '@types')], folder);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
async function succeed(command, args, cwd) {
  const { code, output } = await run(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
}

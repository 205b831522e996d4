/**
 * Whether the client brings along only what an application asks for: bundled as an application would, its ES modules leave nothing where
 * nothing is used, and of the core no code of a fallback. Reads what the build wrote.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './workspace.mjs';

/** Words that are in the code of one fallback and of nothing else. They are text, or the platform's: no name of ours that is shortened. */
const OF_FETCH = ['application/octet-stream', 'no-cors'];
const OF_IFRAME = ['createElement', 'aria-hidden'];

const folder = mkdtempSync(join(root, 'packages', 'client', '.tree-shaking-'));
const problems = [];
try {
  for (const entry of ['index', 'core', 'stream']) {
    const nothing = (await bundled(`import ${module(entry)};`)).trim();
    if (nothing !== '')
      problems.push(`${entry}: ${nothing.length} characters are left where nothing is used`);
  }
  const core = await bundled(`export { WebSocket } from ${module('core')};`);
  for (const word of [...OF_FETCH, ...OF_IFRAME])
    if (core.includes(word)) problems.push(`core: has ${word}, and so a fallback that nobody asked for`);
  // What is looked for is there to be found.
  const full = await bundled(`export { WebSocket } from ${module('index')};`);
  for (const word of OF_FETCH) if (!full.includes(word)) problems.push(`index: has no ${word}`);
  if (!full.includes('createElement')) problems.push('index: has no createElement');
  if (core.length >= full.length) problems.push('core: is as large as all');
} finally {
  rmSync(folder, { recursive: true });
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** @param {string} entry */
function module(entry) {
  return JSON.stringify(join(root, 'packages', 'client', 'dist', `${entry}.mjs`));
}

/**
 * @param {string} source of an application's module
 * @returns {Promise<string>}
 */
async function bundled(source) {
  const input = join(folder, 'application.mjs');
  writeFileSync(input, source);
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry: input, formats: ['es'] } },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !('output' in output)) throw new Error('There is no bundle.');
  return output.output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('');
}

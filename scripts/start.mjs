/**
 * `npm start`: the lab, from a fresh clone to a served page.
 *
 * Installs and builds only what is not up to date, then becomes the lab: its server runs in this very process, so
 * that a signal reaches it directly.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, isBuilt } from './build.mjs';
import { install, isInstalled, root } from './workspace.mjs';

const LAB = join(root, 'examples', 'lab', 'server.mjs');

if (!isInstalled()) await prepare('Installing', install);
if (!isBuilt()) await prepare('Building', build);
process.argv[1] = LAB;
await import(pathToFileURL(LAB).href);

/**
 * @param {string} what
 * @param {() => Promise<import('./workspace.mjs').Outcome>} work
 */
async function prepare(what, work) {
  console.log(`${what} …`);
  const { code, output } = await work();
  if (code === 0) return;
  console.error(`${output}\n${what} failed.`);
  process.exit(code);
}

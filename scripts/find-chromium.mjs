/**
 * Finds a Chromium for the browser tests, and installs one where there is none.
 *
 * Looked for, in this order: `CHROMIUM_PATH`, the system's own, the one in Playwright's folder. Installed, where
 * none is found: Debian's package (as root on Debian), else Playwright's download. Where that fails too, the error
 * says what to type. `node scripts/find-chromium.mjs` prints the path.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { canInstallPackages, installPackage } from './debian.mjs';
import { run } from './workspace.mjs';

/** What Chromium, or a browser built from it, is called on a PATH; the open one first. */
const PROGRAM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Where installers put it that add nothing to the PATH. */
const USUAL_PLACES = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

/** How it is started, headless or not: without a sandbox (containers), and silent: nothing that it would fetch for itself. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const WHAT_TO_TYPE = `No Chromium was found, and none could be installed. Do one of these, then try again:
  Debian, Ubuntu   sudo apt-get install chromium
  anywhere         npx playwright install chromium
  your own         CHROMIUM_PATH=/path/to/chromium npm test`;

/**
 * The path of a Chromium, which is installed first where there is none.
 *
 * @returns {Promise<string>} absolute
 * @throws {Error} where `CHROMIUM_PATH` names no program, or where none was found and none could be installed
 */
export async function findChromium() {
  const found = await locateChromium();
  if (found !== undefined) return found;
  const { output } = await installChromium();
  const installed = await locateChromium();
  if (installed === undefined) throw new Error(`${output}\n${WHAT_TO_TYPE}`);
  return installed;
}

/**
 * The path of a Chromium that is already there; installs nothing.
 *
 * @param {Record<string, string | undefined>} [environment] default: this process's own
 * @returns {Promise<string | undefined>} absolute
 * @throws {Error} where `CHROMIUM_PATH` names no program: a wish that cannot be met is not to be passed over
 */
export async function locateChromium(environment = process.env) {
  const wanted = environment['CHROMIUM_PATH'];
  if (wanted !== undefined && wanted !== '') {
    if (isProgram(wanted)) return wanted;
    throw new Error(`CHROMIUM_PATH is ${wanted}, which is not an absolute path of a program.`);
  }
  const folders = (environment['PATH'] ?? '').split(delimiter).filter(isAbsolute);
  const onPath = PROGRAM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...USUAL_PLACES, ...(await playwrightsOwn())].find(isProgram);
}

function installChromium() {
  if (canInstallPackages()) return installPackage('chromium');
  return run('playwright', ['install', 'chromium']);
}

/** Where Playwright would have put its own; empty before it is installed. */
async function playwrightsOwn() {
  try {
    const { chromium } = await import('playwright-core');
    return [chromium.executablePath()];
  } catch {
    return [];
  }
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return isAbsolute(path) && statSync(path).isFile();
  } catch {
    return false;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    console.log(await findChromium());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

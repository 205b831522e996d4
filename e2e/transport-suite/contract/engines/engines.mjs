/**
 * The engines of the matrix: where their programs are, what installs them, and how they are launched. Chromium is found, or installed, as for all browser
 * tests; the others are Debian's packages, installed where that can be done, and else left out.
 *
 * @import { Browser } from './engine.ts'
 */
import { existsSync } from 'node:fs';
import { run } from '../../../../scripts/workspace.mjs';
import { launchChromium } from './chromium.mjs';
import { launchFirefox } from './firefox.mjs';
import { launchWebKit } from './webkit.mjs';

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {() => Promise<Browser>} launch
 * @property {readonly string[]} programs their paths; all must be there
 * @property {string} packages of Debian that bring them
 */

const FIREFOX = process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr';
const WEBKIT = {
  driver: '/usr/bin/WebKitWebDriver',
  browser: process.env['MINIBROWSER_PATH'] ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
  screen: '/usr/bin/Xvfb',
};

/** @type {readonly Engine[]} */
export const ENGINES = [
  { name: 'chromium', launch: launchChromium, programs: [], packages: 'chromium' },
  { name: 'firefox', launch: () => launchFirefox(FIREFOX), programs: [FIREFOX], packages: 'firefox-esr' },
  {
    name: 'webkit',
    launch: () => launchWebKit(WEBKIT),
    programs: Object.values(WEBKIT),
    packages: 'webkit2gtk-driver xvfb',
  },
];

/**
 * Whether the engine can be launched here; installs it first where it is missing and that is possible (as root on Debian).
 *
 * @param {Engine} engine
 * @returns {Promise<boolean>}
 */
export async function isHere({ programs, packages }) {
  const isThere = () => programs.every((path) => existsSync(path));
  if (!isThere() && process.getuid?.() === 0 && existsSync('/etc/debian_version'))
    await run('sh', [
      '-c',
      `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages}`,
    ]);
  return isThere();
}

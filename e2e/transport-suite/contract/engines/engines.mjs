/**
 * The engines of the matrix: where their programs are, what installs them, and how they are launched. Chromium is found, or installed, as for all browser
 * tests; the others are Debian's packages, installed where that can be done, and else left out by who asks.
 *
 * @import { Browser } from './engine.ts'
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { canInstallPackages, installPackage } from '../../../../scripts/debian.mjs';
import { launchChromium } from './chromium.mjs';
import { launchFirefox } from './firefox.mjs';
import { launchWebKit } from './webkit.mjs';

/**
 * @typedef {object} Engine
 * @property {string} name
 * @property {string} title as its makers call it
 * @property {() => Promise<Browser>} launch
 * @property {() => readonly string[]} programs their paths; all must be there
 * @property {string} packages of Debian that bring them
 */

const firefox = () => process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr';
const webKit = () => ({
  driver: '/usr/bin/WebKitWebDriver',
  browser: process.env['MINIBROWSER_PATH'] ?? miniBrowser(),
  screen: '/usr/bin/Xvfb',
});

/** @type {readonly Engine[]} */
export const ENGINES = [
  {
    name: 'chromium',
    title: 'Chromium',
    launch: launchChromium,
    programs: () => [],
    packages: 'chromium',
  },
  {
    name: 'firefox',
    title: 'Firefox ESR',
    launch: () => launchFirefox(firefox()),
    programs: () => [firefox()],
    packages: 'firefox-esr',
  },
  {
    name: 'webkit',
    title: 'WebKitGTK',
    launch: () => launchWebKit(webKit()),
    programs: () => Object.values(webKit()),
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
  const isThere = () => programs().every((path) => existsSync(path));
  if (!isThere() && canInstallPackages()) await installPackage(packages, { recommended: false });
  return isThere();
}

/** @returns {string} a path: WebKitGTK's own browser stands in a folder of the machine's architecture */
function miniBrowser() {
  const libraries = '/usr/lib';
  const folders = existsSync(libraries) ? readdirSync(libraries) : [];
  const paths = folders.map((folder) => join(libraries, folder, 'webkit2gtk-4.1', 'MiniBrowser'));
  return paths.find((path) => existsSync(path)) ?? join(libraries, 'webkit2gtk-4.1', 'MiniBrowser');
}

/** Packages of Debian, where this is Debian and we may install them. */
import { existsSync, readFileSync } from 'node:fs';
import { run } from './workspace.mjs';

/**
 * Not its relatives: Ubuntu's package of Chromium is a stub that asks for a snap.
 *
 * @returns {boolean} whether packages can be installed here
 */
export function canInstallPackages() {
  const isDebian =
    existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
  return isDebian && process.getuid?.() === 0;
}

/**
 * @param {string} names one, or several with spaces between
 * @param {{ recommended?: boolean }} [options] `recommended`: also what goes well with it. Default: true
 * @returns {Promise<import('./workspace.mjs').Outcome>}
 */
export function installPackage(names, { recommended = true } = {}) {
  const options = recommended ? '-y' : '-y --no-install-recommends';
  return run('sh', [
    '-c',
    `apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install ${options} ${names}`,
  ]);
}

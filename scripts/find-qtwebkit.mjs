/**
 * Finds QtWebKit 5.212, an engine of 2016 that the legacy script is tested in, and installs it where that is possible: as root on Debian.
 *
 * What is found is a Python that has it (PyQt5), since there is no browser of it: `QTWEBKIT_PYTHON`, else `python3` of the system. Elsewhere the tests
 * in it are left out, and say so. `node scripts/find-qtwebkit.mjs` prints the path, and fails where there is none.
 */
import { pathToFileURL } from 'node:url';
import { canInstallPackages, installPackage } from './debian.mjs';
import { run } from './workspace.mjs';

const DEBIAN_PACKAGE = 'python3-pyqt5.qtwebkit';

export const WITHOUT_QTWEBKIT = `QtWebKit 5.212 was not found, and could not be installed: holdfast.legacy.js is not tried in an old engine.
  Debian, Ubuntu   sudo apt-get install ${DEBIAN_PACKAGE}
  your own         QTWEBKIT_PYTHON=/path/to/python3 npm test, one that can import PyQt5.QtWebKitWidgets`;

/** @returns {Promise<string | undefined>} a Python that has it */
export async function findQtWebKit() {
  const found = await locateQtWebKit();
  if (found !== undefined || !canInstallPackages()) return found;
  await installPackage(DEBIAN_PACKAGE);
  return locateQtWebKit();
}

/**
 * The same, and installs nothing.
 *
 * @param {Record<string, string | undefined>} [environment] default: this process's own
 * @returns {Promise<string | undefined>}
 * @throws {Error} where `QTWEBKIT_PYTHON` names none: a wish that cannot be met is not to be passed over
 */
export async function locateQtWebKit(environment = process.env) {
  const wanted = environment['QTWEBKIT_PYTHON'];
  if (wanted !== undefined && wanted !== '') {
    if (await hasQtWebKit(wanted)) return wanted;
    throw new Error(`QTWEBKIT_PYTHON is ${wanted}, which has no PyQt5.QtWebKitWidgets.`);
  }
  // Debian's packages are its own Python's, whichever comes first on the PATH.
  for (const python of ['/usr/bin/python3', 'python3']) if (await hasQtWebKit(python)) return python;
  return undefined;
}

/** @param {string} python */
async function hasQtWebKit(python) {
  return (await run(python, ['-c', 'import PyQt5.QtWebKitWidgets'])).code === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const python = await findQtWebKit();
  console.log(python ?? WITHOUT_QTWEBKIT);
  if (python === undefined) process.exitCode = 1;
}

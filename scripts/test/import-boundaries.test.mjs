/** The linter's import boundaries, tried on imports that keep and that cross them. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../workspace.mjs';

const BOUNDARY_RULES = ['lint/style/noRestrictedImports', 'lint/correctness/noNodejsModules'];

/** Where the file of each case stands, what it imports, and whether it may. */
const CASES = /** @type {const} */ ([
  ['protocol', './frames.ts', 'may'],
  ['protocol', 'node:crypto', 'may not'],
  ['protocol', 'ws', 'may not'],
  ['protocol', '@holdfast/client', 'may not'],
  ['protocol', '@holdfast/server', 'may not'],
  ['protocol', '../../server/src/index.ts', 'may not'],
  ['client', './backoff.ts', 'may'],
  ['client', '@holdfast/protocol', 'may'],
  ['client', 'node:crypto', 'may not'],
  ['client', 'crypto', 'may not'],
  ['client', 'ws', 'may not'],
  ['client', '@holdfast/server', 'may not'],
  ['client', '../../server/src/index.ts', 'may not'],
  ['client', '../../protocol/src/index.ts', 'may not'],
  ['client/transports', '../backoff.ts', 'may'],
  ['server', './handshake.ts', 'may'],
  ['server', '@holdfast/protocol', 'may'],
  ['server', 'node:crypto', 'may'],
  ['server', 'node:stream/promises', 'may'],
  ['server', 'ws', 'may not'],
  ['server', '@holdfast/client', 'may not'],
  ['server', '../../client/src/index.ts', 'may not'],
  ['server', '../../protocol/src/index.ts', 'may not'],
  ['server', 'vite', 'may not'],
  ['server/transports', '../handshake.ts', 'may'],
  ['server/vite', '../server.ts', 'may'],
  ['server/vite', 'vite', 'may'],
  ['server/vite', 'ws', 'may not'],
  ['server/vite', '../../../client/src/index.ts', 'may not'],
]);

/** @type {string} */
let folder;
/** The paths of the files in which the linter saw a crossed boundary. */
/** @type {Set<string>} */
const refused = new Set();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-boundaries-'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  CASES.forEach(([place, specifier], index) => {
    const path = join(folder, pathOf(place, index));
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, `import { thing } from '${specifier}';\n\nthing();\n`);
  });
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const args = ['lint', '--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '.'];
  const { stdout } = spawnSync(biome, args, { cwd: folder, encoding: 'utf8' });
  for (const { category, location } of JSON.parse(stdout).diagnostics) {
    if (BOUNDARY_RULES.includes(category)) refused.add(location.path);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('The import boundaries', () => {
  test.each(CASES.map(([place, specifier, may], index) => ({ place, specifier, may, index })))(
    'say that $place $may import $specifier',
    ({ place, may, index }) => {
      expect(refused.has(pathOf(place, index))).toBe(may === 'may not');
    },
  );
});

/**
 * @param {string} place a package, and perhaps a folder of its sources
 * @param {number} index
 */
function pathOf(place, index) {
  const [name, ...folders] = place.split('/');
  return ['packages', name, 'src', ...folders, `case-${index}.ts`].join('/');
}

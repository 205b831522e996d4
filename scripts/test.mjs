/**
 * `npm test`: everything that must hold, from a fresh clone to a real browser.
 *
 * A list of named steps, run one after the other; the first that fails ends the run. A step is one check (a program
 * that succeeds or not) or a test runner, whose totals are read from its JSON report. The last line is their sum.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';
import { install, root, run } from './workspace.mjs';

/** How many tests or checks ended how. */
/** @typedef {{ passed: number, failed: number, skipped: number }} Totals */

/** The other supported major release of Node, beside the one that runs this. */
const OTHER_NODE = process.versions.node.startsWith('24.') ? 'node@20' : 'node@24';

const BROWSER_TESTS = 'e2e/playwright.config.ts';

/** @type {readonly (readonly [name: string, step: () => Promise<Totals>])[]} */
const STEPS = [
  ['install', check(install)],
  ['format', check(() => run('npm', ['run', 'format']))],
  ['lint', check(() => run('npm', ['run', 'lint']))],
  ['types', check(() => run('npm', ['run', 'types']))],
  ['unit tests', unitTests],
  ['build', check(build)],
  ['API pages', check(() => run('npm', ['run', 'docs']))],
  ['tree-shaking', check(() => run('node', ['scripts/tree-shaking.mjs']))],
  ['sizes', check(() => run('node', ['scripts/size.mjs', '--no-larger']))],
  ['language levels', check(() => run('node', ['scripts/language-level.mjs']))],
  ['packages', check(() => run('node', ['scripts/packages.mjs']))],
  [`packages on ${process.version}`, check(() => run('node', ['scripts/smoke.mjs']))],
  [`packages on ${OTHER_NODE}`, check(() => run('npx', ['-y', OTHER_NODE, 'scripts/smoke.mjs']))],
  ['chromium', check(() => run('node', ['scripts/find-chromium.mjs']))],
  ['qtwebkit', wish(() => run('node', ['scripts/find-qtwebkit.mjs']))],
  ['browser tests', browserTests],
  ['other engines', otherEngines],
  ['chaos with a fresh seed', chaos('--quick')],
  ['chaos with seeds that failed', chaos('--regressions')],
];

const reports = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const [name, step] of STEPS) {
  console.log(`\n▸ ${name}`);
  const startedMs = performance.now();
  const { passed, failed, skipped } = await step();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
  console.log(failed === 0 ? `✓ ${name}, ${seconds} s` : `✗ ${name} failed after ${seconds} s`);
  if (failed > 0) {
    process.exitCode = 1;
    break;
  }
}
rmSync(reports, { recursive: true });
console.log(
  `\n${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`,
);

/**
 * A step that counts as one. What it printed is shown only where it failed.
 *
 * @param {() => Promise<import('./workspace.mjs').Outcome>} work
 * @returns {() => Promise<Totals>}
 */
function check(work) {
  return async () => {
    const { code, output } = await work();
    if (code === 0) return { passed: 1, failed: 0, skipped: 0 };
    console.log(output);
    return { passed: 0, failed: 1, skipped: 0 };
  };
}

/**
 * A step that finds out whether there is something without which later tests are left out, and counts as left out itself.
 *
 * @param {() => Promise<import('./workspace.mjs').Outcome>} work
 * @returns {() => Promise<Totals>}
 */
function wish(work) {
  return async () => {
    const { code, output } = await work();
    if (code !== 0) console.log(output);
    return { passed: code === 0 ? 1 : 0, failed: 0, skipped: code === 0 ? 0 : 1 };
  };
}

async function unitTests() {
  const report = join(reports, 'unit.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await run('vitest', ['run', ...reporters], { show: true });
  return totals(code, report, ({ numPassedTests, numFailedTests, numPendingTests, numTodoTests }) => ({
    passed: numPassedTests,
    failed: numFailedTests,
    skipped: numPendingTests + numTodoTests,
  }));
}

async function browserTests() {
  const report = join(reports, 'browser.json');
  const { code } = await run(
    'playwright',
    ['test', '-c', BROWSER_TESTS, '--reporter=list,json', '--fail-on-flaky-tests'],
    {
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
      show: true,
    },
  );
  return totals(code, report, ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky,
    skipped: stats.skipped,
  }));
}

/** The contract in Firefox and WebKitGTK: a test is a clause. Engines that are not here are said, and their variants count as left out. */
async function otherEngines() {
  const report = join(root, 'results', 'e2e-matrix-part.json');
  rmSync(report, { force: true });
  const { code } = await run('node', ['e2e/main.mjs', '--matrix', '--short'], { show: true });
  /** @type {{ rows: import('../e2e/transport-suite/contract/types.ts').Row[] }} */
  const { rows } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { rows: [] };
  const counted = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, error, verdict } of rows) {
    counted.passed += passed;
    counted.failed += failed.length + (error === null ? 0 : 1);
    counted.skipped += verdict === 'not here' ? 1 : 0;
  }
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

/**
 * A step that counts as one, and shows its summary: its seed, and how much happened.
 *
 * @param {string} mode of `npm run chaos`
 * @returns {() => Promise<Totals>}
 */
function chaos(mode) {
  return async () => {
    const { code, output } = await run('node', ['chaos/main.mjs', mode]);
    console.log(code === 0 ? output.match(/^chaos: .*$/gm)?.join('\n') : output);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  };
}

/**
 * A runner's totals. A runner that failed without a failed test (it crashed, it ran none) counts as one failure.
 *
 * @param {number} code the runner's exit code
 * @param {string} report the path of its JSON report
 * @param {(report: any) => Totals} read `any`: what a JSON file holds is the runner's to say
 * @returns {Totals}
 */
function totals(code, report, read) {
  const none = { passed: 0, failed: 0, skipped: 0 };
  const counted = existsSync(report) ? read(JSON.parse(readFileSync(report, 'utf8'))) : none;
  const isSound = code === 0 && counted.passed > 0;
  return isSound || counted.failed > 0 ? counted : { ...counted, failed: 1 };
}

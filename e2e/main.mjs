/** `npm run e2e`: the browser tests, with Playwright's own arguments; with `--matrix`, the contract in every engine (matrix.mjs). */
import { run } from '../scripts/workspace.mjs';

const args = process.argv.slice(2);
if (args.includes('--matrix')) await import('./matrix.mjs');
else
  process.exitCode = (
    await run('playwright', ['test', '-c', 'e2e/playwright.config.ts', ...args], { show: true })
  ).code;

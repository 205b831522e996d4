/** What Vite, webpack and esbuild make of an app that imports the package, each as it is without any options of ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestInfo } from '@playwright/test';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';
import { echoIn, expect, IN_PAGES, placeUrl, testPlace } from './place.ts';

const APP = fileURLToPath(new URL('../pages/bundled-app.mjs', import.meta.url));

/** Each writes one file into the folder. */
const BUNDLERS = {
  async Vite(folder: string) {
    await vite({
      configFile: false,
      logLevel: 'warn',
      build: { outDir: folder, rolldownOptions: { input: APP, output: { entryFileNames: 'app.js' } } },
    });
  },
  async webpack(folder: string) {
    await new Promise<void>((resolve, reject) => {
      webpack(
        { mode: 'production', entry: APP, output: { path: folder, filename: 'app.js' } },
        (error, stats) => {
          if (error === null && stats?.hasErrors() === false) resolve();
          else reject(error ?? new Error(stats?.toString()));
        },
      );
    });
  },
  async esbuild(folder: string) {
    await esbuild({ entryPoints: [APP], bundle: true, minify: true, outfile: join(folder, 'app.js') });
  },
};

for (const [bundler, bundle] of Object.entries(BUNDLERS)) {
  let content: string | undefined;
  const bundled = async (testInfo: TestInfo): Promise<string> => {
    const folder = testInfo.outputPath('bundle');
    await bundle(folder);
    return readFileSync(join(folder, 'app.js'), 'utf8');
  };
  testPlace({
    ...IN_PAGES,
    name: `an app bundled by ${bundler}`,
    async enter(page, pages, testInfo) {
      content ??= await bundled(testInfo);
      // Not by the page's own script.
      await page.goto(placeUrl(pages, {}, 'type="text/plain"'));
      expect(await page.evaluate(() => 'Holdfast' in window)).toBe(false);
      await page.addScriptTag({ content, type: 'module' });
      await page.waitForFunction(() => 'Holdfast' in window);
      return echoIn(page);
    },
  });
}

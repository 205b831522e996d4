/**
 * The client for a script tag: one minified file with the global `Holdfast`, for browsers since 2017.
 *
 * It joins what tsdown wrote into `dist`, so that folder is not emptied here.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { minification } from './minification.mjs';

const target = 'es2017';
const script = file('./src/script.ts');

/** What Chromium 63 lacks (scripts/language-level.mjs), by its name: the file in `src/legacy` that knows how to do without. */
/** @type {Record<string, [string, string]>} */
const inject = {
  AbortController: [file('./src/legacy/abort-controller.ts'), 'LegacyAbortController'],
  EventTarget: [file('./src/legacy/platform-event-target.ts'), 'PlatformEventTarget'],
};

export default defineConfig({
  logLevel: 'warn',
  // What is null is null: no engine has a `document.all` in our way.
  oxc: { target, assumptions: { noDocumentAll: true } },
  plugins: [await minification({ ecma: 2017, module: false })],
  build: {
    target,
    minify: false,
    sourcemap: true,
    emptyOutDir: false,
    copyPublicDir: false,
    lib: {
      entry: existsSync(script) ? script : file('./src/index.ts'),
      name: 'Holdfast',
      formats: ['iife'],
      fileName: () => 'holdfast.js',
    },
    rolldownOptions: {
      output: { exports: 'named', generatedCode: { symbols: false } },
      transform: { define: { globalThis: 'self' }, inject },
    },
  },
});

/** @param {string} path relative to this file */
function file(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

/**
 * The client for a script tag in old engines: one minified file in ES5 with the global `Holdfast`, which brings along what they lack.
 *
 * A global that they may lack is not given to the page: it is the bundle alone that finds ours by that name. It joins what the
 * other builds wrote into `dist`.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { es5 } from './es5.mjs';
import { minification } from './minification.mjs';

/** Compiled to ES5 from what the bundler prints at the least. */
const target = 'es2015';

/** By their names: the file in `src/legacy` that has our own, and its name there. */
const GLOBALS = /** @type {const} */ ({
  CloseEvent: ['events', 'LegacyCloseEvent'],
  CustomEvent: ['events', 'LegacyCustomEvent'],
  DOMException: ['dom-exception', 'LegacyDOMException'],
  Event: ['events', 'LegacyEvent'],
  EventTarget: ['event-target', 'LegacyEventTarget'],
  Map: ['map', 'LegacyMap'],
  MessageEvent: ['events', 'LegacyMessageEvent'],
  Promise: ['promise', 'LegacyPromise'],
  Response: ['response', 'LegacyResponse'],
  Set: ['map', 'LegacySet'],
  Symbol: ['symbol', 'LegacySymbol'],
  TextDecoder: ['text', 'LegacyTextDecoder'],
  TextEncoder: ['text', 'LegacyTextEncoder'],
  URL: ['url', 'LegacyURL'],
  WeakMap: ['weak-map', 'LegacyWeakMap'],
  queueMicrotask: ['microtasks', 'legacyQueueMicrotask'],
});

export default defineConfig({
  logLevel: 'warn',
  oxc: { target, assumptions: { noDocumentAll: true } },
  plugins: [await minification({ ecma: 2015, module: false }), es5()],
  build: {
    target,
    minify: false,
    sourcemap: true,
    emptyOutDir: false,
    copyPublicDir: false,
    lib: {
      entry: file('./src/legacy/script.ts'),
      name: 'Holdfast',
      formats: ['iife'],
      fileName: () => 'holdfast.legacy.js',
    },
    rolldownOptions: {
      output: { exports: 'named', generatedCode: { symbols: false } },
      transform: {
        define: { globalThis: 'self' },
        inject: Object.fromEntries(
          Object.entries(GLOBALS).map(([name, [from, ours]]) => [
            name,
            [file(`./src/legacy/${from}.ts`), ours],
          ]),
        ),
      },
    },
  },
});

/** @param {string} path relative to this file */
function file(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}

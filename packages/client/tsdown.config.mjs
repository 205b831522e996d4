/**
 * The client for bundlers, workers and Node: ESM and CommonJS, each with its own declarations.
 *
 * Names are shortened here too: whoever bundles it cannot do that.
 *
 * `@holdfast/protocol` is a private package and is bundled in, types included: the result depends on nothing.
 */
import { defineConfig } from 'tsdown';
import { minification } from './minification.mjs';

export default defineConfig({
  // What the entries share is in chunks of its own.
  entry: { index: 'src/index.ts', core: 'src/core.ts', stream: 'src/stream.ts' },
  plugins: [await minification({ ecma: 2020, module: true })],
  format: ['esm', 'cjs'],
  platform: 'neutral',
  fixedExtension: true,
  target: 'es2022',
  sourcemap: true,
  dts: { oxc: true, sourcemap: false },
  checks: { legacyCjs: false },
  outputOptions: { exports: 'named' },
});

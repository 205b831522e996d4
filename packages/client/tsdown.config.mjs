/**
 * The client for bundlers, workers and Node: ESM and CommonJS, each with its own declarations.
 *
 * `@holdfast/protocol` is a private package and is bundled in, types included: the result depends on nothing.
 */
import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  fixedExtension: true,
  target: 'es2022',
  sourcemap: true,
  dts: { oxc: true, sourcemap: false },
  checks: { legacyCjs: false },
  outputOptions: { exports: 'named' },
});

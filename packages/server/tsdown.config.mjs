/**
 * The server for Node: ESM and CommonJS, each with its own declarations.
 *
 * `@holdfast/protocol` is a private package and is bundled in, types included: the result depends on nothing.
 * The client's script is copied beside it, so that a page needs nothing but the server's URL; the client is
 * therefore built first.
 */
import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  shims: true,
  dts: { oxc: true, sourcemap: false },
  checks: { legacyCjs: false },
  outputOptions: { exports: 'named' },
  copy: ['../client/dist/holdfast.js'],
});

/**
 * The server for Node: ESM and CommonJS, each with its own declarations.
 *
 * `@holdfast/protocol` is a private package and is bundled in, types included: the result depends on nothing.
 * The client's script is copied beside it, so that a page needs nothing but the server's URL; the client is
 * therefore built first.
 */
import { defineConfig } from 'tsdown';

/** @type {import('tsdown').UserConfig} */
const common = {
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  shims: true,
  dts: { oxc: true, sourcemap: false },
  checks: { legacyCjs: false },
  outputOptions: { exports: 'named' },
};

export default defineConfig([
  // Vite is an ES module, and so are its plugins.
  {
    ...common,
    entry: { index: 'src/index.ts', vite: 'src/vite/index.ts' },
    format: 'esm',
    copy: ['../client/dist/holdfast.js'],
  },
  { ...common, entry: { index: 'src/index.ts' }, format: 'cjs' },
]);

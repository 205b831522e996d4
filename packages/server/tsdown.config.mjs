/**
 * The server for Node: ESM and CommonJS, each with its own declarations. `import` gives names and a default, `require` the class
 * itself with the rest on it: two entries.
 *
 * `@holdfast/protocol` is a private package and is bundled in, types included: the result depends on nothing.
 * The client's scripts are copied beside it, so that a page needs nothing but the server's URL; the client is
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
};

export default defineConfig([
  // Vite is an ES module, and so are its plugins.
  {
    ...common,
    entry: { index: 'src/index.ts', vite: 'src/vite/index.ts' },
    format: 'esm',
    outputOptions: { exports: 'named' },
    copy: ['../client/dist/holdfast.js', '../client/dist/holdfast.legacy.js'],
  },
  { ...common, entry: { index: 'src/require.ts' }, format: 'cjs' },
]);

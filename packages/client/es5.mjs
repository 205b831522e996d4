/**
 * Compiles what is bundled to ES5, as a plugin of the legacy build: what the bundler itself prints is ES2015 at the least. Properties have got
 * their short names before (minification.mjs), since helpers are told these as strings. The helpers stay within the script; where they
 * look for `Symbol`, they do without.
 */
import { transform } from '@swc/core';
import { minify } from 'terser';

/** One whose engine knows ES5 alone. */
const OLD = { ie: '10' };
/** One that needs nothing compiled. */
const NEW = { chrome: '120' };

/** In this order. */
/** @type {readonly import('@swc/core').Options[]} */
const PASSES = [
  // Strictly, since the next pass would take a Set for an array.
  { env: { targets: NEW, include: ['transform-spread'] } },
  {
    env: {
      targets: OLD,
      loose: true,
      // No symbols are asked for their type here, and no class says by itself what its instances are.
      exclude: ['transform-typeof-symbol', 'transform-instanceof'],
    },
    jsc: {
      assumptions: {
        // Classes are called with `new`, and extend functions alone.
        noClassCalls: true,
        superIsCallableConstructor: true,
        constantSuper: true,
        setPublicClassFields: true,
        setComputedProperties: true,
        noDocumentAll: true,
      },
    },
  },
];

/** @returns {import('vite').Plugin} */
export function es5() {
  return {
    name: 'holdfast:es5',
    enforce: 'post',
    async generateBundle({ name }, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        let { code } = chunk;
        let map = JSON.stringify(chunk.map);
        for (const pass of PASSES) {
          const result = await transform(code, {
            ...pass,
            configFile: false,
            swcrc: false,
            isModule: false,
            sourceMaps: true,
            inputSourceMap: map,
          });
          code = result.code;
          map = String(result.map);
        }
        // The helpers are functions outside of the script's own.
        const small = await minify(`var ${name} = function () {${code}return ${name}}();`, {
          ecma: 5,
          compress: { passes: 3 },
          format: { comments: false },
          sourceMap: { content: map, filename: chunk.fileName, url: `${chunk.fileName}.map` },
        });
        chunk.code = small.code ?? '';
        chunk.map = JSON.parse(String(small.map));
        const mapAsset = bundle[`${chunk.fileName}.map`];
        if (mapAsset?.type === 'asset') mapAsset.source = String(small.map);
      }
    },
  };
}

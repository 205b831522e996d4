/**
 * How the client is made small, as a plugin of both builds: unneeded code goes, and the names of properties that nobody outside sees are
 * shortened. A name stays if the platform, an application or the wire knows it; whatever is left is ours alone.
 *
 * The script is ES2017, where `?.` and `??` become long: the sources say `&&`, `||` and `? :` where that reads as well.
 *
 * What the platform knows is read from the compiler's declarations of it. The sources are checked against these, so none is missing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { minify } from 'terser';

/** What applications use, beside the platform's own names. */
const PUBLIC_NAMES = [
  'Holdfast WebSocket install origins transports transport getStats withTransports longPolling iframe', // index.ts
  'type transport attach reason durationMs at outcome', // LogEntry, AttemptRecord
  'attempts migrations resent sent received messages bytes attachMs roundTripMs', // Stats
];

/** The same of one entry: in the others these names are nobody's. */
const PUBLIC_NAMES_OF_ENTRIES = new Map([
  ['stream', ['WebSocketStream WebSocketError opened closed closeCode']],
]);

/** By which code that was compiled to ES5 finds an iterator where there are no symbols. */
const COMPILED_NAMES = ['@@iterator'];

/** PROTOCOL.md §3: the fields of `~attach` over a WebSocket, and of `~attached`. (Over HTTP the statement is written as text.) */
const WIRE_NAMES = 'attach received protocol expiryMs keepaliveMs maxBodyBytes paused';

/** Names of ours that the platform has, too, for what is not used here: no object of its own is asked for them. */
const OWN_NAMES = [
  'begin buffered check connect controls cursor cut detach drop end ended exchange finish flush held hold host kind link log path ping',
  'progress queue record release reset resume retry round session settle state stop streams take waiting',
];

/** Of the platform, not declared by the compiler: the Network Information API. */
const UNDECLARED_NAMES = 'connection';

/**
 * Which the compiler has checked, and `let` is shorter. As many characters stand for it, so that the map fits. Of the script alone: what is
 * minified again, or compiled to ES5, gets longer by it.
 */
const CONST = /\bconst (?=[\w$[{])/g;

/** The environments of the client: `lib` in its tsconfig.json. */
const PLATFORM_DECLARATIONS = /^lib\.(es\d+|dom)\b.*\.d\.ts$/;

/** A name that is declared: at the beginning of a line, behind its modifiers. */
const DECLARED =
  /^\s*(?:(?:readonly|static|get|set|declare|var|function|interface) )*"?([\w$]+)"?\??\s*[:(<{]/gm;

/**
 * @param {{ ecma: 2015 | 2017 | 2020, module: boolean }} options the language level of the result, and whether its top level is its own
 * @returns {Promise<import('vite').Plugin>}
 */
export async function minification({ ecma, module }) {
  const known = [
    ...(await platformNames()),
    UNDECLARED_NAMES,
    ...PUBLIC_NAMES,
    ...COMPILED_NAMES,
    WIRE_NAMES,
  ];
  const own = new Set(OWN_NAMES.flatMap((each) => each.split(' ')));
  // One for all chunks: they call each other.
  const nameCache = {};
  return {
    name: 'holdfast:minification',
    enforce: 'post',
    // The last of all: whoever prints the code anew would print it at length.
    async generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        // What has no map has no code of ours: exports of other chunks, declarations.
        if (chunk.type !== 'chunk' || !chunk.map || !/\.[cm]?js$/.test(chunk.fileName)) continue;
        const names = known.concat(PUBLIC_NAMES_OF_ENTRIES.get(chunk.name) ?? []);
        const reserved = names.flatMap((each) => each.split(' ')).filter((name) => !own.has(name));
        const { code, map } = await minify(ecma === 2017 ? chunk.code.replace(CONST, 'let   ') : chunk.code, {
          ecma,
          module,
          nameCache,
          compress: { passes: 3, hoist_funs: true, pure_getters: true },
          mangle: { properties: { reserved, builtins: true } },
          format: { comments: false, preserve_annotations: true },
          sourceMap: {
            content: JSON.stringify(chunk.map),
            filename: chunk.fileName,
            url: `${chunk.fileName}.map`,
          },
        });
        chunk.code = code ?? '';
        const mapAsset = bundle[`${chunk.fileName}.map`];
        if (mapAsset?.type === 'asset') mapAsset.source = String(map);
        chunk.map = JSON.parse(String(map));
      }
    },
  };
}

/** @returns {Promise<string[]>} */
async function platformNames() {
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const { default: getExePath } = await import(join(compiler, 'lib', 'getExePath.js'));
  const folder = dirname(getExePath());
  return readdirSync(folder)
    .filter((name) => PLATFORM_DECLARATIONS.test(name))
    .flatMap((name) =>
      Array.from(readFileSync(join(folder, name), 'utf8').matchAll(DECLARED), ([, name]) => String(name)),
    );
}

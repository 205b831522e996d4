/**
 * For `node --import`: whoever asks for `ws` gets @holdfast/server, by `import` and by `require`. So a library that is written for
 * ws runs on ours without a change in any of its files. That it has asked for it is said, in one line: the tests wait for that.
 */
import Module, { createRequire, register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const HOLDFAST = '@holdfast/server';
const SAID = 'ws is @holdfast/server';

// This module is loaded twice: by the program, and by the thread in which Node resolves what is imported.
if (isMainThread) {
  register(import.meta.url);
  replaceRequired();
}

/** @type {import('node:module').ResolveHook} */
export function resolve(specifier, context, nextResolve) {
  if (specifier !== 'ws') return nextResolve(specifier, context);
  console.log(SAID);
  return nextResolve(HOLDFAST, { ...context, parentURL: import.meta.url });
}

function replaceRequired() {
  // Node 20 has no hook for `require` but the function that everybody who mocks modules replaces.
  const loader = /** @type {{ _resolveFilename: (request: string, ...rest: unknown[]) => string }} */ (
    /** @type {unknown} */ (Module)
  );
  const resolveFilename = loader._resolveFilename;
  const holdfast = createRequire(import.meta.url).resolve(HOLDFAST);
  loader._resolveFilename = function resolve(request, ...rest) {
    if (request !== 'ws') return resolveFilename.call(this, request, ...rest);
    console.log(SAID);
    return holdfast;
  };
}

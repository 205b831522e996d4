/**
 * The last step of the build: what a page states about a script that it loads from elsewhere (Subresource Integrity §3.1), so that it
 * gets this very file or none. Prints it, and writes it beside the scripts.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const SCRIPTS = ['holdfast.js', 'holdfast.legacy.js'];

/** @param {string} name @returns {URL} */
const inDist = (name) => new URL(`./dist/${name}`, import.meta.url);

const integrity = Object.fromEntries(
  SCRIPTS.map((name) => [
    name,
    `sha384-${createHash('sha384')
      .update(readFileSync(inDist(name)))
      .digest('base64')}`,
  ]),
);
writeFileSync(inDist('integrity.json'), `${JSON.stringify(integrity, null, 2)}\n`);
for (const [name, value] of Object.entries(integrity)) process.stdout.write(`${name} ${value}\n`);

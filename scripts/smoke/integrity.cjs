/** The scripts, and the hashes by which a page is sure of them. */
const { strict: assert } = require('node:assert');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

const integrity = JSON.parse(readFileSync(require.resolve('@holdfast/client/integrity.json'), 'utf8'));

for (const script of ['holdfast.js', 'holdfast.legacy.js']) {
  const bytes = readFileSync(require.resolve(`@holdfast/client/${script}`));
  assert.equal(integrity[script], `sha384-${createHash('sha384').update(bytes).digest('base64')}`, script);
}

/** Whether the transport carried it that is under test: what went through the network says so. */

/** What each transport makes, and what it shows that another was tried. (Where a network refuses upgrades, they are tried.) */
/** @type {Record<string, { needed: string, forbidden?: readonly string[] }>} */
const PROOFS = {
  websocket: { needed: 'upgrade' },
  'long-polling': { needed: 'fetch' },
  iframe: { needed: 'form', forbidden: ['upgrade', 'fetch'] },
};

/**
 * @param {Pick<import('./variants.mjs').Variant, 'transport' | 'server'>} variant
 * @param {ReadonlySet<string>} kinds of what went through the fault proxy: `http`, `upgrade`, `fetch`, `form`
 * @returns {string | undefined} what is wrong with them
 */
export function trafficMistake({ transport, server }, kinds) {
  const { needed, forbidden = [] } = PROOFS[transport ?? 'websocket'] ?? {};
  if (needed !== undefined && !kinds.has(needed) && server === 'holdfast')
    return `There was no ${needed} on the network`;
  const other = forbidden.find((kind) => kinds.has(kind));
  return other && `There was traffic of kind ${other}, which the page forbids`;
}

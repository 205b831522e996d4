/**
 * Headers as Node gives them raw: names and values in turn, in their order and spelling, repetitions included.
 */

/**
 * @param {readonly string[]} raw
 * @returns {[string, string][]}
 */
export function pairs(raw) {
  /** @type {[string, string][]} */
  const list = [];
  for (let at = 0; at + 1 < raw.length; at += 2) list.push([raw[at] ?? '', raw[at + 1] ?? '']);
  return list;
}

/**
 * @param {readonly string[]} raw
 * @param {readonly string[]} names in lower case
 * @returns {string[]} raw headers without those of these names
 */
export function withoutHeaders(raw, names) {
  return pairs(raw)
    .filter(([name]) => !names.includes(name.toLowerCase()))
    .flat();
}

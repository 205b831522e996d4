/**
 * What the browser remembers of the visitor between two visits. Where storage is forbidden, nothing.
 */
const PREFIX = 'lab.';

/** @param {string} key @returns {string | null} */
export function remembered(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} value */
export function remember(key, value) {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Forgetting a name or a theme harms nobody.
  }
}

/**
 * Numbers as people read them.
 */
const MIB = 1024 * 1024;

/** @param {number} ms */
export function formatDuration(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < MIB) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MB`;
}

/** @param {number} count */
export function formatCount(count) {
  return count.toLocaleString('en-US');
}

/** @param {number} atMs since 1970 @returns {string} hours and minutes of the visitor's clock */
export function formatTime(atMs) {
  return new Date(atMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** @param {number} atMs since 1970 @returns {string} minutes, seconds and tenths */
export function formatMoment(atMs) {
  const date = new Date(atMs);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${two(date.getMinutes())}:${two(date.getSeconds())}.${Math.floor(date.getMilliseconds() / 100)}`;
}

/**
 * Chooses light or dark before the first paint: what the visitor chose last, or else what the system says.
 * A classic script, because a module would run too late.
 */
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('lab.theme');
  } catch {
    // Storage may be forbidden; then the system decides.
  }
  const dark = chosen === null ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
})();

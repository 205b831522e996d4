/**
 * The switch between light and dark. Follows the system until the visitor has chosen.
 */
import { remember, remembered } from './memory.js';
import { element, setIcon } from './page.js';

const STORAGE_KEY = 'theme';

/** @param {() => void} onChange called after the colours have changed */
export function startTheme(onChange) {
  const toggle = element('theme-toggle', HTMLButtonElement);
  const system = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;

  const show = (/** @type {boolean} */ isDark) => {
    root.dataset['theme'] = isDark ? 'dark' : 'light';
    toggle.setAttribute('aria-pressed', String(isDark));
    setIcon(toggle, isDark ? 'sun' : 'moon');
    onChange();
  };
  toggle.addEventListener('click', () => {
    const isDark = root.dataset['theme'] !== 'dark';
    remember(STORAGE_KEY, isDark ? 'dark' : 'light');
    show(isDark);
  });
  system.addEventListener('change', () => {
    if (remembered(STORAGE_KEY) === null) show(system.matches);
  });
  show(root.dataset['theme'] === 'dark');
}

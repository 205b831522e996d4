/** `holdfast.legacy.js`: what `holdfast.js` is (script.ts), for engines that have nothing newer than ES5 and XMLHttpRequest. */
import './prototypes.ts';
import { install } from './install.ts';

export { iframe, longPolling, WebSocket } from './full.ts';
export { install };

/** Without `currentScript` it is the last one so far. */
function ownTag(): Element | null {
  const { currentScript = null } = document;
  const tags = document.getElementsByTagName('script');
  return currentScript ?? tags[tags.length - 1] ?? null;
}

const listed = ownTag()?.getAttribute('data-install');
if (typeof listed === 'string') install({ origins: listed.split(/[\s,]+/).filter(Boolean) });

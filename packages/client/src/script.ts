/**
 * `holdfast.js`, the script-tag build: the global `Holdfast`. With `data-install` on the tag it replaces `window.WebSocket` for
 * URLs of the page's own origin and those listed there: `<script src="holdfast.js" data-install="https://api.example">`.
 */
import { install } from './install.ts';

export * from './index.ts';

const { document } = globalThis;
const tag = document && document.currentScript;
const listed = tag && tag.dataset['install'];
if (typeof listed === 'string') install({ origins: listed.split(/[\s,]+/).filter(Boolean) });

/**
 * `holdfast.js`, the script-tag build: the global `Holdfast`. With `data-install` on the tag it replaces `window.WebSocket` for
 * URLs of the page's own origin and those listed there: `<script src="holdfast.js" data-install="https://api.example">`.
 */
import { install } from './install.ts';

export * from './index.ts';

const listed = globalThis.document?.currentScript?.dataset['install'];
if (listed !== undefined) install({ origins: listed.split(/[\s,]+/).filter(Boolean) });

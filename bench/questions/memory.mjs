/** How much memory an idle connection takes. */
import { BARE, HOLDFAST, WS } from './sides.mjs';

/** @type {import('./sides.mjs').Row} */
export const MEMORY = {
  name: 'idle connection',
  application: 'echo',
  load: { kind: 'idle' },
  sides: [BARE, WS, HOLDFAST],
  subject: HOLDFAST,
  baseline: WS,
};

/** The page's globals. Types alone. */
import type * as Client from '@holdfast/client';
import type { chaos as chaosOfPage } from './page.mjs';

declare global {
  /** Of `holdfast.js`. */
  var Holdfast: typeof Client;
  /** Of `page.mjs`. */
  var chaos: typeof chaosOfPage;
}

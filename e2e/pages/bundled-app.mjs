/** An app that takes our class from the package, and is bundled by whatever bundles apps. */
import { WebSocket } from '@holdfast/client';

Object.assign(globalThis, { Holdfast: { WebSocket } });

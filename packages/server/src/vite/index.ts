/** What `@holdfast/server/vite` offers. */
export type { ConnectionListener } from './application.ts';
export { type HoldfastOptions, holdfast } from './plugin.ts';

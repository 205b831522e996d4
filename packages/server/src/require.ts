/** What `require` gives of `@holdfast/server`: the class itself, as in ws, and the rest as its properties. */
// biome-ignore lint/style/noDefaultExport: becomes module.exports.
export { WebSocket as default } from './default-export.ts';

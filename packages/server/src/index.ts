/** What `import` gives of `@holdfast/server`. */
// biome-ignore lint/style/noDefaultExport: as in ws.
export { WebSocket, WebSocket as default } from './default-export.ts';
export * from './named-exports.ts';

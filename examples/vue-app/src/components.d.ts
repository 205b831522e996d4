/** Components are compiled by Vite's plugin; to the compiler each is one, and no more. */
declare module '*.vue' {
  import type { Component } from 'vue';

  const component: Component;
  // biome-ignore lint/style/noDefaultExport: so they are imported
  export default component;
}

/** Vite serves the page, and on /socket the application of server/socket.ts. */
import { holdfast } from '@holdfast/server/vite';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue(), holdfast({ path: '/socket', module: './server/socket.ts' })],
});

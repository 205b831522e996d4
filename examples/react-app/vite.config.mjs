/** Vite serves the page, and on /socket the application of server/socket.ts. */
import { holdfast } from '@holdfast/server/vite';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [holdfast({ path: '/socket', module: './server/socket.ts' })],
});

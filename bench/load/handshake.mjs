/** Opens connections and closes them at once, a number of them at a time. */
import { open } from './connection.mjs';

/**
 * @param {{ port: number, atOnce: number }} load
 * @returns {Promise<import('./main.mjs').Running>}
 */
export function handshake({ port, atOnce }) {
  let isRunning = true;
  let opened = 0;
  const openAndClose = async () => {
    while (isRunning) {
      const connection = await open({ port });
      opened++;
      connection.close();
    }
  };
  const loops = Array.from({ length: atOnce }, openAndClose);
  return Promise.resolve({
    progress: () => opened,
    async close() {
      isRunning = false;
      await Promise.all(loops);
    },
  });
}

/** `queueMicrotask`: by whatever the engine has that calls back at the end of a turn; else in a turn of its own. */
import { platform } from './platform.ts';

const queue: (() => void)[] = [];

/** Calls `run` soon, outside of what runs now. */
const schedule = scheduler();

export function legacyQueueMicrotask(callback: () => void): void {
  queue.push(callback);
  if (queue.length === 1) schedule();
}

/** Also what is queued meanwhile. An error is the page's to hear, and stops nobody. */
function run(): void {
  for (const callback of queue) {
    try {
      callback();
    } catch (error) {
      setTimeout(() => {
        throw error;
      });
    }
  }
  queue.length = 0;
}

function scheduler(): () => void {
  const settled = platform.Promise?.resolve();
  const { MutationObserver } = platform;
  if (settled !== undefined) return () => void settled.then(run);
  if (MutationObserver === undefined) return () => void setTimeout(run);
  const text = document.createTextNode('');
  new MutationObserver(run).observe(text, { characterData: true });
  let changes = 0;
  return () => {
    text.data = `${++changes}`;
  };
}

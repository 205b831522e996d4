/**
 * The page of the contract: runs the clauses one after the other, and keeps what came of each. It is asked from outside, in whichever way the
 * browser is driven: `Contract.start(task)`, then `Contract.progress` until it is done.
 *
 * @import { Progress, Result, Task } from './types.ts'
 */
import { AREAS } from './clauses/index.mjs';
import { Stage } from './stage.mjs';

/** Longer than any clause takes on a slow machine, on any transport, in ms. */
const CLAUSE_TIMEOUT_MS = 30_000;

/** @type {Result[]} */
const results = [];
/** @type {{ -readonly [Key in keyof Progress]: Progress[Key] }} */
const progress = { results, current: null, done: false };

/**
 * Of the clause that runs. The window reaches it from here: a weak reference that nothing but a promise or a timer reaches is a strong one for
 * Firefox's cycle collector, and a stage has weak references to its sockets.
 */
/** @type {Stage} */
let stage;

globalThis.Contract = {
  progress,
  /** @param {Task} task */
  start(task) {
    void run(task);
  },
};

/** @param {Task} task */
async function run(task) {
  const Class = task.subject === 'native' ? WebSocket : Holdfast.WebSocket;
  for (const { name: area, clauses } of AREAS) {
    if (!task.areas.includes(area)) continue;
    for (const { name: clause, run } of clauses) {
      progress.current = `${area}: ${clause}`;
      stage = new Stage(Class, task);
      try {
        await inTime(run(stage));
        results.push({ area, clause });
      } catch (error) {
        results.push({ area, clause, failure: error instanceof Error ? error.message : String(error) });
      }
      await stage.clear();
    }
  }
  progress.current = null;
  progress.done = true;
}

/** @param {unknown} work @returns {Promise<unknown>} */
async function inTime(work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('it takes too long')), CLAUSE_TIMEOUT_MS);
    });
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

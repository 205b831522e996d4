/**
 * Tasks for events ("queue a task", WHATWG WebSockets §4). A request brings several at once, and the platform runs what their listeners have
 * promised only when the task is over: without tasks of their own, a page that awaits one event would miss the next.
 */

/** More than the `await`s in a row of any program that waits for an event. */
const PROMISES_IN_A_ROW = 50;

/** One after the other: the first one is done at once, those that come in the same task later. */
export class Tasks {
  private readonly waiting: (() => void)[] = [];
  /** While there may be more in this task. */
  private isBusy = false;

  /** @param sharesTask whether more may come before this task is over */
  run(act: () => void, sharesTask: boolean): void {
    if (this.isBusy) {
      this.waiting.push(act);
      return;
    }
    act();
    if (!sharesTask) return;
    // No timer: browsers let those wait that follow each other.
    const { port1, port2 } = new MessageChannel();
    this.isBusy = true;
    const next = (): void => port2.postMessage(0);
    port1.onmessage = () => {
      const act = this.waiting.shift();
      if (act === undefined) {
        this.isBusy = false;
        port1.close(); // else a program in Node would never end
        return;
      }
      next();
      act();
    };
    next();
  }
}

/** Later in this task: what has been promised is mostly done. */
export function afterPromises(): Promise<void> {
  let last = Promise.resolve();
  for (let count = 1; count < PROMISES_IN_A_ROW; count++) last = last.then(() => {});
  return last;
}

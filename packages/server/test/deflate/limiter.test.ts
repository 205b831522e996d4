import { describe, expect, it } from 'vitest';
import { Limiter } from '../../src/deflate/limiter.ts';

/** A task that ends when it is told to. */
class Task {
  hasStarted = false;
  end: (error?: Error) => void = () => {};
  readonly run = (): Promise<string> => {
    this.hasStarted = true;
    return new Promise((resolve, reject) => {
      this.end = (error) => (error === undefined ? resolve('done') : reject(error));
    });
  };
}

async function started(tasks: readonly Task[]): Promise<boolean[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return tasks.map(({ hasStarted }) => hasStarted);
}

describe('a Limiter', () => {
  it('starts as many tasks as it may, the others in their order when there is room', async () => {
    const limiter = new Limiter(2);
    const tasks = [new Task(), new Task(), new Task(), new Task()] as const;
    const results = tasks.map((task) => limiter.run(task.run));
    expect(await started(tasks)).toEqual([true, true, false, false]);
    tasks[1].end();
    expect(await results[1]).toBe('done');
    expect(await started(tasks)).toEqual([true, true, true, false]);
    tasks[0].end();
    tasks[2].end();
    expect(await started(tasks)).toEqual([true, true, true, true]);
    tasks[3].end();
    expect(await Promise.all(results)).toEqual(['done', 'done', 'done', 'done']);
  });

  it('gives the place of a task that fails to the next', async () => {
    const limiter = new Limiter(1);
    const tasks = [new Task(), new Task(), new Task()] as const;
    const [first, second, third] = tasks.map((task) => limiter.run(task.run));
    tasks[0].end(new Error('failed'));
    await expect(first).rejects.toThrow('failed');
    expect(await started(tasks)).toEqual([true, true, false]);
    tasks[1].end();
    await second;
    expect(await started(tasks)).toEqual([true, true, true]);
    tasks[2].end();
    await third;
  });

  it('keeps to its limit for tasks that come when all are done', async () => {
    const limiter = new Limiter(1);
    const first = new Task();
    const done = limiter.run(first.run);
    first.end();
    await done;
    const tasks = [new Task(), new Task()] as const;
    const results = tasks.map((task) => limiter.run(task.run));
    expect(await started(tasks)).toEqual([true, false]);
    tasks[0].end();
    expect(await started(tasks)).toEqual([true, true]);
    tasks[1].end();
    await Promise.all(results);
  });
});

import { describe, expect, it } from 'vitest';
import { afterPromises, Tasks } from '../src/tasks.ts';

/** A chain of awaits such as a program has between two events that it waits for. */
async function chain(): Promise<void> {
  for (let passed = 0; passed < 20; passed++) await undefined;
}

describe('what has to be done', () => {
  it('is done at once where nothing shares its task', () => {
    const tasks = new Tasks();
    const seen: string[] = [];
    tasks.run(() => seen.push('a'), false);
    tasks.run(() => seen.push('b'), false);
    expect(seen).toEqual(['a', 'b']);
  });

  it('is done in order, with what each has promised done before the next', async () => {
    const tasks = new Tasks();
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      for (const word of ['a', 'b', 'c']) {
        tasks.run(async () => {
          seen.push(word);
          await chain();
          seen.push(`after ${word}`);
          if (word === 'c') resolve();
        }, true);
      }
      expect(seen).toEqual(['a']);
    });
    expect(seen).toEqual(['a', 'after a', 'b', 'after b', 'c', 'after c']);
  });

  it('waits behind what waits, wherever it comes from', async () => {
    const tasks = new Tasks();
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      tasks.run(() => seen.push('a'), true);
      tasks.run(() => tasks.run(() => resolve(void seen.push('c')), false), true);
      tasks.run(() => seen.push('b'), false);
    });
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('is done at once again when all is done', async () => {
    const tasks = new Tasks();
    const seen: string[] = [];
    tasks.run(() => seen.push('a'), true);
    await new Promise<void>((resolve) => tasks.run(resolve, false));
    await new Promise((resolve) => setTimeout(resolve));
    tasks.run(() => seen.push('b'), false);
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('what comes after promises', () => {
  it('comes in the same task, behind chains of them', async () => {
    const seen: string[] = [];
    const later = new Promise<void>((resolve) => setTimeout(() => resolve(void seen.push('task'))));
    void chain().then(() => seen.push('promise'));
    await afterPromises();
    seen.push('after promises');
    await later;
    expect(seen).toEqual(['promise', 'after promises', 'task']);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { post, startUpstream } from './peers.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));

/** @param {string[]} args */
function run(...args) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** @param {ReturnType<typeof run>} child */
async function firstLine(child) {
  const [line] = await once(createInterface(child.stdout), 'line');
  return JSON.parse(line);
}

describe('the command line', () => {
  it('prints one line of JSON when it listens, and forwards', async () => {
    const upstream = await startUpstream();
    const child = run('--upstream', `127.0.0.1:${upstream.port}`);
    const where = await firstLine(child);
    expect(where).toEqual({
      host: '127.0.0.1',
      port: expect.any(Number),
      controlPort: expect.any(Number),
      url: `http://127.0.0.1:${where.port}`,
      pid: child.pid,
    });
    expect((await post(where.port)).body).toBe('hello');
  });

  it.each(/** @type {const} */ (['SIGTERM', 'SIGINT']))('ends by itself on %s', async (signal) => {
    const child = run('--upstream', '127.0.0.1:1');
    await firstLine(child);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('ends with its standard input only when asked to', async () => {
    const bound = run('--upstream', '127.0.0.1:1', '--exit-with-stdin');
    const free = run('--upstream', '127.0.0.1:1');
    await Promise.all([firstLine(bound), firstLine(free)]);
    free.stdin.end();
    bound.stdin.end();
    expect(await once(bound, 'exit')).toEqual([0, null]);
    expect(free.exitCode).toBeNull();
  });

  it.each([
    [[], '--upstream: must be HOST:PORT'],
    [['--upstream', 'nowhere'], '--upstream: must be HOST:PORT'],
    [['--upstream', '127.0.0.1:99999'], '--upstream: must be a whole number up to 65535'],
    [['--upstream', '127.0.0.1:1', '--port', 'x'], '--port: must be a whole number up to 65535'],
    [['--upstream', '127.0.0.1:1', '--prot', '1'], "Unknown option '--prot'"],
  ])('says in a sentence what is wrong with %j', async (args, sentence) => {
    const child = run(...args);
    let complaint = '';
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(complaint).toContain(sentence);
    expect(complaint).toContain('usage: node main.mjs');
  });
});

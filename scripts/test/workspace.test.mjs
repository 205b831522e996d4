/** How the commands of this workspace run other programs. */
import { describe, expect, test } from 'vitest';
import { run } from '../workspace.mjs';

describe('A program that a command runs', () => {
  test('gives its exit code and all it printed', async () => {
    const script = 'console.log("out"); console.error("err"); process.exitCode = 3';
    const { code, output } = await run(process.execPath, ['-e', script]);
    expect(code).toBe(3);
    expect(output).toContain('out\n');
    expect(output).toContain('err\n');
  });

  test('counts as failed when a signal ended it', async () => {
    const { code } = await run(process.execPath, ['-e', 'process.kill(process.pid, "SIGKILL")']);
    expect(code).toBe(1);
  });

  test('counts as failed, with its name, when it cannot be started', async () => {
    const { code, output } = await run('no-such-program-anywhere', []);
    expect(code).toBe(127);
    expect(output).toContain('no-such-program-anywhere');
  });

  test('finds the programs that the workspace installed', async () => {
    const { code, output } = await run('vitest', ['--version']);
    expect(code).toBe(0);
    expect(output).toMatch(/^vitest\/\d/);
  });

  test('gets the environment it is given', async () => {
    const { output } = await run(process.execPath, ['-p', 'process.env.GREETING'], {
      env: { GREETING: 'hello' },
    });
    expect(output).toBe('hello\n');
  });
});

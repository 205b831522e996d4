/** The lab, as `npm start` serves it: a process of its own on a port that the system chooses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../examples/lab/server.mjs', import.meta.url));

/** Where it says that it is. */
const ADDRESS = /^Holdfast lab: (http:\/\/localhost:\d+\/)/;

export class Lab {
  readonly url: string;
  private readonly child: ChildProcess;

  /** @throws Error it did not start; what it said is in the test's own output */
  static async start(): Promise<Lab> {
    const env = { ...process.env, PORT: '0', HOST: '127.0.0.1' };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(([code]) => [`ended with ${code}`]),
    ]);
    const url = ADDRESS.exec(line)?.[1];
    if (url === undefined) throw new Error(`The lab says "${line}"`);
    return new Lab(url, child);
  }

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.child = child;
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}

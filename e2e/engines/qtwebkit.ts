/**
 * A page in QtWebKit 5.212, an engine of 2016, seen from a test: opened, and asked for values. The program behind it is
 * qtwebkit.py, which lives as long as its standard input.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const DRIVER = fileURLToPath(new URL('./qtwebkit.py', import.meta.url));

type Answer = { readonly engine: string } | { readonly value: unknown } | { readonly error: string };

export class QtWebKit {
  /** Its user agent. */
  readonly engine: string;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly answers: AsyncIterator<string>;

  /** @param python a Python that has PyQt5's QtWebKit @throws Error it did not start */
  static async start(python: string): Promise<QtWebKit> {
    const child = spawn(python, [DRIVER], {
      env: { ...process.env, QT_QPA_PLATFORM: 'offscreen' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    const answer = await next(answers);
    if (!('engine' in answer)) throw new Error(`QtWebKit began with ${JSON.stringify(answer)}`);
    return new QtWebKit(answer.engine, child, answers);
  }

  private constructor(
    engine: string,
    child: ChildProcessByStdio<Writable, Readable, null>,
    answers: AsyncIterator<string>,
  ) {
    this.engine = engine;
    this.child = child;
    this.answers = answers;
  }

  async open(url: string): Promise<void> {
    await this.ask({ open: url });
  }

  /** @param source an expression in what the engine understands @returns its value by way of JSON @throws Error what it threw */
  evaluate(source: string): Promise<unknown> {
    return this.ask({ evaluate: source });
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.stdin.end();
    await exited;
  }

  private async ask(command: object): Promise<unknown> {
    this.child.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await next(this.answers);
    if ('value' in answer) return answer.value;
    throw new Error(`In QtWebKit: ${JSON.stringify(answer)}`);
  }
}

async function next(answers: AsyncIterator<string>): Promise<Answer> {
  const { done, value } = await answers.next();
  if (done === true) throw new Error('QtWebKit has ended; what it said is in the test’s own output');
  return JSON.parse(value);
}

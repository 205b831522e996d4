/**
 * Tabs of one window, of which one is seen and the others are hidden, as Playwright's pages never are: it has the browser take all
 * its pages for seen. So this is a Chromium of its own, spoken to over its debugging port, for the few tests of hidden pages.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/find-chromium.mjs';

/** What Chromium says on its standard error when it can be spoken to. */
const LISTENING = /^DevTools listening on ws:\/\/([^/]+)\//;

export class Tabs {
  private readonly child: ChildProcess;
  private readonly profile: string;
  private readonly host: string;
  private readonly tabs: Tab[] = [];

  /** @param flags of Chromium, beside the usual ones */
  static async start(flags: readonly string[] = []): Promise<Tabs> {
    const profile = await mkdtemp(join(tmpdir(), 'holdfast-tabs-'));
    const args = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${profile}`, ...flags];
    const child = spawn(await findChromium(), [...CHROMIUM_ARGS, ...args, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`Chromium ended with ${code}`);
    });
    ended.catch(() => {});
    for await (const line of createInterface(child.stderr)) {
      const [, host] = LISTENING.exec(line) ?? [];
      if (host !== undefined) {
        child.stderr.resume();
        return new Tabs(child, profile, host);
      }
    }
    return ended;
  }

  private constructor(child: ChildProcess, profile: string, host: string) {
    this.child = child;
    this.profile = profile;
    this.host = host;
  }

  /** Opens a tab in front of the others, which are hidden from now on. */
  async open(url: string): Promise<Tab> {
    const response = await fetch(`http://${this.host}/json/new?${url}`, { method: 'PUT' });
    const { webSocketDebuggerUrl } = (await response.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await once(socket, 'open');
    const tab = new Tab(socket);
    this.tabs.push(tab);
    return tab;
  }

  async stop(): Promise<void> {
    for (const tab of this.tabs) tab.detach();
    // Its helpers have its standard error too, and write to the profile until they end.
    const closed = once(this.child, 'close');
    this.child.kill();
    await closed;
    await rm(this.profile, { recursive: true, force: true });
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: unknown }; readonly exceptionDetails?: unknown };
  readonly error?: unknown;
}

export class Tab {
  private readonly socket: WebSocket;
  private readonly calls: Map<number, (answer: Answer) => void> = new Map();
  private lastId = 0;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Answer;
      this.calls.get(answer.id ?? 0)?.(answer);
    });
  }

  /** A command of the DevTools protocol. @throws Error it failed */
  async send(method: string, params: object = {}): Promise<Answer> {
    const id = ++this.lastId;
    const answer = await new Promise<Answer>((resolve) => {
      this.calls.set(id, resolve);
      this.socket.send(JSON.stringify({ id, method, params }));
    });
    this.calls.delete(id);
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  /** Calls a function in the page, and waits for what it returns. @throws Error it threw */
  async evaluate<Result, Argument>(
    call: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result> {
    const expression = `(${call})(${JSON.stringify(argument)})`;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result } = await this.send('Runtime.evaluate', options);
    if (result?.exceptionDetails !== undefined) throw new Error(JSON.stringify(result.exceptionDetails));
    return result?.result?.value as Result;
  }

  detach(): void {
    this.socket.close();
  }
}

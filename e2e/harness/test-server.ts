/**
 * The server process, seen from the test: started, asked what its application has seen, told what to do.
 *
 * The child lives as long as its standard input, so that it never outlives a test that died.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ConnectionReport, Whereabouts } from '../server/reports.ts';

const MAIN = fileURLToPath(new URL('../server/main.mjs', import.meta.url));

/** What a test may tell a connection's server side to do, and with which argument. */
export interface Commands {
  send: string;
  ping: string;
  close: { readonly code: number; readonly reason: string };
  terminate: null;
  pause: null;
  resume: null;
  /** How many numbered messages may be sent by now. */
  allow: number;
  /** So many binary messages, each beginning with its number (big-endian, 32 bits), as fast as they are taken. */
  flood: { readonly count: number; readonly bytes: number };
}

/** Those of a `WebSocketServer` that tests set. */
export interface TestServerOptions {
  readonly origins?: readonly string[];
  readonly sessionExpiryMs?: number;
  readonly keepaliveMs?: number;
  readonly maxBufferedBytes?: number;
  readonly perMessageDeflate?: boolean | { readonly threshold: number };
}

export class TestServer {
  readonly port: number;
  readonly url: string;
  private readonly controlUrl: string;
  private readonly child: ChildProcess;

  /**
   * @param port where it listens. Default: the system chooses; else one that the system chose for a server that has ended
   * @param flags of the program, such as `--http2`
   * @throws Error it did not start; what it said is in the test's own output
   */
  static async start(
    options: TestServerOptions = {},
    port = 0,
    flags: readonly string[] = [],
  ): Promise<TestServer> {
    const args = [
      '--exit-with-stdin',
      '--options',
      JSON.stringify(options),
      '--port',
      String(port),
      ...flags,
    ];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The server process ended with ${code}`);
    });
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
    // From now on its end is what `stop` waits for.
    ended.catch(() => {});
    return new TestServer(JSON.parse(line), child);
  }

  private constructor({ port, controlPort, url }: Whereabouts, child: ChildProcess) {
    this.port = port;
    this.url = url;
    this.controlUrl = `http://127.0.0.1:${controlPort}`;
    this.child = child;
  }

  /** What the application has seen under this name. */
  async connections(name: string): Promise<ConnectionReport[]> {
    return (await this.ask(`/connections?name=${name}`)) as ConnectionReport[];
  }

  /** The same where there must be exactly one. @throws Error there is none, or a ghost beside it */
  async connection(name: string): Promise<ConnectionReport> {
    const connections = await this.connections(name);
    const [only] = connections;
    if (only === undefined || connections.length > 1) {
      throw new Error(`${connections.length} connections where one was due: ${JSON.stringify(connections)}`);
    }
    return only;
  }

  /** Tells the newest connection of this name to do something. */
  async command<Verb extends keyof Commands>(
    name: string,
    verb: Verb,
    argument: Commands[Verb],
  ): Promise<void> {
    await this.ask(`/command?name=${name}&verb=${verb}`, argument);
  }

  /** Method and URL of each request that reached the plain listener beside the WebSocket server. */
  async requests(): Promise<string[]> {
    return (await this.ask('/requests')) as string[];
  }

  /** How many connections have spoken HTTP/2. */
  async http2Sessions(): Promise<number> {
    return (await this.ask('/http2-sessions')) as number;
  }

  /** @param signal how the process ends. Default: as an operator ends it */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }

  private async ask(path: string, argument?: unknown): Promise<unknown> {
    const init = argument === undefined ? {} : { method: 'POST', body: JSON.stringify(argument) };
    const response = await fetch(`${this.controlUrl}${path}`, init);
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path}: ${answer}`);
    return answer;
  }
}

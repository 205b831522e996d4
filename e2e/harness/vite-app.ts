/**
 * The example app in a folder of its own, where a test may edit it, and the programs of Vite that serve and build it.
 *
 * The folder lies in the workspace: Vite serves files from nowhere else. Its name is one that Vite watches (`test-results`, where
 * all else of a test goes, is not).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

const EXAMPLE = fileURLToPath(new URL('../../examples/vite-app', import.meta.url));
const COPIES = fileURLToPath(new URL('../.vite-app-', import.meta.url));

/** What is not the app's own. */
const NOT_COPIED = ['node_modules', 'dist', 'tsconfig.tsbuildinfo'];

/** Where a server says that it is. */
const LOCAL_URL = /Local:\s+http:\/\/127\.0\.0\.1:(\d+)\//;

export class ViteApp {
  private readonly folder: string;
  private readonly running: ChildProcess[] = [];
  private readonly said: string[] = [];

  constructor() {
    this.folder = mkdtempSync(COPIES);
    const unwanted = NOT_COPIED.map((name) => join(EXAMPLE, name));
    cpSync(EXAMPLE, this.folder, { recursive: true, filter: (path) => !unwanted.includes(path) });
    symlinkSync(join(EXAMPLE, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** @returns its port */
  serve(command: 'dev' | 'preview'): Promise<number> {
    const child = this.run(command, '--host', '127.0.0.1', '--port', '0');
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`vite ${command} ended with ${code}`)));
      createInterface(child.stdout).on('line', (line) => {
        const port = LOCAL_URL.exec(stripVTControlCharacters(line))?.[1];
        if (port !== undefined) resolve(Number(port));
      });
    });
  }

  /** @throws Error it failed; `output` is what it said */
  async build(): Promise<void> {
    const child = this.run('build');
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`vite build ended with ${code}`);
  }

  /** Replaces a text that is there. */
  edit(file: string, before: string, after: string): void {
    const path = join(this.folder, file);
    const content = readFileSync(path, 'utf8');
    if (!content.includes(before)) throw new Error(`${file} does not contain ${before}`);
    writeFileSync(path, content.replace(before, after));
  }

  /** What Vite has said so far. */
  get output(): string {
    return this.said.join('');
  }

  async remove(): Promise<void> {
    for (const child of this.running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill();
      await exited;
    }
    rmSync(this.folder, { recursive: true });
  }

  private run(command: string, ...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
    const vite = join(this.folder, 'node_modules/vite/bin/vite.js');
    const child = spawn(process.execPath, [vite, command, ...args], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.running.push(child);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => this.said.push(String(text)));
    return child;
  }
}

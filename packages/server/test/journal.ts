/** Writes down what a connection reports, one line for each call, and lets tests wait for a line. */
import { expect } from 'vitest';
import type { ChannelHandler } from '../src/channel.ts';

export class Journal implements ChannelHandler {
  readonly lines: string[] = [];
  errors: Error[] = [];
  private waiting: { line: RegExp; resolve: () => void }[] = [];

  onMessage(data: Buffer, isBinary: boolean): void {
    expect(Buffer.isBuffer(data)).toBe(true);
    this.add(`${isBinary ? 'binary' : 'text'} ${data.length > 40 ? data.length : data}`);
  }
  onPing(data: Buffer): void {
    this.add(`ping ${data}`);
  }
  onPong(data: Buffer): void {
    this.add(`pong ${data}`);
  }
  onClosing(code: number, reason: Buffer): void {
    this.add(`closing ${code} ${reason}`.trim());
  }
  onClosed(code: number, reason: Buffer): void {
    this.add(`closed ${code} ${reason}`.trim());
  }
  onError(error: Error): void {
    this.errors.push(error);
    this.add(`error ${'code' in error ? error.code : error.message}`);
  }
  onDrain(): void {
    this.add('drain');
  }

  async until(line: RegExp): Promise<void> {
    if (this.lines.some((there) => line.test(there))) return;
    await new Promise<void>((resolve) => this.waiting.push({ line, resolve }));
  }

  protected add(line: string): void {
    this.lines.push(line);
    for (const { line: due, resolve } of this.waiting) if (due.test(line)) resolve();
  }
}

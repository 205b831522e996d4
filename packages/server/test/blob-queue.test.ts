import { describe, expect, it, vi } from 'vitest';
import { BlobQueue } from '../src/blob-queue.ts';

/** A Blob whose bytes come when they are told to. */
function slowBlob(text: string): { blob: Blob; arrive: () => void; fail: (error: Error) => void } {
  const bytes = new TextEncoder().encode(text);
  let arrive = (): void => {};
  let fail = (_error: Error): void => {};
  const pending = new Promise<ArrayBuffer>((resolve, reject) => {
    arrive = (): void => resolve(bytes.buffer);
    fail = reject;
  });
  const blob = { size: bytes.length, arrayBuffer: () => pending } as unknown as Blob;
  return { blob, arrive, fail };
}

const unexpected = (): never => {
  throw new Error('not to be called');
};

describe('BlobQueue', () => {
  it('sends in order, whichever Blob is read first', async () => {
    const sent: string[] = [];
    await new Promise<void>((resolve) => {
      const queue = new BlobQueue(resolve, unexpected);
      const first = slowBlob('first');
      const third = slowBlob('third');
      queue.addBlob(first.blob, (data) => sent.push(data.toString()), undefined);
      queue.add(6, () => sent.push('second'), undefined);
      queue.addBlob(third.blob, (data) => sent.push(data.toString()), undefined);
      expect(queue.bytes).toBe(16);
      third.arrive();
      first.arrive();
    });
    expect(sent).toEqual(['first', 'second', 'third']);
  });

  it('is empty when everything was sent', async () => {
    const queue = await new Promise<BlobQueue>((resolve) => {
      const made = new BlobQueue(() => resolve(made), unexpected);
      made.addBlob(new Blob(['x']), () => {}, undefined);
    });
    expect(queue.bytes).toBe(0);
  });

  it('calls everyone back who waits when a Blob cannot be read', async () => {
    const callback = vi.fn();
    const cause = new Error('disk');
    const error = await new Promise<Error>((resolve) => {
      const queue = new BlobQueue(unexpected, resolve);
      const blob = slowBlob('x');
      queue.addBlob(blob.blob, unexpected, callback);
      queue.add(1, unexpected, callback);
      blob.fail(cause);
    });
    expect(error.cause).toBe(cause);
    expect(callback.mock.calls).toEqual([[error], [error]]);
  });

  it('sends nothing after it was abandoned', async () => {
    const callback = vi.fn();
    const queue = new BlobQueue(unexpected, unexpected);
    const { blob, arrive } = slowBlob('x');
    queue.addBlob(blob, unexpected, callback);
    const error = new Error('closed');
    queue.abandon(error);
    arrive();
    await new Promise((resolve) => setImmediate(resolve));
    expect(callback.mock.calls).toEqual([[error]]);
    expect(queue.bytes).toBe(0);
  });
});

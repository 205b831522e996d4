import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BlobQueue } from '../src/blob-queue.ts';
import type { Channel } from '../src/channel.ts';
import type { BinaryType } from '../src/message-data.ts';
import { CLOSED, CLOSING, OPEN, type SocketEvents, SocketLink } from '../src/socket-link.ts';

class FakeSocket extends EventEmitter<SocketEvents> {
  binaryType: BinaryType = 'nodebuffer';
}

let socket: FakeSocket;
let link: SocketLink;

beforeEach(() => {
  socket = new FakeSocket();
  link = new SocketLink(socket, {} as Channel, 'chat');
});

describe('SocketLink', () => {
  it('emits messages with their data as binaryType says, and text as a Buffer always', () => {
    const onMessage = vi.fn();
    socket.on('message', onMessage);
    const data = Buffer.from(new Uint8Array([1, 2]).buffer);
    link.onMessage(data, true);
    socket.binaryType = 'arraybuffer';
    link.onMessage(data, true);
    link.onMessage(data, false);
    expect(onMessage.mock.calls).toEqual([
      [data, true],
      [data.buffer, true],
      [data, false],
    ]);
  });

  it('emits pings and pongs', () => {
    const seen: string[] = [];
    socket.on('ping', (data) => seen.push(`ping ${data}`));
    socket.on('pong', (data) => seen.push(`pong ${data}`));
    link.onPing(Buffer.from('a'));
    link.onPong(Buffer.from('b'));
    expect(seen).toEqual(['ping a', 'pong b']);
  });

  it('is CLOSING from the Close on, and CLOSED when listeners of close are called', () => {
    const onClose = vi.fn(() => link.readyState);
    socket.on('close', onClose);
    expect(link.readyState).toBe(OPEN);
    link.onClosing();
    expect(link.readyState).toBe(CLOSING);
    link.onClosed(1000, Buffer.from('bye'));
    expect(onClose.mock.calls).toEqual([[1000, Buffer.from('bye')]]);
    expect(onClose.mock.results[0]?.value).toBe(CLOSED);
  });

  it('closes once', () => {
    const onClose = vi.fn();
    socket.on('close', onClose);
    link.onClosed(1000, Buffer.alloc(0));
    link.onClosed(1006, Buffer.alloc(0));
    link.onClosing();
    expect(onClose).toHaveBeenCalledOnce();
    expect(link.readyState).toBe(CLOSED);
  });

  it('is CLOSING when listeners of error are called', () => {
    const onError = vi.fn(() => link.readyState);
    socket.on('error', onError);
    const error = new Error('broken');
    link.onError(error);
    expect(onError.mock.calls).toEqual([[error]]);
    expect(onError.mock.results[0]?.value).toBe(CLOSING);
  });

  it('throws nothing where nobody listens to errors', () => {
    expect(() => link.onError(new Error('broken'))).not.toThrow();
    expect(link.readyState).toBe(CLOSING);
  });

  it('calls back who waits for a Blob when the socket is closed', () => {
    const callback = vi.fn();
    link.blobQueue = new BlobQueue(
      () => {},
      () => {},
    );
    link.blobQueue.add(1, () => {}, callback);
    link.onClosed(1006, Buffer.alloc(0));
    expect(callback).toHaveBeenCalledExactlyOnceWith(expect.any(Error));
  });
});

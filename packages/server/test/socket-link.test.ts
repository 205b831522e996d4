import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BlobQueue } from '../src/blob-queue.ts';
import type { BinaryType } from '../src/message-data.ts';
import { PreparedMessage } from '../src/prepared-message.ts';
import { CLOSED, CLOSING, OPEN, type SocketEvents, SocketLink } from '../src/socket-link.ts';
import { Topics } from '../src/topics.ts';
import { RecordingChannel } from './recording-channel.ts';

class FakeSocket extends EventEmitter<SocketEvents> {
  binaryType: BinaryType = 'nodebuffer';
}

let socket: FakeSocket;
let channel: RecordingChannel;
let topics: Topics<SocketLink>;
let link: SocketLink;

beforeEach(() => {
  socket = new FakeSocket();
  channel = new RecordingChannel();
  topics = new Topics(10);
  link = new SocketLink(socket, channel, 'chat', topics);
});

function published(text: string): PreparedMessage {
  return new PreparedMessage(text, false, true);
}

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

  it('leaves its topics before listeners of close are called', () => {
    topics.subscribe(link, 'news');
    const onClose = vi.fn(() => topics.isSubscribed(link, 'news'));
    socket.on('close', onClose);
    link.onClosed(1000, Buffer.alloc(0));
    expect(onClose.mock.results[0]?.value).toBe(false);
    expect(topics.size).toBe(0);
  });
});

describe('a SocketLink to which is published', () => {
  it('gives the very message to its channel', () => {
    const message = published('news');
    expect(link.publish(message)).toBe(true);
    expect(channel.published).toEqual([message]);
    expect(channel.published[0]).toBe(message);
  });

  it('takes nothing once it is not open', () => {
    link.onClosing();
    expect(link.publish(published('news'))).toBe(false);
    link.onClosed(1000, Buffer.alloc(0));
    expect(link.publish(published('news'))).toBe(false);
    expect(channel.calls).toEqual([]);
  });

  it('does not put it between the fragments of a message', () => {
    link.send('a', false, { fin: false });
    expect(link.publish(published('one'))).toBe(true);
    link.send('b', false, { fin: false });
    expect(link.publish(published('two'))).toBe(true);
    expect(link.waitingBytes).toBe(10);
    link.send('c', false, {});
    link.publish(published('three'));
    expect(channel.calls).toEqual([
      'send a …',
      'send b …',
      'send c',
      'publish one',
      'publish two',
      'publish three',
    ]);
    expect(link.waitingBytes).toBe(0);
  });

  it('lets it wait behind a Blob that is being read', async () => {
    await new Promise<void>((resolve) => {
      const queue = new BlobQueue(resolve, () => {});
      link.blobQueue = queue;
      queue.addBlob(new Blob(['blob']), (bytes) => link.send(bytes, true, {}), undefined);
      link.publish(published('news'));
      expect(channel.calls).toEqual([]);
      expect(link.waitingBytes).toBe(4 + 6);
    });
    expect(channel.calls).toEqual(['send blob', 'publish news']);
  });

  it('is ended where there is no room, in a turn of its own', async () => {
    channel.roomBytes = 10;
    expect(link.publish(published('12345678'))).toBe(true);
    expect(link.publish(published('123456789'))).toBe(false);
    expect(link.readyState).toBe(CLOSING);
    expect(link.publish(published('1'))).toBe(false);
    expect(channel.calls).toEqual(['publish 12345678']);
    await new Promise<void>((resolve) => {
      channel.onOverflow = resolve;
    });
    expect(channel.calls).toEqual(['publish 12345678', 'overflow']);
  });

  it('counts what waits in it when it looks for room', () => {
    channel.roomBytes = 10;
    link.send('a', false, { fin: false });
    expect(link.publish(published('123'))).toBe(true);
    expect(link.publish(published('123'))).toBe(true);
    expect(link.publish(published(''))).toBe(false);
  });

  it('is not ended again where it was closed meanwhile', async () => {
    channel.roomBytes = 0;
    link.publish(published('news'));
    link.onClosed(1006, Buffer.alloc(0));
    await new Promise((resolve) => process.nextTick(resolve));
    expect(channel.calls).toEqual([]);
  });
});

/** A channel that writes down what it is told, one word or two for each call. Room and refusals are the test's to set. */
import type { Channel, SendCallback, SendOptions } from '../src/channel.ts';
import type { PreparedMessage } from '../src/prepared-message.ts';

export class RecordingChannel implements Channel {
  readonly bufferedAmount = 0;
  readonly transport = 'websocket';
  readonly extensions = '';
  readonly calls: string[] = [];
  readonly published: PreparedMessage[] = [];
  roomBytes = Number.POSITIVE_INFINITY;
  onOverflow: () => void = () => {};

  send(data: string | Uint8Array, _binary: boolean, options: SendOptions, callback?: SendCallback): void {
    this.calls.push(`send ${Buffer.from(data as Uint8Array)}${options.fin === false ? ' …' : ''}`);
    callback?.();
  }

  publish(message: PreparedMessage): void {
    this.published.push(message);
    this.calls.push(`publish ${message.payload}`);
  }

  hasRoomFor(bytes: number): boolean {
    return bytes <= this.roomBytes;
  }

  overflow(): void {
    this.calls.push('overflow');
    this.onOverflow();
  }

  ping(): void {
    this.calls.push('ping');
  }

  pong(): void {
    this.calls.push('pong');
  }

  close(code: number): void {
    this.calls.push(`close ${code}`);
  }

  terminate(): void {
    this.calls.push('terminate');
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

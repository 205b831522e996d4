/** A driver's host that writes down what it is told, and flushes at the end of the turn. */
import { Driver, type DriverHost, ItemBuffer, type Payload, Session } from '@holdfast/protocol';

export class RecordingDriverHost implements DriverHost {
  readonly messages: Payload[] = [];
  readonly closes: [number, string][] = [];
  finished = false;
  onFinish: () => void = () => {};
  readonly driver: Driver = new Driver(new Session(new ItemBuffer()), this, 30_000);

  now(): number {
    return performance.now();
  }

  onFlushDue(): void {
    queueMicrotask(() => this.driver.flush());
  }

  onDeadline(): void {}

  onMessage(data: Payload): void {
    this.messages.push(data);
  }

  onPing(data: string): void {
    this.driver.pong(data);
  }

  onPong(): void {}

  onAcknowledged(): void {}

  onError(): void {}

  onClose(code: number, reason: string): void {
    this.closes.push([code, reason]);
  }

  onFinished(): void {
    this.finished = true;
    this.onFinish();
  }
}

/**
 * A native WebSocket without a network: records what our side does, and does what a test says the other side does. As the
 * browser's, it keeps silent about `send` after the end, and calls handlers only from the methods a test calls.
 */
export class SimulatedNativeWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  /** Every one since `forget`, in order. */
  static instances: SimulatedNativeWebSocket[] = [];
  /** What the constructor throws; a browser's does for mixed content. */
  static refusal: Error | undefined = undefined;

  static forget(): void {
    SimulatedNativeWebSocket.instances = [];
    SimulatedNativeWebSocket.refusal = undefined;
  }

  static get last(): SimulatedNativeWebSocket {
    return SimulatedNativeWebSocket.instances.at(-1) as SimulatedNativeWebSocket;
  }

  readonly url: string;
  readonly protocols: readonly string[];
  readyState = 0;
  protocol = '';
  extensions = '';
  binaryType = 'blob';
  bufferedAmount = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  /** What our side sent, but for pings, of which one follows each attach; and the arguments of its `close`. */
  readonly sent: unknown[] = [];
  pings = 0;
  closedWith: readonly unknown[] | undefined = undefined;

  constructor(url: string, protocols: string | string[] = []) {
    if (SimulatedNativeWebSocket.refusal !== undefined) throw SimulatedNativeWebSocket.refusal;
    this.url = url;
    this.protocols = [protocols].flat();
    SimulatedNativeWebSocket.instances.push(this);
  }

  send(data: unknown): void {
    if (this.readyState === 0) throw new DOMException('Still connecting', 'InvalidStateError');
    if (this.readyState !== 1) return;
    if (data === '~ping') this.pings++;
    else this.sent.push(data);
  }

  close(...args: unknown[]): void {
    this.closedWith ??= args;
    if (this.readyState < 2) this.readyState = 2;
  }

  // The other side.

  /** @param protocol the subprotocol selected; default: the last one offered, as our server does */
  open(protocol: string = this.protocols.at(-1) ?? ''): void {
    this.readyState = 1;
    this.protocol = protocol;
    this.onopen?.(new Event('open'));
  }

  say(data: string | ArrayBuffer): void {
    this.onmessage?.(new MessageEvent('message', { data }));
  }

  end(code = 1006, reason = '', wasClean = false): void {
    this.readyState = 3;
    if (!wasClean) this.onerror?.(new Event('error'));
    this.onclose?.(Object.assign(new Event('close'), { code, reason, wasClean }) as CloseEvent);
  }

  /** As Chromium where a content security policy forbids it: an error, and no close. */
  isForbidden(): void {
    this.readyState = 3;
    this.onerror?.(new Event('error'));
  }

  /** Whether nobody listens any more. */
  get isLetGo(): boolean {
    return [this.onopen, this.onmessage, this.onerror, this.onclose].every((handler) => handler === null);
  }
}

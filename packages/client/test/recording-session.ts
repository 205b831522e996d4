/** A session that writes down what it tells its application, and who wants to be told of attaches. */
import { type Incoming, Session, type WireMessage } from '../src/session.ts';
import type { ClientTransport, TransportEvents } from '../src/transports/client-transport.ts';

/** What a test may give another value to. */
type Changes = Partial<
  Pick<Session, 'id' | 'secret' | 'keepaliveMs' | 'maxBodyBytes' | 'expiryMs' | 'roundTripMs'>
>;

export class RecordingSession extends Session {
  readonly messages: WireMessage[];
  readonly closes: [number, string][];
  finished = false;
  onFinish: () => void = () => {};
  /** Of what comes by `says`. */
  private readonly incoming: Incoming = { next: 0 };

  constructor(protocols: readonly string[] = ['chat'], changes: Changes = {}, events?: TransportEvents) {
    const messages: WireMessage[] = [];
    const closes: [number, string][] = [];
    super('wss://example.com/chat', protocols, {
      onMessage: (data) => messages.push(data),
      onClose: (code, reason) => closes.push([code, reason]),
    });
    this.messages = messages;
    this.closes = closes;
    if (events !== undefined) this.events = events;
    Object.assign(this, changes);
  }

  /** The server says this, on the transport in use: fragments from number 0 on. */
  says(...messages: readonly WireMessage[]): void {
    for (const message of messages) this.read(this.current as ClientTransport, this.incoming, message);
  }

  override onFinished(): void {
    this.finished = true;
    this.onFinish();
  }
}

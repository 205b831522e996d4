/** A client of HTTP/2 for tests: requests and extended CONNECTs on one connection, with whatever header fields a test wants. */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
  type SecureClientSessionOptions,
} from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { RawClient } from './raw-client.ts';

export type ResponseHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** What came of an extended CONNECT. */
export interface Tunnel {
  readonly status: number | undefined;
  readonly headers: ResponseHeaders;
  readonly stream: ClientHttp2Stream;
  /** Speaks frames over the stream. */
  readonly peer: RawClient<ClientHttp2Stream>;
}

export class Http2Client {
  readonly session: ClientHttp2Session;

  /** Connects, and waits for the server's SETTINGS: before them it may not be sent an extended CONNECT (RFC 8441 §3). */
  static async connect(url: string, options: SecureClientSessionOptions = {}): Promise<Http2Client> {
    const session = connect(url, options);
    session.on('error', () => {}); // seen by each stream as its end
    await once(session, 'remoteSettings');
    return new Http2Client(session);
  }

  private constructor(session: ClientHttp2Session) {
    this.session = session;
  }

  /** The handshake of RFC 8441 §5.1; `changes` replace header fields, or leave them out (undefined). */
  async open(changes: OutgoingHttpHeaders = {}): Promise<Tunnel> {
    const stream = this.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      'sec-websocket-version': '13',
      ...changes,
    });
    const peer = new RawClient(stream);
    const [headers] = (await once(stream, 'response')) as [ResponseHeaders];
    return { status: headers[':status'], headers, stream, peer };
  }

  /** Sends a request, whose body is the caller's to end, and does not wait for its response. */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const given = Object.entries(headers).filter(([, value]) => value !== undefined);
    return this.session.request(Object.fromEntries(given), { endStream: false });
  }

  /** A whole request, and the whole response to it. */
  async ask(
    headers: OutgoingHttpHeaders,
    body: string | Uint8Array = '',
  ): Promise<{ status: number | undefined; headers: ResponseHeaders; body: Buffer }> {
    const stream = this.request(headers);
    stream.end(body);
    const [responseHeaders] = (await once(stream, 'response')) as [ResponseHeaders];
    return { status: responseHeaders[':status'], headers: responseHeaders, body: await buffer(stream) };
  }

  /** Cuts the connection. */
  destroy(): void {
    this.session.destroy();
  }
}

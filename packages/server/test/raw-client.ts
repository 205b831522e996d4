/**
 * A peer that says exactly the bytes it is told, well-formed or not, over a real TCP connection (or another byte stream), and
 * reads what comes back as text, frames, or the end.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { encodeFrame, type Frame, type FrameOptions, readMaskingKey } from '@holdfast/protocol';

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const MASKING_KEY = readMaskingKey(Uint8Array.of(0x37, 0xfa, 0x21, 0x3d), 0);

/** The head of a valid opening handshake; `changes` replace header fields, or leave them out (undefined). */
export function upgradeRequest(
  changes: Record<string, string | undefined> = {},
  requestLine = 'GET / HTTP/1.1',
): string {
  const headers: Record<string, string | undefined> = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...changes,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[requestLine, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A frame as a client sends it: masked, unless `options` say otherwise. */
export function clientFrame(
  opcode: number,
  payload: string | Uint8Array = '',
  options: FrameOptions = {},
): Buffer {
  return Buffer.from(encodeFrame(opcode, Buffer.from(payload), { maskingKey: MASKING_KEY, ...options }));
}

export class RawClient<Stream extends Duplex = Socket> {
  readonly socket: Stream;
  private unread: Buffer = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => {};

  /** @param socket connected; from now on it is read */
  constructor(socket: Stream) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.unread = Buffer.concat([this.unread, chunk]);
      this.wake();
    });
    // A reset is an end, too.
    socket.on('error', () => {});
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.ended = true;
        this.wake();
      });
    }
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** Connects and completes the opening handshake. `first` is sent in the same write. */
  static async open(port: number, first: Uint8Array = Buffer.alloc(0)): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.write(Buffer.concat([Buffer.from(upgradeRequest()), first]));
    await client.readHead();
    return client;
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** A response's head, as far as the empty line. */
  async readHead(): Promise<string> {
    let end = -1;
    await this.until(() => {
      end = this.unread.indexOf('\r\n\r\n');
      return end >= 0;
    });
    if (end < 0) throw new Error(`The connection ended before a head: ${this.unread}`);
    return this.take(end + 4).toString('latin1');
  }

  /** The next frame; `'end'` where the connection ends instead. */
  async readFrame(): Promise<Frame | 'end'> {
    let found: { frame: Frame; length: number } | undefined;
    await this.until(() => {
      found = firstFrame(this.unread);
      return found !== undefined;
    });
    if (found === undefined) return 'end';
    this.take(found.length);
    return found.frame;
  }

  /** So many bytes, or what comes before the connection ends. */
  async readBytes(length: number): Promise<Buffer> {
    await this.until(() => this.unread.length >= length);
    return this.take(Math.min(length, this.unread.length));
  }

  /** Everything until the connection ends. */
  async readToEnd(): Promise<string> {
    await this.until(() => this.ended);
    return this.take(this.unread.length).toString();
  }

  private take(length: number): Buffer {
    const taken = this.unread.subarray(0, length);
    this.unread = this.unread.subarray(length);
    return taken;
  }

  private async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.ended) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

/** Read by hand, so that our own decoder does not check our own encoder. */
function firstFrame(bytes: Buffer): { frame: Frame; length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first, second] = bytes as unknown as [number, number];
  const start = second < 126 ? 2 : second === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  let length = second;
  if (second === 126) length = bytes.readUInt16BE(2);
  if (second === 127) length = Number(bytes.readBigUInt64BE(2));
  if (second > 127) throw new Error('A server does not mask');
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  return {
    frame: { fin: (first & 0x80) !== 0, rsv1: (first & 0x40) !== 0, opcode: first & 0x0f, payload },
    length: start + length,
  };
}

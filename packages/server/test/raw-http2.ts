/**
 * HTTP/2 frames (RFC 9113 §4) as a test wants them, well-formed or not, and those of an answer: for what Node's own client does not
 * say. It sends END_STREAM before each RST_STREAM, and checks header fields.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const DATA = 0x0;
export const HEADERS = 0x1;
export const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PING = 0x6;
export const GOAWAY = 0x7;

const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const ACK = 0x1;

const FRAME_HEADER_BYTES = 9;
const PING_BYTES = 8;

/** `:status: 200` as an index of HPACK's static table (RFC 7541, appendix A). */
const INDEXED_STATUS_200 = 0x88;

export type Field = readonly [name: string, value: string];

export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** A client that has sent its preface, and has a stream id for each request. */
export class RawHttp2Client {
  readonly socket: Socket;
  private unread: Buffer = Buffer.alloc(0);
  private nextStreamId = 1;

  static async connect(port: number): Promise<RawHttp2Client> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawHttp2Client(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.unread = Buffer.concat([this.unread, chunk]);
    });
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(SETTINGS, 0, 0)]));
  }

  /** @returns the id of the stream */
  sendHeaders(fields: readonly Field[], endsStream = false): number {
    const streamId = this.nextStreamId;
    this.nextStreamId += 2;
    const block = Buffer.concat(fields.map(literalField));
    this.socket.write(frame(HEADERS, END_HEADERS | (endsStream ? END_STREAM : 0), streamId, block));
    return streamId;
  }

  sendData(streamId: number, payload: Uint8Array, endsStream = false): void {
    this.socket.write(frame(DATA, endsStream ? END_STREAM : 0, streamId, payload));
  }

  /** @param code RFC 9113 §7 */
  sendReset(streamId: number, code: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(code);
    this.socket.write(frame(RST_STREAM, 0, streamId, payload));
  }

  /** Waits until the server has seen all that was sent. What has come before its answer is dropped. */
  async ping(): Promise<void> {
    this.socket.write(frame(PING, 0, 0, Buffer.alloc(PING_BYTES)));
    for (;;) {
      const next = await this.readFrame(0);
      if (next === 'end' || (next.type === PING && (next.flags & ACK) !== 0)) return;
    }
  }

  /** The next frame that is about this stream, or about the whole connection where it fails; `'end'` where that ends instead. */
  async readFrame(streamId: number): Promise<Http2Frame | 'end'> {
    for (;;) {
      const next = this.takeFrame();
      if (next === undefined) {
        if (this.socket.destroyed || this.socket.readableEnded) return 'end';
        await Promise.race(['data', 'end', 'close'].map((event) => once(this.socket, event)));
      } else if (next.type === SETTINGS && (next.flags & ACK) === 0) {
        this.socket.write(frame(SETTINGS, ACK, 0));
      } else if (next.streamId === streamId || next.type === GOAWAY) {
        return next;
      }
    }
  }

  private takeFrame(): Http2Frame | undefined {
    const { unread } = this;
    if (unread.length < FRAME_HEADER_BYTES) return undefined;
    const end = FRAME_HEADER_BYTES + unread.readUIntBE(0, 3);
    if (unread.length < end) return undefined;
    this.unread = unread.subarray(end);
    return {
      type: unread[3] as number,
      flags: unread[4] as number,
      streamId: unread.readUInt32BE(5),
      payload: unread.subarray(FRAME_HEADER_BYTES, end),
    };
  }
}

/** Whether it is the head of a response with the status 200. */
export function isStatus200({ type, payload }: Http2Frame): boolean {
  return type === HEADERS && payload[0] === INDEXED_STATUS_200;
}

function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, payload]);
}

/** A literal header field that is never indexed, with a new name (RFC 7541 §6.2.3), without Huffman coding. */
function literalField([name, value]: Field): Buffer {
  return Buffer.concat([Buffer.of(0x10), literalString(name), literalString(value)]);
}

/** RFC 7541 §5.2, with a length as in §5.1. */
function literalString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  let rest = bytes.length;
  if (rest < 0x7f) {
    length.push(rest);
  } else {
    length.push(0x7f);
    for (rest -= 0x7f; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

/**
 * An HTTP response whose body is gzip (RFC 1952). What is written can be read by the client as soon as it arrives, and a response
 * that waits has no memory of zlib: gzip is put together here, of short chunks as they are and long ones that are
 * compressed as messages are.
 */
import { Buffer } from 'node:buffer';
import type { OutgoingHttpHeaders } from 'node:http';
import { crc32 } from 'node:zlib';
import type { HttpResponse } from '../server-request.ts';
import type { Compression } from './compression.ts';
import { InOrder, nothing } from './in-order.ts';
import { MessageDeflater } from './message-deflater.ts';
import { MAX_WINDOW_BITS } from './options.ts';

/** "ID1 ID2 CM FLG MTIME XFL OS" (RFC 1952 §2.3): DEFLATE, and nothing to be said besides. */
const HEADER = Buffer.from('1f8b08000000000000ff', 'hex');

/** A last block of nothing (RFC 1951 §3.2.6). */
const LAST_BLOCK = Buffer.from('0300', 'hex');

/** RFC 1951 §3.2.4: the type of block, its length, and that in one's complement. */
const STORED_BLOCK_HEADER_BYTES = 5;
const MAX_STORED_BLOCK_BYTES = 0xffff;

export class GzipResponse implements HttpResponse {
  private readonly response: HttpResponse;
  /** False for a body that is known to be short: it is left as it is. */
  private isCoded = true;
  private readonly deflater: MessageDeflater;
  private readonly thresholdBytes: number;
  private readonly queue: InOrder;
  private readonly drainListeners: (() => void)[] = [];

  // Of what was written, before it is compressed.
  private checksum = 0;
  private length = 0;

  constructor(response: HttpResponse, compression: Compression) {
    this.response = response;
    this.deflater = new MessageDeflater(compression, MAX_WINDOW_BITS, true);
    this.thresholdBytes = compression.thresholdBytes;
    this.queue = new InOrder(
      () => {
        for (const listener of this.drainListeners) listener();
      },
      () => response.destroy(),
    );
    response.on('close', () => {
      this.queue.abandon('The response was closed');
      this.deflater.forget();
    });
  }

  get headersSent(): boolean {
    return this.response.headersSent;
  }

  /** What waits to be compressed, too. */
  get writableLength(): number {
    return this.queue.pendingBytes + this.response.writableLength;
  }

  setHeader(name: string, value: string): unknown {
    return this.response.setHeader(name, value);
  }

  writeHead(status: number, headers: OutgoingHttpHeaders = {}): void {
    const { 'Content-Length': length, ...others } = headers;
    this.isCoded = length === undefined || Number(length) >= this.thresholdBytes;
    if (this.isCoded) {
      this.response.writeHead(status, { ...others, 'Content-Encoding': 'gzip' });
      this.response.write(HEADER);
    } else {
      this.response.writeHead(status, headers);
    }
  }

  /** @returns whether more may be written before `drain` */
  write(chunk: string | Uint8Array, encoding?: BufferEncoding): boolean {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    if (!this.isCoded) return this.response.write(bytes);
    this.checksum = crc32(bytes, this.checksum);
    this.length += bytes.length;
    const isLong = bytes.length > 0 && bytes.length >= this.thresholdBytes;
    this.queue.add(
      bytes.length,
      () => (isLong ? this.deflater.deflate(bytes, false) : this.store(bytes)),
      (coded) => this.response.write(coded),
    );
    return this.queue.isEmpty && this.response.writableLength === 0;
  }

  end(chunk?: string | Uint8Array, encoding?: BufferEncoding): void {
    if (!this.isCoded) {
      this.response.end(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
      return;
    }
    if (chunk !== undefined) this.write(chunk, encoding);
    this.queue.add(0, nothing, () => {
      this.deflater.forget();
      this.response.end(Buffer.concat([LAST_BLOCK, this.trailer()]));
    });
  }

  destroy(): unknown {
    return this.response.destroy();
  }

  on(event: 'close' | 'drain', listener: () => void): unknown {
    if (event === 'drain') this.drainListeners.push(listener);
    return this.response.on(event, listener);
  }

  /** Blocks without compression. */
  private store(bytes: Uint8Array): Uint8Array {
    // The context for compressing does not know of them.
    this.deflater.forget();
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += MAX_STORED_BLOCK_BYTES) {
      const block = bytes.subarray(at, at + MAX_STORED_BLOCK_BYTES);
      const header = Buffer.alloc(STORED_BLOCK_HEADER_BYTES);
      header.writeUInt16LE(block.length, 1);
      header.writeUInt16LE(block.length ^ 0xffff, 3);
      parts.push(header, block);
    }
    return Buffer.concat(parts);
  }

  /** "CRC32 ISIZE" (RFC 1952 §2.3). */
  private trailer(): Buffer {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.checksum, 0);
    trailer.writeUInt32LE(this.length % 2 ** 32, 4);
    return trailer;
  }
}

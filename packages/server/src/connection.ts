/**
 * An RFC 6455 connection over a byte stream, after its opening handshake. Bytes in → the codec → calls of a handler; messages
 * out → frames, gathered by frame-writer.ts. What §5.5 and §7 ask of an endpoint is done here: Pongs, the closing
 * handshake, who closes TCP, failing the connection. Where permessage-deflate was agreed upon, messages pass through deflate/ on
 * both ways. Neither the API of ws nor sessions are known here.
 */
import { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import {
  CLOSE_ABNORMAL,
  CLOSE_NO_STATUS_RECEIVED,
  closeCodeForError,
  type DecodedEvent,
  MessageDecoder,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import { BufferOverflowError } from './buffer-overflow.ts';
import { viewBuffer } from './buffer-view.ts';
import type { ChannelHandler, FrameChannel, SendCallback, SendOptions } from './channel.ts';
import {
  type ConnectionOptions,
  DEFAULT_CLOSE_TIMEOUT_MS,
  DEFAULT_MAX_BUFFERED_BYTES,
} from './connection-options.ts';
import { ConnectionDeflate } from './deflate/connection-deflate.ts';
import type { DeflateAgreement } from './deflate/negotiation.ts';
import { EXTENSION_NAME } from './deflate/options.ts';
import { readDirectly } from './direct-socket.ts';
import { FrameWriter } from './frame-writer.ts';
import { abort } from './http2-stream.ts';
import { maskingKeysFrom } from './masking-key.ts';
import type { PreparedMessage } from './prepared-message.ts';

/** Under this key a socket knows its connection: the listeners are then the same functions for all. */
const connectionKey: unique symbol = Symbol('holdfast.connection');

interface ConnectedSocket extends Duplex {
  [connectionKey]?: Connection;
}

/** Whether `socket` is in use by a connection already. */
export function hasConnection(socket: Duplex): boolean {
  return connectionKey in socket;
}

/**
 * - `open`: messages flow both ways.
 * - `close-sent`: our Close is on its way, messages still come in until the peer's Close.
 * - `ending`: no more frames either way; TCP is being closed. What still comes is read and dropped.
 * - `closed`: the socket is closed.
 */
type State = 'open' | 'close-sent' | 'ending' | 'closed';

/** Call order: `writeHead` if there is one, `start`, then everything else. */
export class Connection implements FrameChannel {
  // For the life of the connection.
  private readonly socket: ConnectedSocket;
  private readonly options: ConnectionOptions;
  private readonly decoder: MessageDecoder;
  private readonly writer: FrameWriter;
  /** Undefined where nothing may be compressed. */
  private readonly deflate: ConnectionDeflate | undefined;
  private handler: ChannelHandler | undefined = undefined;

  private state: State = 'open';
  /** What the peer's Close said, once it has come. */
  private peerClose: { readonly code: number; readonly reason: Buffer } | undefined = undefined;
  private closeTimer: NodeJS.Timeout | undefined = undefined;

  // Incoming.
  /** Whether events are delivered as they come: not while paused, nor while the next one waits for its turn or is being inflated. */
  private delivery: 'flowing' | 'delivering' | 'deferred' | 'inflating' | 'paused' = 'flowing';
  /** The peer's half of TCP has ended, or all of it: to be told when everything before it is delivered. */
  private input: 'open' | 'ended' | 'destroyed' = 'open';

  // Outgoing.
  /** Whether the message sent last is not complete: the next frame continues it (RFC 6455 §5.4). */
  private isWithinMessage = false;
  /** The data of the last Ping, which is to be answered when the peer reads again. */
  private owedPong: Buffer | undefined = undefined;

  /** @param agreement what was negotiated about permessage-deflate, if anything was */
  constructor(socket: Duplex, options: ConnectionOptions, agreement?: DeflateAgreement) {
    this.socket = socket;
    this.options = options;
    const isServer = options.role === 'server';
    this.decoder = new MessageDecoder({
      expectMasked: isServer,
      maxMessageBytes: options.maxPayloadBytes,
      maxFragments: options.maxFragments,
      validateUtf8: options.validateUtf8,
      allowRsv1: agreement !== undefined,
      allocate: Buffer.allocUnsafeSlow,
      view: viewBuffer,
    });
    const { generateMask } = options;
    this.writer = new FrameWriter(socket, !isServer, generateMask && maskingKeysFrom(generateMask));
    this.deflate = agreement && this.newDeflate(agreement);
  }

  get transport(): 'websocket' {
    return 'websocket';
  }

  /** As in ws: the name alone. */
  get extensions(): string {
    return this.deflate === undefined ? '' : EXTENSION_NAME;
  }

  /** Framing included; what this turn has gathered too, and what waits to be compressed. */
  get bufferedAmount(): number {
    return (this.deflate?.outgoing.pendingBytes ?? 0) + this.writer.pendingBytes;
  }

  /** Sends the head of the opening handshake, in one write with the frames that follow in the same turn. */
  writeHead(head: string): void {
    this.writer.writeHead(head);
  }

  /**
   * Begins to read. Nothing is delivered before this turn is over, and what waits for it (`await`) has had its turn.
   *
   * @param head bytes that were read behind the opening handshake
   */
  start(handler: ChannelHandler, head: Buffer): void {
    const { socket } = this;
    this.handler = handler;
    socket[connectionKey] = this;
    if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
    if ('setNoDelay' in socket && typeof socket.setNoDelay === 'function') socket.setNoDelay();
    if (head.length > 0) {
      this.decoder.push(head);
      this.defer();
    }
    socket.on('close', onSocketClose);
    socket.on('end', onSocketEnd);
    socket.on('error', onSocketError);
    socket.on('drain', onSocketDrain);
    readDirectly(socket, onSocketData);
  }

  send(data: string | Uint8Array, binary: boolean, options: SendOptions, callback?: SendCallback): void {
    if (!this.maySend(callback)) return;
    const fin = options.fin !== false;
    const opcode = this.isWithinMessage ? OPCODE_CONTINUATION : binary ? OPCODE_BINARY : OPCODE_TEXT;
    this.isWithinMessage = !fin;
    if (this.deflate === undefined) this.writer.write(opcode, fin, data, callback);
    else this.deflate.outgoing.sendData(opcode, fin, data, options.compress !== false, callback);
  }

  publish(message: PreparedMessage): void {
    if (this.state !== 'open') return;
    if (this.deflate === undefined) this.writer.writeShared(message.frame);
    else this.deflate.outgoing.sendShared(message);
  }

  sendFrames(frames: readonly Buffer[]): void {
    if (this.state !== 'open') return;
    for (const each of frames) this.writer.writeShared(each);
  }

  hasRoomFor(bytes: number): boolean {
    const { bufferedAmount } = this;
    // A peer that keeps up gets what is longer, too.
    return bufferedAmount === 0 || bufferedAmount + bytes <= this.maxBufferedBytes;
  }

  overflow(): void {
    this.handler?.onError(new BufferOverflowError(this.maxBufferedBytes));
    this.terminate();
  }

  ping(data: Uint8Array, callback?: SendCallback): void {
    if (this.maySend(callback)) this.writeControl(OPCODE_PING, data, callback);
  }

  pong(data: Uint8Array, callback?: SendCallback): void {
    if (this.maySend(callback)) this.writeControl(OPCODE_PONG, data, callback);
  }

  close(code: number, reason: Uint8Array): void {
    if (this.state !== 'open') return;
    this.state = 'close-sent';
    this.writeClose(code, reason);
    this.startCloseTimer();
  }

  terminate(): void {
    if (this.state === 'closed') return;
    this.state = 'ending';
    abort(this.socket);
  }

  pause(): void {
    if (this.state === 'closed') return;
    this.delivery = 'paused';
    this.socket.pause();
  }

  resume(): void {
    if (this.delivery !== 'paused') return;
    // What was held comes from a turn of its own, not from within this call.
    this.defer();
    this.socket.resume();
  }

  // From the socket.

  /** Bytes. They belong to the decoder until it has given out all of their events. */
  receive(chunk: Buffer): void {
    if (!this.isReading) return;
    this.decoder.push(chunk);
    // Faster than its messages are delivered: TCP is to slow the peer down.
    if (this.delivery === 'deferred' || this.delivery === 'inflating') this.socket.pause();
    this.deliver();
  }

  receiveEnd(input: 'ended' | 'destroyed'): void {
    this.input = input;
    if (input === 'destroyed') {
      const reason = 'The socket was closed before the data was written';
      this.writer.abandon(reason);
      this.deflate?.outgoing.abandon(reason);
      if (this.socket.readableLength > 0) this.receiveRest();
      // What is being inflated still comes, unless nobody waits for it any more.
      if (this.delivery === 'paused' || !this.isReading) this.delivery = 'flowing';
    }
    this.deliver();
  }

  receiveDrain(): void {
    const { owedPong } = this;
    if (owedPong !== undefined) {
      this.owedPong = undefined;
      this.pong(owedPong);
    }
    this.handler?.onDrain?.();
  }

  /** What had arrived before TCP broke is delivered, as ws does, paused or not. */
  private receiveRest(): void {
    this.socket.off('data', onSocketData);
    const rest: Buffer | null = this.socket.read();
    if (rest !== null && this.isReading) this.decoder.push(rest);
  }

  /** Hands out events while there are some. What is written meanwhile leaves in one write at the end. */
  private deliver(): void {
    if (this.delivery !== 'flowing') return;
    this.delivery = 'delivering';
    this.writer.hold();
    try {
      while (this.delivery === 'delivering') {
        const event = this.nextEvent();
        if (event === 'inflating') {
          this.delivery = 'inflating';
        } else if (event !== undefined) {
          this.handle(event);
        } else {
          this.delivery = 'flowing';
          if (this.input !== 'open') this.finish();
        }
      }
    } finally {
      this.handler?.onDelivered?.();
      this.writer.release();
      // A listener threw: what came behind its message is still to be delivered.
      if (this.delivery === 'delivering') this.defer();
    }
  }

  /** Goes on delivering in a turn of its own. */
  private defer(): void {
    this.delivery = 'deferred';
    setImmediate(() => this.goOn('deferred'));
  }

  /** Delivers what has waited, unless it waits for something else by now. */
  private goOn(waited: 'deferred' | 'inflating'): void {
    if (this.delivery !== waited) return;
    this.delivery = 'flowing';
    this.deliver();
    if (this.delivery === 'flowing') this.socket.resume();
  }

  /** The next event, or undefined; a violation fails the connection. */
  private nextEvent(): DecodedEvent | 'inflating' | undefined {
    if (!this.isReading) return undefined;
    try {
      return this.deflate === undefined ? this.decoder.next() : this.deflate.next(this.decoder);
    } catch (error) {
      this.fail(error as Error);
      return undefined;
    }
  }

  private handle(event: DecodedEvent): void {
    if (this.options.allowSynchronousEvents === false && event.type !== 'close') this.defer();
    switch (event.type) {
      case 'text':
        this.handler?.onMessage(asBuffer(event.data), false);
        break;
      case 'binary':
        this.handler?.onMessage(asBuffer(event.data), true, event.fragmentEnds);
        break;
      case 'ping':
        this.answerPing(asBuffer(event.data));
        this.handler?.onPing(asBuffer(event.data));
        break;
      case 'pong':
        this.handler?.onPong(asBuffer(event.data));
        break;
      case 'close':
        this.receiveClose(event.code, Buffer.from(event.reason));
    }
  }

  /**
   * To a peer that does not read its Pongs they are not piled up: "MAY elect to send a Pong frame for only the
   * most recently processed Ping frame" (RFC 6455 §5.5.3).
   */
  private answerPing(data: Buffer): void {
    if (this.options.autoPong === false || this.state !== 'open') return;
    if (this.socket.writableNeedDrain) this.owedPong = data;
    else this.pong(data);
  }

  // The closing handshake (§7.1.2) and the end of TCP (§7.1.1).

  private receiveClose(code: number, reason: Buffer): void {
    this.peerClose = { code, reason };
    if (this.state === 'open') this.writeClose(code, reason);
    this.state = 'ending';
    // "the server MUST close the connection first"; a client waits for that, within bounds.
    if (this.options.role === 'server') this.endSocket();
    else this.startCloseTimer();
    this.handler?.onClosing(code, reason);
  }

  /** _Fail the WebSocket Connection_ (§7.1.7): say why, end TCP, and take no notice of what still comes. */
  private fail(error: Error): void {
    if (this.state === 'open') this.writeClose(closeCodeForError(error), Buffer.from(error.message));
    this.state = 'ending';
    this.endSocket();
    this.handler?.onError(error);
  }

  /** Everything was delivered, and the peer's half of TCP, or all of it, is at its end. */
  private finish(): void {
    if (this.input === 'ended') {
      const isExpected = this.state === 'ending';
      this.state = 'ending';
      this.endSocket();
      if (!isExpected) this.handler?.onClosing(CLOSE_ABNORMAL, NO_REASON);
    } else if (this.state !== 'closed') {
      this.state = 'closed';
      clearTimeout(this.closeTimer);
      const { code, reason } = this.peerClose ?? { code: CLOSE_ABNORMAL, reason: NO_REASON };
      this.handler?.onClosed(code, reason);
    }
  }

  private writeClose(code: number, reason: Uint8Array): void {
    const payload = Buffer.alloc(code === CLOSE_NO_STATUS_RECEIVED ? 0 : 2 + reason.length);
    if (payload.length > 0) {
      payload.writeUInt16BE(code);
      payload.set(reason, 2);
    }
    this.writeControl(OPCODE_CLOSE, payload);
  }

  private writeControl(opcode: number, payload: Uint8Array, callback?: SendCallback): void {
    if (this.deflate === undefined) this.writer.write(opcode, true, payload, callback);
    else this.deflate.outgoing.sendControl(opcode, payload, callback);
  }

  private startCloseTimer(): void {
    const timeoutMs = this.options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
    this.closeTimer ??= setTimeout(() => abort(this.socket), timeoutMs);
  }

  /** Once everything sent before is written. */
  private endSocket(): void {
    if (this.deflate === undefined || this.deflate.outgoing.isEmpty) {
      this.endWritten();
    } else {
      this.startCloseTimer();
      this.deflate.outgoing.afterwards(() => this.endWritten());
    }
  }

  private endWritten(): void {
    this.writer.flush();
    // Both halves are done with: closing sends what the system still holds and then our FIN, with one call less.
    if (this.input === 'ended' && this.writer.isWritten) {
      this.socket.destroy();
      return;
    }
    this.startCloseTimer();
    this.socket.end();
  }

  private get maxBufferedBytes(): number {
    return this.options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES;
  }

  private newDeflate(agreement: DeflateAgreement): ConnectionDeflate {
    return new ConnectionDeflate(agreement, this.options, this.writer, {
      onInflated: () => this.goOn('inflating'),
      onWritten: () => this.handler?.onDrain?.(),
      onError: (error) => {
        this.handler?.onError(error);
        this.terminate();
      },
    });
  }

  private get isReading(): boolean {
    return this.state === 'open' || this.state === 'close-sent';
  }

  private maySend(callback: SendCallback | undefined): boolean {
    if (this.state === 'open') return true;
    if (callback !== undefined) process.nextTick(callback, new Error('The connection is closing or closed'));
    return false;
  }
}

const NO_REASON: Buffer = Buffer.alloc(0);

/** The decoder's memory is Buffers already, an empty payload of several frames excepted. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function onSocketData(this: ConnectedSocket, chunk: Buffer): void {
  this[connectionKey]?.receive(chunk);
}

function onSocketEnd(this: ConnectedSocket): void {
  this[connectionKey]?.receiveEnd('ended');
}

function onSocketClose(this: ConnectedSocket): void {
  this[connectionKey]?.receiveEnd('destroyed');
}

function onSocketDrain(this: ConnectedSocket): void {
  this[connectionKey]?.receiveDrain();
}

/** A network that fails is told by `close` alone, as in ws: the peer must not be able to cause an `error` event. */
function onSocketError(this: ConnectedSocket): void {
  this.destroy();
}

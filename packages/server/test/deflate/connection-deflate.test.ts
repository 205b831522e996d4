import {
  encodeClosePayload,
  type Frame,
  FrameDecoder,
  OPCODE_BINARY,
  OPCODE_CLOSE,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_PONG,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import { describe, expect, it, vi } from 'vitest';
import { Connection } from '../../src/connection.ts';
import type { ConnectionOptions } from '../../src/connection-options.ts';
import { Compression, compressionFor } from '../../src/deflate/compression.ts';
import type { DeflateAgreement } from '../../src/deflate/negotiation.ts';
import { PreparedMessage } from '../../src/prepared-message.ts';
import { Journal } from '../journal.ts';
import { clientFrame } from '../raw-client.ts';
import { endOfTurn, RecordingStream } from '../recording-stream.ts';
import { deflated, inflateAll, json } from './texts.ts';

const AGREEMENT: DeflateAgreement = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  header: 'permessage-deflate',
};

const MEDIUM = json(2000);
/** Inflated and compressed in a thread. */
const LONG = json(200_000);

/** A stream needs some to begin to flow, all of them in one turn. */
const TICKS_TO_READ = 4;

/** As a client sends it. */
function compressed(opcode: number, data: string | Uint8Array, fin = true): Buffer {
  return clientFrame(opcode, deflated(data), { rsv1: true, fin });
}

class Setup {
  readonly stream = new RecordingStream();
  readonly journal = new Journal();
  readonly connection: Connection;

  constructor(options: Partial<ConnectionOptions> = {}, agreement: Partial<DeflateAgreement> = {}) {
    this.connection = new Connection(
      this.stream,
      { role: 'server', ...options },
      { ...AGREEMENT, ...agreement },
    );
    this.connection.start(this.journal, Buffer.alloc(0));
  }

  send(data: string | Uint8Array, callback?: (error?: Error) => void): void {
    this.connection.send(data, typeof data !== 'string', {}, callback);
  }

  /** What the peer has sent is read when this returns, and of nothing that threads do the end has been told. */
  async receive(...frames: Uint8Array[]): Promise<void> {
    this.stream.push(Buffer.concat(frames));
    for (let i = 0; i < TICKS_TO_READ; i++) await new Promise((resolve) => process.nextTick(resolve));
  }

  get frames(): Frame[] {
    const decoder = new FrameDecoder({ expectMasked: false, allowRsv1: true });
    decoder.push(Buffer.from(this.stream.written));
    const frames: Frame[] = [];
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
    return frames;
  }

  get opcodes(): number[] {
    return this.frames.map(({ opcode }) => opcode);
  }

  /** Waits for the end of our half, and ends the peer's. */
  async ended(): Promise<void> {
    if (!this.stream.writableFinished) await new Promise((resolve) => this.stream.once('finish', resolve));
    this.stream.push(null);
    await this.journal.until(/closed/);
  }
}

const closeFrame = (code: number): Buffer => clientFrame(OPCODE_CLOSE, encodeClosePayload(code));

describe('a connection with permessage-deflate', () => {
  it('says so as ws does', () => {
    expect(new Setup().connection.extensions).toBe('permessage-deflate');
  });

  it('compresses as one role by its own parameters, and inflates by those of the other', async () => {
    const agreement = { clientNoContextTakeover: true };
    const client = new Setup({ role: 'client' }, agreement);
    client.send(MEDIUM);
    client.send(MEDIUM);
    await endOfTurn();
    const decoder = new FrameDecoder({ expectMasked: true, allowRsv1: true });
    decoder.push(Buffer.from(client.stream.written));
    const [first, second] = [decoder.next(), decoder.next()];
    expect(first).toMatchObject({ rsv1: true });
    expect(second?.payload).toEqual(first?.payload);
  });
});

describe('a connection that receives compressed messages', () => {
  it('delivers them with the others, in order, however long they take', async () => {
    const setup = new Setup();
    await setup.receive(
      compressed(OPCODE_TEXT, 'one'),
      compressed(OPCODE_BINARY, LONG),
      clientFrame(OPCODE_TEXT, 'three'),
      clientFrame(OPCODE_PING, 'ping'),
      compressed(OPCODE_TEXT, LONG),
      clientFrame(OPCODE_PONG, 'pong'),
      compressed(OPCODE_TEXT, ''),
      closeFrame(1000),
    );
    expect(setup.journal.lines).toEqual(['text one']);
    await setup.ended();
    expect(setup.journal.lines).toEqual([
      'text one',
      `binary ${LONG.length}`,
      'text three',
      'ping ping',
      `text ${LONG.length}`,
      'pong pong',
      'text ',
      'closing 1000',
      'closed 1000',
    ]);
    expect(setup.opcodes).toEqual([OPCODE_PONG, OPCODE_CLOSE]);
  });

  it('puts fragments together before they are inflated, with control frames between', async () => {
    const setup = new Setup();
    const whole = deflated('Hello, fragments');
    await setup.receive(
      clientFrame(OPCODE_TEXT, whole.subarray(0, 5), { rsv1: true, fin: false }),
      clientFrame(OPCODE_PING, 'between'),
      clientFrame(OPCODE_CONTINUATION, whole.subarray(5, 6), { fin: false }),
      clientFrame(OPCODE_CONTINUATION, whole.subarray(6)),
    );
    expect(setup.journal.lines).toEqual(['ping between', 'text Hello, fragments']);
  });

  it('reads no more while it inflates', async () => {
    const setup = new Setup();
    await setup.receive(compressed(OPCODE_TEXT, LONG));
    expect(setup.stream.isPaused()).toBe(false);
    await setup.receive(clientFrame(OPCODE_TEXT, 'behind'));
    expect(setup.stream.isPaused()).toBe(true);
    await setup.journal.until(/behind/);
    await endOfTurn();
    expect(setup.stream.isPaused()).toBe(false);
    await setup.receive(clientFrame(OPCODE_TEXT, 'and further'));
    expect(setup.journal.lines).toEqual([`text ${LONG.length}`, 'text behind', 'text and further']);
  });

  it('delivers one event a turn with allowSynchronousEvents off', async () => {
    const setup = new Setup({ allowSynchronousEvents: false });
    const deliver = setup.journal.onMessage.bind(setup.journal);
    let turn = 0;
    const turns: number[] = [];
    vi.spyOn(setup.journal, 'onMessage').mockImplementation((data, isBinary) => {
      turns.push(turn);
      void Promise.resolve().then(() => turn++);
      deliver(data, isBinary);
    });
    await setup.receive(
      ...[MEDIUM, LONG, MEDIUM, LONG].map((data) => compressed(OPCODE_BINARY, data)),
      compressed(OPCODE_TEXT, 'last'),
    );
    await setup.journal.until(/last/);
    expect(turns).toEqual([0, 1, 2, 3, 4]);
  });

  it('lets an exception of the handler out, and goes on with the messages behind', async () => {
    const uncaught = new Promise<Error>((resolve) => {
      const others = process.rawListeners('uncaughtException') as NodeJS.UncaughtExceptionListener[];
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const other of others) process.on('uncaughtException', other);
        resolve(error);
      });
    });
    const setup = new Setup();
    vi.spyOn(setup.journal, 'onMessage').mockImplementationOnce(() => {
      throw new Error('from the application');
    });
    await setup.receive(compressed(OPCODE_TEXT, LONG), compressed(OPCODE_TEXT, 'behind'));
    await expect(uncaught).resolves.toHaveProperty('message', 'from the application');
    await setup.journal.until(/behind/);
  });

  describe('and is paused', () => {
    it('while it inflates: delivers nothing until it is resumed', async () => {
      const setup = new Setup();
      await setup.receive(compressed(OPCODE_TEXT, LONG), clientFrame(OPCODE_TEXT, 'behind'));
      setup.connection.pause();
      // Whoever comes later to the same threads is done later.
      const other = new Setup();
      await other.receive(compressed(OPCODE_TEXT, LONG));
      await other.journal.until(/text/);
      await endOfTurn();
      expect(setup.journal.lines).toEqual([]);
      setup.connection.resume();
      await setup.journal.until(/behind/);
      expect(setup.journal.lines).toEqual([`text ${LONG.length}`, 'text behind']);
    });

    it('and resumed while it inflates: delivers everything, in order', async () => {
      const setup = new Setup();
      await setup.receive(compressed(OPCODE_TEXT, LONG), clientFrame(OPCODE_TEXT, 'behind'));
      setup.connection.pause();
      setup.connection.resume();
      await endOfTurn();
      setup.connection.pause();
      setup.connection.resume();
      await setup.journal.until(/behind/);
      expect(setup.journal.lines).toEqual([`text ${LONG.length}`, 'text behind']);
    });

    it('by the long message itself: keeps back what comes behind', async () => {
      const setup = new Setup();
      const deliver = setup.journal.onMessage.bind(setup.journal);
      vi.spyOn(setup.journal, 'onMessage').mockImplementationOnce((data, isBinary) => {
        setup.connection.pause();
        deliver(data, isBinary);
      });
      await setup.receive(compressed(OPCODE_TEXT, LONG), clientFrame(OPCODE_TEXT, 'behind'));
      await setup.journal.until(/text/);
      await endOfTurn();
      expect(setup.journal.lines).toEqual([`text ${LONG.length}`]);
      setup.connection.resume();
      await setup.journal.until(/behind/);
    });
  });

  describe('and ends', () => {
    it('while it inflates: delivers what had come before', async () => {
      for (const how of ['end', 'destroy'] as const) {
        const setup = new Setup();
        await setup.receive(compressed(OPCODE_TEXT, LONG), clientFrame(OPCODE_TEXT, 'behind'));
        if (how === 'end') setup.stream.push(null);
        else setup.stream.destroy();
        await setup.journal.until(/closed/);
        expect(setup.journal.lines.filter((line) => !line.startsWith('closing'))).toEqual([
          `text ${LONG.length}`,
          'text behind',
          'closed 1006',
        ]);
      }
    });

    it('by terminate: delivers nothing more, and waits for nothing', async () => {
      const setup = new Setup();
      await setup.receive(compressed(OPCODE_TEXT, LONG), clientFrame(OPCODE_TEXT, 'behind'));
      setup.connection.terminate();
      await new Promise((resolve) => setup.stream.once('close', resolve));
      expect(setup.journal.lines).toEqual(['closed 1006']);
      const other = new Setup();
      await other.receive(compressed(OPCODE_TEXT, LONG));
      await other.journal.until(/text/);
      expect(setup.journal.lines).toEqual(['closed 1006']);
    });

    it('by close: still delivers messages until the peer has answered', async () => {
      const setup = new Setup();
      setup.connection.close(1000, Buffer.alloc(0));
      await setup.receive(compressed(OPCODE_TEXT, LONG), compressed(OPCODE_TEXT, 'last'), closeFrame(1000));
      await setup.ended();
      expect(setup.journal.lines).toEqual([
        `text ${LONG.length}`,
        'text last',
        'closing 1000',
        'closed 1000',
      ]);
    });
  });

  describe('and fails', () => {
    it.each<
      [what: string, frames: Buffer[], code: number, error: string, options?: Partial<ConnectionOptions>]
    >([
      [
        'what cannot be inflated',
        [clientFrame(OPCODE_TEXT, Buffer.from('07', 'hex'), { rsv1: true })],
        1007,
        'Z_DATA_ERROR',
      ],
      ['text that is not UTF-8', [compressed(OPCODE_TEXT, Buffer.of(0xff))], 1007, 'WS_ERR_INVALID_UTF8'],
      [
        'a long text that is not UTF-8',
        [compressed(OPCODE_TEXT, Buffer.concat([LONG, Buffer.of(0xff)]))],
        1007,
        'WS_ERR_INVALID_UTF8',
      ],
      [
        'a message that is longer than the limit once inflated',
        [compressed(OPCODE_TEXT, MEDIUM)],
        1009,
        'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
        { maxPayloadBytes: MEDIUM.length - 1 },
      ],
      [
        'a long one',
        [compressed(OPCODE_TEXT, LONG)],
        1009,
        'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
        { maxPayloadBytes: LONG.length - 1 },
      ],
      ['RSV1 on a control frame', [clientFrameWithRsv1(OPCODE_PING)], 1002, 'WS_ERR_UNEXPECTED_RSV_1'],
      [
        'RSV1 on a continuation',
        [compressed(OPCODE_TEXT, 'a', false), clientFrame(OPCODE_CONTINUATION, '', { rsv1: true })],
        1002,
        'WS_ERR_UNEXPECTED_RSV_1',
      ],
    ])('for %s', async (_what, frames, code, error, options = {}) => {
      const setup = new Setup(options);
      await setup.receive(compressed(OPCODE_TEXT, 'before'), ...frames, clientFrame(OPCODE_TEXT, 'behind'));
      await setup.ended();
      expect(setup.journal.lines).toEqual(['text before', `error ${error}`, 'closed 1006']);
      const [close] = setup.frames;
      expect(close?.opcode).toBe(OPCODE_CLOSE);
      expect(Buffer.from(close?.payload as Uint8Array).readUInt16BE()).toBe(code);
    });

    it('not for what skipUTF8Validation lets through', async () => {
      const setup = new Setup({ validateUtf8: false });
      await setup.receive(compressed(OPCODE_TEXT, Buffer.of(0xff, 0xfe)));
      expect(setup.journal.lines).toEqual(['text \ufffd\ufffd']);
    });
  });
});

/** `encodeFrame` does not make it. */
function clientFrameWithRsv1(opcode: number): Buffer {
  const frame = clientFrame(opcode, 'x');
  frame[0] = (frame[0] as number) | 0x40;
  return frame;
}

describe('a connection that sends compressed messages', () => {
  it('closes behind those that are being compressed', async () => {
    const setup = new Setup();
    const callback = vi.fn();
    setup.send(LONG, callback);
    setup.send(MEDIUM, callback);
    setup.connection.close(3000, Buffer.from('bye'));
    setup.send('too late', callback);
    await setup.receive(closeFrame(3000));
    await setup.ended();
    expect(setup.opcodes).toEqual([OPCODE_BINARY, OPCODE_BINARY, OPCODE_CLOSE]);
    expect(inflateAll(setup.frames.slice(0, 2).map(({ payload }) => payload)).toString()).toBe(
      `${LONG}${MEDIUM}`,
    );
    expect(callback.mock.calls.filter(([error]) => error === undefined)).toHaveLength(2);
    expect(callback.mock.calls.filter(([error]) => error instanceof Error)).toHaveLength(1);
  });

  it('answers a Close behind those that are being compressed, and ends TCP only then', async () => {
    const setup = new Setup();
    setup.send(LONG);
    await setup.receive(closeFrame(1000));
    expect(setup.stream.writableEnded).toBe(false);
    await setup.ended();
    expect(setup.opcodes).toEqual([OPCODE_BINARY, OPCODE_CLOSE]);
    expect(setup.journal.lines).toEqual(['closing 1000', 'drain', 'closed 1000']);
  });

  it('fails behind those that are being compressed', async () => {
    const setup = new Setup();
    setup.send(LONG);
    await setup.receive(clientFrame(OPCODE_TEXT, Buffer.of(0xff)));
    await setup.ended();
    expect(setup.opcodes).toEqual([OPCODE_BINARY, OPCODE_CLOSE]);
  });

  it('answers Pings in their place', async () => {
    const setup = new Setup();
    setup.send(LONG);
    await setup.receive(clientFrame(OPCODE_PING, 'p'));
    setup.send('behind');
    await setup.journal.until(/drain/);
    await endOfTurn();
    expect(setup.opcodes).toEqual([OPCODE_BINARY, OPCODE_PONG, OPCODE_TEXT]);
  });

  it('counts in bufferedAmount what waits, and tells when it does not any more', async () => {
    const setup = new Setup();
    setup.send(LONG);
    setup.send('abc');
    setup.connection.ping(Buffer.from('p'));
    expect(setup.connection.bufferedAmount).toBe(LONG.length + 4);
    await setup.journal.until(/drain/);
    await endOfTurn();
    expect(setup.connection.bufferedAmount).toBe(0);
  });

  it('calls back everyone who waits when TCP breaks, and when it is terminated', async () => {
    for (const how of ['destroy', 'terminate'] as const) {
      const setup = new Setup();
      const errors: (string | undefined)[] = [];
      for (const data of [LONG, 'behind']) setup.send(data, (error) => errors.push(error?.message));
      if (how === 'destroy') setup.stream.destroy();
      else setup.connection.terminate();
      await setup.journal.until(/closed/);
      expect(errors).toEqual(Array(2).fill('The socket was closed before the data was written'));
      expect(setup.connection.bufferedAmount).toBe(0);
    }
  });

  it('gives its context back when it is closed', async () => {
    const perMessageDeflate = {};
    for (let i = 0; i < 5; i++) {
      const setup = new Setup({ perMessageDeflate });
      setup.send(MEDIUM);
      setup.connection.terminate();
      await setup.journal.until(/closed/);
    }
    expect(compressionFor(perMessageDeflate).contexts.bytes).toBe(256 * 1024);
  });

  it('publishes what was compressed once for many, in its place', async () => {
    const setups = [new Setup(), new Setup()];
    const compress = vi.spyOn(Compression.prototype, 'deflateOnce');
    for (const message of [MEDIUM, LONG].map((data) => new PreparedMessage(data, true, true))) {
      for (const { connection } of setups) {
        connection.send(MEDIUM, true, {});
        connection.publish(message);
      }
    }
    await Promise.all(setups.map(({ journal }) => journal.until(/drain/)));
    await endOfTurn();
    for (const { frames } of setups) {
      expect(frames.map(({ rsv1 }) => rsv1)).toEqual([true, true, true, true]);
      const payloads = frames.map(({ payload }) => payload);
      expect(inflateAll(payloads).toString()).toBe(`${MEDIUM}${MEDIUM}${MEDIUM}${LONG}`);
    }
    expect(compress).toHaveBeenCalledTimes(2);
    compress.mockRestore();
  });

  it('publishes as it is what is short, and what must not be compressed', async () => {
    const setup = new Setup();
    setup.connection.publish(new PreparedMessage('short', false, true));
    setup.connection.publish(new PreparedMessage(MEDIUM, true, false));
    await endOfTurn();
    expect(setup.frames.map(({ rsv1, payload }) => [rsv1, Buffer.from(payload).toString()])).toEqual([
      [false, 'short'],
      [false, MEDIUM.toString()],
    ]);
  });

  it('publishes nothing once it is closing', async () => {
    const setup = new Setup();
    setup.connection.close(1000, Buffer.alloc(0));
    setup.connection.publish(new PreparedMessage(MEDIUM, true, true));
    await endOfTurn();
    expect(setup.opcodes).toEqual([OPCODE_CLOSE]);
  });
});

describe('a connection without permessage-deflate', () => {
  it('says so, and refuses RSV1', async () => {
    const stream = new RecordingStream();
    const journal = new Journal();
    const connection = new Connection(stream, { role: 'server' });
    connection.start(journal, Buffer.alloc(0));
    expect(connection.extensions).toBe('');
    stream.push(compressed(OPCODE_TEXT, 'x'));
    await endOfTurn();
    expect(journal.lines).toEqual(['error WS_ERR_UNEXPECTED_RSV_1']);
  });
});

import {
  type Frame,
  FrameDecoder,
  OPCODE_BINARY,
  OPCODE_CONTINUATION,
  OPCODE_PING,
  OPCODE_TEXT,
} from '@holdfast/protocol';
import { describe, expect, it, vi } from 'vitest';
import { Compression } from '../../src/deflate/compression.ts';
import { MessageDeflater } from '../../src/deflate/message-deflater.ts';
import { OutgoingFrames } from '../../src/deflate/outgoing-frames.ts';
import { FrameWriter } from '../../src/frame-writer.ts';
import { PreparedMessage } from '../../src/prepared-message.ts';
import { endOfTurn, RecordingStream } from '../recording-stream.ts';
import { inflateAll, json } from './texts.ts';

const THRESHOLD_BYTES = 100;
const SHORT = 'short';
const MEDIUM = json(THRESHOLD_BYTES).toString();
/** Compressed in a thread. */
const LONG = json(50_000);

class Setup {
  readonly stream = new RecordingStream();
  readonly compression = new Compression({});
  readonly deflater = new MessageDeflater(this.compression, 15, true);
  readonly errors: Error[] = [];
  private readonly emptied: (() => void)[] = [];
  readonly outgoing = new OutgoingFrames(new FrameWriter(this.stream, false), {
    deflater: this.deflater,
    thresholdBytes: THRESHOLD_BYTES,
    onEmpty: () => {
      for (const resolve of this.emptied.splice(0)) resolve();
    },
    onError: (error) => this.errors.push(error),
  });

  send(
    data: string | Uint8Array,
    rest: { compress?: boolean; fin?: boolean; opcode?: number } = {},
  ): Promise<void> {
    const {
      compress = true,
      fin = true,
      opcode = typeof data === 'string' ? OPCODE_TEXT : OPCODE_BINARY,
    } = rest;
    return new Promise((resolve, reject) => {
      const callback = (error?: Error): void => (error ? reject(error) : resolve());
      this.outgoing.sendData(opcode, fin, data, compress, callback);
    });
  }

  async empty(): Promise<void> {
    if (!this.outgoing.isEmpty) await new Promise<void>((resolve) => this.emptied.push(resolve));
    await endOfTurn();
  }

  get frames(): Frame[] {
    const decoder = new FrameDecoder({ expectMasked: false, allowRsv1: true });
    decoder.push(Buffer.from(this.stream.written));
    const frames: Frame[] = [];
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame);
    return frames;
  }

  /** Opcode, flags and content of each frame; what is compressed is only named so. */
  get lines(): string[] {
    return this.frames.map(({ opcode, fin, rsv1, payload }) => {
      const flags = `${fin ? 'fin' : 'more'}${rsv1 ? ' rsv1' : ''}`;
      return `${opcode} ${flags} ${rsv1 || opcode === OPCODE_CONTINUATION ? '' : Buffer.from(payload)}`.trim();
    });
  }
}

describe('OutgoingFrames', () => {
  it('compresses messages from the threshold on, in this turn where they are short', async () => {
    const setup = new Setup();
    void setup.send(MEDIUM.slice(1));
    void setup.send(MEDIUM);
    expect(setup.outgoing.isEmpty).toBe(true);
    await setup.empty();
    expect(setup.lines).toEqual([`1 fin ${MEDIUM.slice(1)}`, '1 fin rsv1']);
    expect(inflateAll([setup.frames[1]?.payload as Uint8Array]).toString()).toBe(MEDIUM);
  });

  it('counts the threshold in bytes, not in characters', async () => {
    const setup = new Setup();
    void setup.send('ä'.repeat(THRESHOLD_BYTES / 2));
    await setup.empty();
    expect(setup.lines).toEqual(['1 fin rsv1']);
  });

  it('compresses nothing that must not be', async () => {
    const setup = new Setup();
    void setup.send(MEDIUM, { compress: false });
    await setup.empty();
    expect(setup.lines).toEqual([`1 fin ${MEDIUM}`]);
  });

  it('compresses all fragments of a message or none, as the first one decides', async () => {
    const setup = new Setup();
    const more = { opcode: OPCODE_CONTINUATION };
    void setup.send(MEDIUM, { fin: false });
    void setup.send('', { ...more, fin: false });
    void setup.send(LONG, { ...more, compress: false, fin: false });
    void setup.send(SHORT, { ...more, compress: false });
    await setup.empty();
    void setup.send(SHORT, { fin: false });
    void setup.send(MEDIUM, more);
    await setup.empty();
    expect(setup.lines).toEqual(['1 more rsv1', '0 more', '0 more', '0 fin', `1 more ${SHORT}`, '0 fin']);
    const payloads = setup.frames.map(({ payload }) => payload);
    expect(inflateAll([Buffer.concat(payloads.slice(0, 4))]).toString()).toBe(MEDIUM + LONG + SHORT);
    expect(Buffer.from(payloads[5] as Uint8Array).toString()).toBe(MEDIUM);
  });

  it('keeps the order while a long message is compressed, control frames too', async () => {
    const setup = new Setup();
    const done: string[] = [];
    const { outgoing } = setup;
    const tell = (what: string) => (): void => void done.push(what);
    outgoing.sendData(OPCODE_BINARY, true, LONG, true, tell('long'));
    outgoing.sendData(OPCODE_TEXT, true, MEDIUM, true, tell('medium'));
    outgoing.sendControl(OPCODE_PING, Buffer.from('ping'), tell('ping'));
    outgoing.sendData(OPCODE_TEXT, true, SHORT, true, tell('short'));
    outgoing.afterwards(tell('afterwards'));
    outgoing.sendData(OPCODE_BINARY, true, LONG, true, tell('long again'));
    expect(outgoing.isEmpty).toBe(false);
    expect(setup.stream.writes).toEqual([]);
    await setup.empty();
    expect(setup.lines).toEqual(['2 fin rsv1', '1 fin rsv1', '9 fin ping', `1 fin ${SHORT}`, '2 fin rsv1']);
    // The others are told when their frames are written.
    expect(done).toContain('afterwards');
    expect(done.filter((each) => each !== 'afterwards')).toEqual([
      'long',
      'medium',
      'ping',
      'short',
      'long again',
    ]);
    const compressed = setup.frames.filter(({ rsv1 }) => rsv1).map(({ payload }) => payload);
    expect(inflateAll(compressed).toString()).toBe(`${LONG}${MEDIUM}${LONG}`);
  });

  it('counts what waits', async () => {
    const setup = new Setup();
    void setup.send(LONG);
    void setup.send(SHORT);
    setup.outgoing.sendControl(OPCODE_PING, Buffer.from('ping'), undefined);
    expect(setup.outgoing.pendingBytes).toBe(LONG.length + SHORT.length + 4);
    await setup.empty();
    expect(setup.outgoing.pendingBytes).toBe(0);
  });

  it('does at once what is to be done afterwards when nothing waits', () => {
    const act = vi.fn();
    new Setup().outgoing.afterwards(act);
    expect(act).toHaveBeenCalledOnce();
  });

  describe('with messages for many', () => {
    it('sends them in their place, and does not refer past them afterwards', async () => {
      const setup = new Setup();
      const texts = [0, 1, 2, 3, 4].map((number) => `${number}${MEDIUM}`);
      void setup.send(texts[0] as string);
      setup.outgoing.sendShared(new PreparedMessage(texts[1] as string, false, true));
      void setup.send(texts[2] as string);
      setup.outgoing.sendShared(new PreparedMessage(LONG, true, true));
      expect(setup.outgoing.pendingBytes).toBe(LONG.length);
      void setup.send(texts[3] as string);
      void setup.send(texts[4] as string);
      await setup.empty();
      expect(setup.lines).toEqual([
        '1 fin rsv1',
        '1 fin rsv1',
        '1 fin rsv1',
        '2 fin rsv1',
        '1 fin rsv1',
        '1 fin rsv1',
      ]);
      const payloads = setup.frames.map(({ payload }) => payload);
      const all = [...texts.slice(0, 3), LONG, ...texts.slice(3)].join('');
      expect(inflateAll(payloads).toString()).toBe(all);
      // The last one refers to the one before: that is from the same context again.
      expect(payloads[5]?.length).toBeLessThan((payloads[4]?.length as number) / 2);
    });

    it('goes on in its context behind one that was not compressed', async () => {
      const setup = new Setup();
      void setup.send(MEDIUM);
      setup.outgoing.sendShared(new PreparedMessage(MEDIUM, false, false));
      void setup.send(MEDIUM);
      await setup.empty();
      expect(setup.lines).toEqual(['1 fin rsv1', `1 fin ${MEDIUM}`, '1 fin rsv1']);
      const [first, , third] = setup.frames.map(({ payload }) => payload.length) as [number, number, number];
      expect(third).toBeLessThan(first / 2);
    });

    it('sends none of them once it is abandoned', async () => {
      const setup = new Setup();
      const message = new PreparedMessage(LONG, true, true);
      setup.outgoing.sendShared(message);
      setup.outgoing.abandon('over');
      await setup.deflater.deflateShared(message);
      await endOfTurn();
      expect(setup.stream.writes).toEqual([]);
    });
  });

  describe('that is abandoned', () => {
    it('calls back everyone who waits, once, and writes nothing more', async () => {
      const setup = new Setup();
      const errors: string[] = [];
      const sends = [setup.send(LONG), setup.send(SHORT), setup.send(LONG)];
      setup.outgoing.sendControl(OPCODE_PING, Buffer.from('ping'), (error) =>
        errors.push(`ping ${error?.message}`),
      );
      const act = vi.fn();
      setup.outgoing.afterwards(act);
      setup.outgoing.abandon('over');
      const results = await Promise.allSettled(sends);
      expect(results.map((result) => (result as PromiseRejectedResult).reason.message)).toEqual([
        'over',
        'over',
        'over',
      ]);
      expect(errors).toEqual(['ping over']);
      expect(setup.outgoing.pendingBytes).toBe(0);
      // The work in the thread ends, and others get its place.
      await setup.compression.limiter.run(
        () => new MessageDeflater(setup.compression, 15, true).deflate(LONG, true) as Promise<Uint8Array>,
      );
      await endOfTurn();
      expect(setup.stream.writes).toEqual([]);
      expect(act).not.toHaveBeenCalled();
      expect(setup.errors).toEqual([]);
    });

    it('gives its context back', () => {
      const setup = new Setup();
      void setup.send(MEDIUM);
      setup.outgoing.abandon('over');
      new MessageDeflater(setup.compression, 15, true).deflate(MEDIUM, true);
      expect(setup.compression.contexts.bytes).toBe(256 * 1024);
    });
  });

  it('tells of a message that cannot be compressed, and sends nothing behind it', async () => {
    const setup = new Setup();
    vi.spyOn(setup.deflater, 'deflate').mockReturnValueOnce(Promise.reject(new Error('no memory')));
    void setup.send(LONG).catch(() => {});
    void setup.send(SHORT).catch(() => {});
    await vi.waitFor(() => expect(setup.errors.map(({ message }) => message)).toEqual(['no memory']));
    await endOfTurn();
    expect(setup.stream.writes).toEqual([]);
    setup.outgoing.abandon('over');
  });
});

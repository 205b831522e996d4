import { beforeEach, describe, expect, it } from 'vitest';
import type { ProtocolError } from '../src/errors.ts';
import type { Item, Payload } from '../src/item.ts';
import { ItemBuffer } from '../src/item-buffer.ts';
import { ServerDriver as Driver, type ServerDriverHost as DriverHost } from '../src/server-driver.ts';
import { ServerSession as Session } from '../src/server-session.ts';
import type { Outgoing, Transport } from '../src/transport.ts';

const EXPIRY_MS = 30_000;
const MAX_MESSAGE_BYTES = 1_000_000;
const PLENTY_BYTES = 1e9;

/** What happened, in order: events of the application, and what transports were told. */
let log: string[];
let nowMs: number;
let host: TestHost;
let driver: Driver;

/** Logs; deadlines and flushes are only noted, so that each test decides when they happen. */
class TestHost implements DriverHost {
  flushDue = 0;
  deadlines: (number | undefined)[] = [];
  acknowledged: number[] = [];
  /** What the application does within an event, by the line of the log. */
  readonly reactions = new Map<string, () => void>();

  now(): number {
    return nowMs;
  }
  onFlushDue(): void {
    this.flushDue++;
  }
  onDeadline(at: number | undefined): void {
    this.deadlines.push(at);
  }
  onMessage(data: Payload, binary: boolean): void {
    this.happened(`${binary ? 'binary' : 'text'} ${data}`);
  }
  onPing(data: string): void {
    this.happened(`ping ${data}`);
  }
  onPong(data: string): void {
    this.happened(`pong ${data}`);
  }
  onAcknowledged(count: number): void {
    this.acknowledged.push(count);
  }
  onError(error: ProtocolError): void {
    this.happened(`error ${error.closeCode}`);
  }
  onClose(code: number, reason: string): void {
    this.happened(`close ${code} ${reason}`.trimEnd());
  }
  onFinished(): void {
    this.happened('finished');
  }

  private happened(line: string): void {
    log.push(line);
    const reaction = this.reactions.get(line);
    this.reactions.delete(line);
    reaction?.();
  }
}

class TestTransport implements Transport {
  readonly name: string;
  readonly acknowledges: Transport['acknowledges'];
  pendingBytes = 0;
  capacityBytes: number;
  readonly maxFragmentBytes: number;
  readonly sent: Outgoing[] = [];
  /** What it does within `send`. */
  onSend: (() => void) | undefined = undefined;

  constructor(
    name = 'transport',
    {
      acknowledges = 'often',
      capacityBytes = PLENTY_BYTES,
      maxFragmentBytes = PLENTY_BYTES,
    }: Partial<Pick<TestTransport, 'acknowledges' | 'capacityBytes' | 'maxFragmentBytes'>> = {},
  ) {
    this.name = name;
    this.acknowledges = acknowledges;
    this.capacityBytes = capacityBytes;
    this.maxFragmentBytes = maxFragmentBytes;
  }
  capacity(): number {
    return this.capacityBytes;
  }
  send(outgoing: Outgoing): void {
    this.sent.push(outgoing);
    const items = outgoing.run.items.map((item) =>
      item.kind === 'close' ? `close ${item.code}` : `${item.data}`,
    );
    log.push([`${this.name}:`, ...outgoing.controls, ...items].join(' '));
    this.onSend?.();
  }
  holdUp(isHeldUp: boolean): void {
    log.push(`${this.name} ${isHeldUp ? 'holds up' : 'lets go on'}`);
  }
  release(reason: 'superseded' | 'over' | 'gone', attach: number): void {
    log.push(`${this.name} released ${reason} ${attach}`);
  }
}

const text = (data: string): Item => ({ kind: 'data', data, binary: false, final: true });
const close = (code: number, reason = ''): Item => ({ kind: 'close', code, reason });

beforeEach(() => {
  log = [];
  nowMs = 1_000;
  host = new TestHost();
  driver = new Driver(new Session({ maxMessageBytes: MAX_MESSAGE_BYTES }, new ItemBuffer()), host, EXPIRY_MS);
});

/** Attaches a transport that takes everything, and forgets what was logged so far. */
function attached(transport = new TestTransport(), peerReceived = 0): TestTransport {
  driver.attach(transport, peerReceived, 1);
  log.length = 0;
  return transport;
}

/** The next items come. */
function receive(...items: Item[]): void {
  for (const item of items) driver.receive(driver.session.received, item);
}

/** The log since the last call. */
function happened(): string[] {
  return log.splice(0);
}

/** The host calls at the deadline it was told. */
function tickAtDeadline(): void {
  nowMs = host.deadlines.at(-1) as number;
  driver.tick();
}

describe('a driver that sends', () => {
  it('asks for a flush and hands over everything at once', () => {
    attached();
    driver.send('a', false);
    driver.send('b', false);
    expect(happened()).toEqual([]);
    expect(host.flushDue).toBe(2);
    driver.flush();
    expect(happened()).toEqual(['transport: a b']);
    driver.flush();
    expect(happened()).toEqual([]);
  });

  it('keeps what is sent while detached for the transport that attaches', () => {
    driver.send('a', false);
    driver.flush();
    driver.attach(new TestTransport(), 0, 1);
    expect(happened()).toEqual(['transport: a']);
  });

  it('hands over no more than the transport takes, and goes on when that calls flush', () => {
    const transport = attached(new TestTransport('transport', { capacityBytes: 60 }));
    transport.onSend = () => {
      transport.capacityBytes = 0;
    };
    for (const data of ['a', 'b', 'c', 'd']) driver.send(data, false);
    driver.flush();
    driver.flush();
    expect(happened()).toEqual(['transport: a b']);
    transport.capacityBytes = 60;
    driver.flush();
    expect(happened()).toEqual(['transport: c d']);
    expect(transport.sent.map(({ run }) => run.first)).toEqual([0, 2]);
  });

  it('has buffered what is not handed over, and what the transport still holds', () => {
    const transport = attached(new TestTransport('transport', { capacityBytes: 0 }));
    driver.send('éé', false);
    expect(driver.bufferedAmount).toBe(4);
    transport.capacityBytes = 1;
    transport.pendingBytes = 3;
    driver.flush();
    expect(driver.bufferedAmount).toBe(3);
    driver.detach(transport);
    expect(driver.bufferedAmount).toBe(0);
  });

  it('tells what is acknowledged, once, and never less than before', () => {
    attached();
    for (const data of ['a', 'b', 'c']) driver.send(data, false);
    driver.flush();
    driver.acknowledge(2);
    driver.acknowledge(1);
    driver.attach(new TestTransport(), 0, 2);
    expect(host.acknowledged).toEqual([2]);
    expect(driver.session.outgoing.heldBytes).toBe(1);
  });

  it('refuses the acknowledgement of what was never sent', () => {
    attached();
    driver.send('a', false);
    expect(() => driver.acknowledge(1)).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
    expect(() => driver.control('ack', '1')).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
  });
});

describe('a driver whose application waits', () => {
  it('asks for the acknowledgement once, of everything sent so far', () => {
    attached();
    for (const data of ['a', 'b']) {
      driver.send(data, false);
      driver.awaitAcknowledgement();
    }
    driver.flush();
    driver.send('c', false);
    driver.flush();
    expect(happened()).toEqual(['transport: ~ask 2 a b', 'transport: c']);
  });

  it('asks again on a newer transport, until it has it', () => {
    attached();
    driver.send('a', false);
    driver.awaitAcknowledgement();
    driver.flush();
    driver.attach(new TestTransport('second'), 0, 2);
    driver.attach(new TestTransport('third'), 1, 3);
    driver.send('b', false);
    driver.flush();
    expect(happened()).toEqual([
      'transport: ~ask 1 a',
      'transport released superseded 2',
      'second: ~ask 1 a',
      'second released superseded 3',
      'third: b',
    ]);
  });

  it('asks with the first of several parts', () => {
    const transport = attached(new TestTransport('transport', { capacityBytes: 1 }));
    driver.send('a', false);
    driver.send('b', false);
    driver.awaitAcknowledgement();
    driver.flush();
    expect(happened()).toEqual(['transport: ~ask 2 a', 'transport: b']);
    expect(transport.sent).toHaveLength(2);
  });
});

describe('a driver between transports', () => {
  it('lets the older one go when a newer one attaches, and sends again what the peer does not have', () => {
    attached(new TestTransport('older'));
    for (const data of ['a', 'b', 'c']) driver.send(data, false);
    driver.flush();
    happened();
    const newer = new TestTransport('newer');
    driver.attach(newer, 1, 7);
    expect(happened()).toEqual(['older released superseded 7', 'newer: b c']);
    expect(newer.sent[0]?.run.first).toBe(1);
    expect(driver.transport).toBe(newer);
  });

  it('hands out no longer fragments than the transport that is attached gets through', () => {
    driver.send('x'.repeat(13), false);
    const narrow = new TestTransport('narrow', { maxFragmentBytes: 12 });
    driver.attach(narrow, 0, 1);
    driver.send('y'.repeat(13), false);
    driver.flush();
    driver.attach(new TestTransport('wide'), 4, 2);
    expect(happened()).toEqual([
      'narrow: xxxx xxxx xxxx x',
      'narrow: yyyy yyyy yyyy y',
      'narrow released superseded 2',
      'wide: yyyy yyyy yyyy y',
    ]);
  });

  it('cuts nothing anew where the peer told its count before it acknowledged more', () => {
    attached();
    for (const data of ['a', 'x'.repeat(13)]) driver.send(data, false);
    driver.flush();
    driver.acknowledge(1);
    happened();
    driver.attach(new TestTransport('narrow', { maxFragmentBytes: 12 }), 0, 2);
    expect(happened()).toEqual(['transport released superseded 2', 'narrow: xxxxxxxxxxxxx']);
  });

  it('does not let go of a transport that attaches anew', () => {
    const transport = attached();
    driver.send('a', false);
    driver.flush();
    happened();
    driver.attach(transport, 0, 2);
    expect(happened()).toEqual(['transport: a']);
  });

  it('ignores the end of a transport that is not attached', () => {
    const older = attached();
    const newer = new TestTransport('newer');
    driver.attach(newer, 0, 2);
    driver.detach(older);
    expect(driver.transport).toBe(newer);
    driver.detach(newer);
    driver.detach(newer);
    expect(driver.transport).toBeUndefined();
  });

  it('refuses a peer that counts what was never sent, and keeps the older transport', () => {
    const older = attached();
    expect(() => driver.attach(new TestTransport(), 1, 2)).toThrow(
      expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }),
    );
    expect(driver.transport).toBe(older);
    expect(happened()).toEqual([]);
  });

  it('says a later number where the peer acknowledged more over the older transport', () => {
    attached();
    for (const data of ['a', 'b', 'c']) driver.send(data, false);
    driver.flush();
    driver.acknowledge(2);
    const newer = new TestTransport('newer');
    driver.attach(newer, 1, 2);
    expect(newer.sent).toEqual([{ received: 0, controls: [], run: { first: 2, items: [text('c')] } }]);
  });

  it('acknowledges anew what only the older transport was given to acknowledge', () => {
    attached();
    receive(text('a'), text('b'));
    tickAtDeadline();
    expect(happened()).toContain('transport: ~ack 2');
    driver.attach(new TestTransport('newer'), 0, 2, 1);
    tickAtDeadline();
    expect(happened()).toEqual(['transport released superseded 2', 'newer: ~ack 2']);
  });

  it('owes a new transport no acknowledgement that the attach has said', () => {
    attached();
    receive(text('a'));
    driver.attach(new TestTransport('newer'), 0, 2);
    expect(host.deadlines.at(-1)).toBeUndefined();
    nowMs += 1_000;
    driver.tick();
    expect(happened()).toEqual(['text a', 'transport released superseded 2']);
  });

  it('lets a transport go that attaches to a finished session', () => {
    driver.end();
    happened();
    driver.attach(new TestTransport('late'), 0, 9);
    expect(happened()).toEqual(['late released gone 9']);
    expect(driver.transport).toBeUndefined();
  });

  it('may be detached by its transport within send', () => {
    const response = new TestTransport('response', { acknowledges: 'never' });
    response.onSend = () => driver.detach(response);
    driver.send('a', false);
    driver.attach(response, 0, 1);
    driver.send('b', false);
    driver.flush();
    expect(happened()).toEqual(['response: a']);
    expect(host.deadlines.at(-1)).toBe(nowMs + EXPIRY_MS);
  });
});

describe('a transport that takes shorter fragments', () => {
  const LONG = 'x'.repeat(20);
  const small = (): TestTransport => new TestTransport('small', { maxFragmentBytes: 12, capacityBytes: 0 });

  it('has what the peer does not have cut for it', () => {
    driver.send(LONG, false);
    driver.attach(small(), 0, 1);
    expect(driver.session.outgoing.next).toBe(5);
  });

  it('does not, where another transport may have sent it with this very attach: it would have two numbers', () => {
    driver.attach(new TestTransport(), 0, 1);
    driver.send(LONG, false);
    driver.flush();
    driver.attach(small(), 0, 1);
    expect(driver.session.outgoing.next).toBe(1);
    driver.acknowledge(1);
    driver.send(LONG, false);
    driver.attach(small(), 1, 2);
    expect(driver.session.outgoing.next).toBe(6);
  });
});

describe('what goes beside the transport', () => {
  const PLENTY = 1000;

  const beside = (capacityBytes = PLENTY): string[] | undefined =>
    driver
      .takeBeside(capacityBytes, 1)
      ?.run.items.map((item) => (item.kind === 'close' ? `close ${item.code}` : `${item.data}`));

  it('is what waits, if it fits', () => {
    attached(new TestTransport('held', { capacityBytes: 0 }));
    expect(beside()).toBeUndefined();
    driver.send('a', false);
    driver.close(1000, '');
    expect(beside(10)).toBeUndefined();
    expect(driver.takeBeside(PLENTY, 1)).toEqual({
      received: 0,
      controls: [],
      run: { first: 0, items: [text('a'), close(1000)] },
    });
    driver.acknowledge(2);
    expect(beside()).toBeUndefined();
  });

  it('is the same again for the next request, where the answer to the last one was lost', () => {
    driver.send('a', false);
    expect(beside()).toEqual(['a']);
    driver.send('b', false);
    expect(beside()).toEqual(['a', 'b']);
    driver.acknowledge(2);
    expect(beside()).toBeUndefined();
  });

  it('goes on the transport where the answer was lost and it fits the next one no more', () => {
    driver.send('a', false);
    expect(beside()).toEqual(['a']);
    driver.attach(new TestTransport(), 0, 1);
    driver.send('b', false);
    const { flushDue } = host;
    expect(beside(30)).toBeUndefined();
    expect(host.flushDue).toBe(flushDue + 1);
    driver.flush();
    expect(happened()).toEqual(['transport: a b']);
  });

  it('is taken where there is no transport at all, and what waits to be answered too', () => {
    driver.ping('cGluZw==');
    expect(driver.takeBeside(PLENTY, 1)).toEqual({
      received: 0,
      controls: ['~ping cGluZw=='],
      run: { first: 0, items: [] },
    });
    expect(beside()).toBeUndefined();
  });

  it('is nothing while something is on its way', () => {
    attached();
    driver.send('a', false);
    driver.flush();
    driver.send('b', false);
    expect(beside()).toBeUndefined();
    driver.acknowledge(1);
    expect(beside()).toEqual(['b']);
  });

  it('goes again on the transport with what comes next, unless it was acknowledged', () => {
    const transport = attached();
    driver.send('a', false);
    expect(beside()).toEqual(['a']);
    driver.flush();
    expect(happened()).toEqual([]);
    driver.send('b', false);
    driver.flush();
    expect(happened()).toEqual(['transport: a b']);
    driver.send('c', false);
    driver.flush();
    driver.acknowledge(3);
    driver.send('d', false);
    expect(beside()).toEqual(['d']);
    driver.acknowledge(4);
    driver.send('e', false);
    driver.flush();
    expect(happened()).toEqual(['transport: c', 'transport: e']);
    expect(transport.sent.at(-1)?.run.first).toBe(4);
  });

  it('goes again at once on a transport of another attach, from what that states', () => {
    driver.send('a', false);
    driver.send('b', false);
    expect(beside()).toEqual(['a', 'b']);
    driver.attach(new TestTransport(), 1, 2);
    driver.send('c', false);
    driver.flush();
    expect(happened()).toEqual(['transport: b', 'transport: c']);
  });

  it('does not go again at once on the next transport of the same attach, which was asked for before it came', () => {
    driver.send('a', false);
    expect(beside()).toEqual(['a']);
    driver.attach(new TestTransport(), 0, 1);
    expect(happened()).toEqual([]);
    driver.send('b', false);
    driver.flush();
    expect(happened()).toEqual(['transport: a b']);
  });

  it('goes on it after a second, though nothing else comes: the answer may have been one that nobody waited for', () => {
    driver.send('a', false);
    expect(beside()).toEqual(['a']);
    driver.attach(new TestTransport(), 0, 1);
    expect(host.deadlines.at(-1)).toBe(nowMs + 1000);
    nowMs += 999;
    driver.tick();
    expect(happened()).toEqual([]);
    nowMs += 1;
    driver.tick();
    expect(happened()).toEqual(['transport: a']);
    nowMs += 1000;
    driver.tick();
    expect(happened()).toEqual([]);
  });

  it('is not waited for any longer once it was acknowledged', () => {
    driver.send('a', false);
    expect(beside()).toEqual(['a']);
    driver.attach(new TestTransport(), 0, 1);
    driver.acknowledge(1);
    expect(host.deadlines.at(-1)).toBeUndefined();
    nowMs += 1000;
    driver.tick();
    expect(happened()).toEqual([]);
  });

  it('is what waits to be answered, and nothing else, while the peer takes nothing', () => {
    driver.send('a', false);
    driver.heldUp(true);
    expect(beside()).toBeUndefined();
    driver.ping('cGluZw==');
    expect(beside()).toEqual([]);
    driver.heldUp(false);
    expect(beside()).toEqual(['a']);
  });

  it('is nothing once the session has ended', () => {
    driver.send('a', false);
    driver.end();
    expect(beside()).toBeUndefined();
  });
});

describe('an application that has paused', () => {
  const long = (units: number): Item => ({
    kind: 'data',
    data: 'x'.repeat(units),
    binary: false,
    final: false,
  });

  /** One item less than it takes to hold the peer up. */
  function receiveMuch(): void {
    for (let i = 0; i < 3; i++) receive(long(32 * 1024));
    driver.control('pong', '');
    happened();
  }

  beforeEach(() => {
    driver = new Driver(new Session({ maxMessageBytes: 1e6 }, new ItemBuffer()), host, EXPIRY_MS);
  });

  it('holds the peer up once 128 KiB have come, and lets it go on when it resumes', () => {
    attached();
    driver.pause();
    receiveMuch();
    expect(driver.holdsPeerUp).toBe(false);
    receive(long(32 * 1024));
    expect(happened()).toEqual(['transport holds up']);
    expect(driver.holdsPeerUp).toBe(true);
    receive(long(32 * 1024));
    expect(happened()).toEqual([]);
    driver.resume();
    expect(happened()).toEqual(['transport lets go on']);
    expect(driver.holdsPeerUp).toBe(false);
  });

  it('counts anew each time, and only what comes while it has paused', () => {
    attached();
    receiveMuch();
    driver.pause();
    receiveMuch();
    driver.pause();
    driver.resume();
    driver.pause();
    receiveMuch();
    expect(happened()).toEqual([]);
    expect(driver.holdsPeerUp).toBe(false);
  });

  it('counts what each item costs beside its payload', () => {
    attached();
    driver.pause();
    for (let i = 0; i < 6000; i++) receive(text(''));
    expect(driver.holdsPeerUp).toBe(true);
  });

  it('says nothing where there is no transport, or none that can: whoever attaches is told', () => {
    driver.pause();
    for (let i = 0; i < 5; i++) receive(long(32 * 1024));
    expect(driver.holdsPeerUp).toBe(true);
    driver.resume();
    expect(driver.holdsPeerUp).toBe(false);
    expect(happened()).toEqual([]);
  });

  it('acknowledges all the same', () => {
    attached();
    driver.pause();
    for (let i = 0; i < 256; i++) receive(long(1));
    driver.flush();
    expect(happened()).toEqual(['transport: ~ack 256']);
  });
});

describe('a driver that is held up', () => {
  it('sends nothing but controls and acknowledgements, and counts the rest as buffered', () => {
    attached();
    driver.control('pause', '');
    driver.send('a', false);
    driver.ping('p');
    receive(text('x'));
    nowMs += 250;
    driver.tick();
    expect(happened()).toEqual(['text x', 'transport: ~ping p ~ack 1']);
    driver.flush();
    expect(happened()).toEqual([]);
    expect(driver.bufferedAmount).toBe(1);
  });

  it('goes on when the peer says so', () => {
    attached();
    driver.control('pause', '');
    driver.send('a', false);
    driver.flush();
    const { flushDue } = host;
    driver.control('resume', '');
    expect(host.flushDue).toBe(flushDue + 1);
    driver.flush();
    expect(happened()).toEqual(['transport: a']);
  });

  it('holds its close back too, and is let go by the end of the session', () => {
    attached();
    driver.control('pause', '');
    driver.close(1000, '');
    driver.flush();
    expect(happened()).toEqual([]);
    driver.end();
    driver.control('resume', '');
    expect(happened()).toEqual(['close 1006', 'transport released gone 0', 'finished']);
  });

  it('sends what is left, and its close, to a peer that closes', () => {
    attached();
    driver.control('pause', '');
    driver.send('a', false);
    receive(close(4000, 'bye'));
    driver.flush();
    expect(happened()).toEqual(['close 4000 bye', 'transport: ~ack 1 a close 4000']);
  });

  it('is as the next transport is told: held up, or not', () => {
    driver.heldUp(true);
    attached();
    driver.send('a', false);
    driver.flush();
    expect(happened()).toEqual([]);
    driver.heldUp(false);
    driver.attach(new TestTransport('next'), 0, 2);
    expect(happened()).toEqual(['transport released superseded 2', 'next: a']);
  });
});

describe('a driver that acknowledges', () => {
  it('does so after 250 ms', () => {
    attached();
    receive(text('a'));
    nowMs += 100;
    receive(text('b'));
    expect(host.deadlines).toEqual([1_250]);
    nowMs = 1_249;
    driver.flush();
    happened();
    nowMs = 1_250;
    driver.tick();
    expect(happened()).toEqual(['transport: ~ack 2']);
    expect(host.deadlines).toEqual([1_250]);
  });

  it('does so with what it sends once it was told that it is due, not before', () => {
    attached();
    receive(text('a'));
    driver.send('x', false);
    driver.flush();
    expect(happened()).toEqual(['text a', 'transport: x']);
    driver.send('y', false);
    tickAtDeadline();
    expect(happened()).toEqual(['transport: ~ack 1 y']);
  });

  it('does so on a newer transport for what came while its attach was on the way', () => {
    attached();
    receive(text('a'));
    driver.attach(new TestTransport('newer'), 0, 2, 0);
    tickAtDeadline();
    expect(happened()).toContain('newer: ~ack 1');
  });

  it('does so at once after 256 items', () => {
    attached();
    for (let i = 0; i < 255; i++) receive(text(''));
    driver.flush();
    expect([host.flushDue, log.at(-1)]).toEqual([0, 'text ']);
    receive(text(''));
    expect(host.flushDue).toBe(1);
    driver.flush();
    expect(log.at(-1)).toBe('transport: ~ack 256');
    for (let i = 0; i < 255; i++) receive(text(''));
    expect(host.flushDue).toBe(1);
  });

  it('does so at once after 256 KiB', () => {
    attached();
    for (let i = 0; i < 7; i++) receive(text('x'.repeat(32_768)));
    expect(host.flushDue).toBe(0);
    receive(text('x'.repeat(32_768)));
    expect(host.flushDue).toBe(1);
    driver.flush();
    expect(log.at(-1)).toBe('transport: ~ack 8');
  });

  it('does so at once when the close has come', () => {
    const transport = attached();
    receive(close(1000));
    driver.flush();
    expect(happened()).toEqual(['close 1000', 'transport: ~ack 1 close 1000']);
    expect(transport.sent).toHaveLength(1);
  });

  it('does so at once when the peer has asked for what has come', () => {
    attached();
    driver.control('ask', '2');
    receive(text('a'));
    expect(host.flushDue).toBe(0);
    receive(text('b'));
    expect(host.flushDue).toBe(1);
    driver.flush();
    expect(happened()).toEqual(['text a', 'text b', 'transport: ~ack 2']);
    receive(text('c'));
    expect(host.flushDue).toBe(1);
  });

  it('does so at once when the peer asks for what had come before', () => {
    attached();
    receive(text('a'));
    driver.control('ask', '1');
    driver.flush();
    expect(happened()).toEqual(['text a', 'transport: ~ack 1']);
    driver.control('ask', '1');
    driver.flush();
    expect([host.flushDue, happened()]).toEqual([1, []]);
  });

  it('refuses a question that is no count', () => {
    attached();
    expect(() => driver.control('ask', 'please')).toThrow(
      expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }),
    );
  });

  it('does so late where it costs a request, unless there is very much', () => {
    attached(new TestTransport('polling', { acknowledges: 'late' }));
    for (let i = 0; i < 1000; i++) receive(text('a'));
    expect([host.deadlines, host.flushDue]).toEqual([[1_250], 0]);
    for (let i = 0; i < 64; i++) receive(text('x'.repeat(32_768)));
    expect(host.flushDue).toBe(1);
  });

  it('does not do so again where the transport has said it by itself', () => {
    attached(new TestTransport('polling', { acknowledges: 'late' }));
    receive(text('a'));
    driver.saidReceived();
    nowMs += 1_000;
    driver.flush();
    expect([happened(), host.deadlines]).toEqual([['text a'], [1_250, undefined]]);
    receive(text('b'));
    expect(host.deadlines.at(-1)).toBe(2_250);
  });

  it('leaves it to a transport whose requests say it anyway', () => {
    const transport = attached(new TestTransport('polling', { acknowledges: 'never' }));
    for (let i = 0; i < 100; i++) receive(text(''));
    happened();
    nowMs += 1_000;
    driver.flush();
    expect([happened(), host.deadlines, host.flushDue]).toEqual([[], [], 0]);
    driver.send('x', false);
    driver.flush();
    expect(transport.sent).toEqual([{ received: 100, controls: [], run: { first: 0, items: [text('x')] } }]);
  });

  it('waits for room and not for a time when the transport takes nothing', () => {
    const transport = attached(new TestTransport('transport', { capacityBytes: 0 }));
    receive(text('a'));
    tickAtDeadline();
    expect(host.deadlines).toEqual([1_250]);
    driver.tick();
    expect(host.deadlines).toEqual([1_250]);
    transport.capacityBytes = 1;
    driver.flush();
    expect(happened()).toEqual(['text a', 'transport: ~ack 1']);
  });

  it('has no deadline for it while detached', () => {
    const transport = attached();
    receive(text('a'));
    driver.detach(transport);
    expect(host.deadlines).toEqual([1_250, 31_000]);
  });
});

describe('the deadline', () => {
  it('is told only when it changes', () => {
    const transport = attached();
    for (let i = 0; i < 5; i++) receive(text(''));
    expect(host.deadlines).toEqual([1_250]);
    driver.detach(transport);
    driver.touch();
    driver.acknowledge(0);
    expect(host.deadlines).toEqual([1_250, 31_000]);
    driver.attach(transport, 0, 2);
    driver.end();
    driver.end();
    expect(host.deadlines).toEqual([1_250, 31_000, undefined]);
  });

  it('is told again when tick came too early', () => {
    driver.touch();
    nowMs = 30_999;
    driver.tick();
    expect(host.deadlines).toEqual([31_000, 31_000]);
    expect(happened()).toEqual([]);
  });

  it('may be stale: tick then changes nothing', () => {
    attached();
    receive(text('a'));
    driver.saidReceived();
    happened();
    nowMs = 1_250;
    driver.tick();
    expect(happened()).toEqual([]);
    expect(host.deadlines).toEqual([1_250, undefined]);
  });

  it('is not told by what happens in the callback of the end', () => {
    attached();
    host.reactions.set('text a', () => driver.end());
    receive(text('a'));
    expect(host.deadlines.slice(-2)).toEqual([1_250, undefined]);
  });
});

describe('a session that is detached', () => {
  it('expires once, with 1006', () => {
    const transport = attached();
    driver.detach(transport);
    nowMs = 30_999;
    driver.tick();
    expect(happened()).toEqual([]);
    nowMs = 31_000;
    driver.tick();
    driver.tick();
    driver.end();
    expect(happened()).toEqual(['close 1006', 'finished']);
    expect(driver.state).toBe('finished');
  });

  it('lives on from each sign of life', () => {
    driver.touch();
    nowMs = 20_000;
    driver.touch();
    expect(host.deadlines).toEqual([31_000, 50_000]);
    nowMs = 49_999;
    driver.tick();
    expect(driver.state).toBe('open');
  });

  it('does not expire while a transport is attached', () => {
    driver.touch();
    const transport = attached();
    driver.touch();
    expect(host.deadlines).toEqual([31_000, undefined]);
    nowMs = 100_000;
    driver.tick();
    expect(driver.state).toBe('open');
    driver.detach(transport);
    expect(host.deadlines.at(-1)).toBe(130_000);
  });

  it('never expires before it was attached or touched', () => {
    driver.send('a', false);
    nowMs = 1e9;
    driver.tick();
    expect([driver.state, host.deadlines]).toEqual(['open', []]);
  });

  it('takes fragments and acknowledgements that come by other ways', () => {
    const transport = attached();
    driver.send('x', false);
    driver.flush();
    driver.detach(transport);
    receive(text('a'));
    driver.acknowledge(1);
    expect(happened()).toEqual(['transport: x', 'text a']);
    expect(driver.session.outgoing.heldBytes).toBe(0);
  });
});

describe('the closing handshake between two ends', () => {
  it('when the application closes: close, the answer, its acknowledgement, and the transport is let go', () => {
    attached();
    driver.send('a', false);
    driver.close(4000, 'why');
    driver.flush();
    driver.control('ack', '2');
    expect(driver.state).toBe('open');
    receive(text('b'), close(4000));
    expect(happened()).toEqual([
      'transport: a close 4000',
      'text b',
      'close 4000',
      'transport: ~ack 2',
      'transport released over 0',
      'finished',
    ]);
  });

  it('when the peer closes: the application is told, the answer goes, its acknowledgement ends it', () => {
    attached();
    driver.send('a', false);
    receive(close(4000, 'why'));
    expect(driver.state).toBe('closed');
    driver.flush();
    driver.control('ack', '1');
    expect(driver.state).toBe('closed');
    driver.control('ack', '2');
    expect(happened()).toEqual([
      'close 4000 why',
      'transport: ~ack 1 a close 4000',
      'transport released over 0',
      'finished',
    ]);
  });

  it('when both close at once: each is told the code of the other', () => {
    attached();
    driver.close(4000, '');
    driver.flush();
    receive(close(4001));
    driver.flush();
    driver.control('ack', '1');
    expect(happened()).toEqual([
      'transport: close 4000',
      'close 4001',
      'transport: ~ack 1',
      'transport released over 0',
      'finished',
    ]);
  });

  it('when the last acknowledgement finds no room: it goes all the same, before the transport', () => {
    const transport = attached();
    driver.close(1000, '');
    driver.flush();
    driver.control('ack', '1');
    transport.capacityBytes = 0;
    happened();
    receive(close(1000));
    expect(happened()).toEqual(['close 1000', 'transport: ~ack 1', 'transport released over 0', 'finished']);
  });

  it('when requests say the count: the last one is sent for it alone', () => {
    const transport = attached(new TestTransport('polling', { acknowledges: 'never' }));
    driver.close(1000, '');
    driver.flush();
    driver.acknowledge(1);
    receive(close(1000));
    expect(transport.sent.at(-1)).toEqual({ received: 1, controls: [], run: { first: 1, items: [] } });
    expect(happened().slice(-2)).toEqual(['polling released over 0', 'finished']);
  });

  it('when the transport lets itself go within the last send: the session ends once', () => {
    const transport = attached(new TestTransport('response', { acknowledges: 'never' }));
    driver.close(1000, '');
    driver.flush();
    driver.acknowledge(1);
    transport.onSend = () => driver.detach(transport);
    receive(close(1000));
    expect(happened().filter((line) => line === 'finished')).toHaveLength(1);
    expect(host.deadlines.at(-1)).toBeUndefined();
  });

  it('when the acknowledgement comes by an attach: the last one of our own leaves before the transport is let go', () => {
    const older = attached();
    driver.close(1000, '');
    driver.flush();
    receive(close(1000));
    driver.flush(); // acknowledged over the older transport, which takes it along
    driver.detach(older);
    happened();
    driver.attach(new TestTransport('newer'), 1, 2, 0);
    expect(happened()).toEqual(['newer: ~ack 1', 'newer released over 0', 'finished']);
  });

  it('when the peer never acknowledges our answer: the session expires without a second close', () => {
    const transport = attached();
    receive(close(1000));
    driver.flush();
    driver.detach(transport);
    tickAtDeadline();
    expect(happened()).toEqual(['close 1000', 'transport: ~ack 1 close 1000', 'finished']);
  });

  it('drops what the application sends after it', () => {
    attached();
    driver.close(1000, '');
    driver.send('late', false);
    driver.close(1001, '');
    driver.flush();
    expect(happened()).toEqual(['transport: close 1000']);
  });

  it('does not disturb messages that come before the close of the peer', () => {
    attached();
    driver.close(1000, '');
    receive(text('a'));
    expect(happened()).toEqual(['text a']);
  });

  it('has no place for a fragment after the close', () => {
    attached();
    receive(close(1000));
    expect(() => receive(text('a'))).toThrow(expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }));
  });
});

describe('a message that is too long for the session', () => {
  it('is an error, then a close with 1009 from us; the application is closed by the answer', () => {
    attached();
    receive({ ...text('x'.repeat(MAX_MESSAGE_BYTES + 1)), final: false } as Item, text('y'));
    driver.flush();
    driver.control('ack', '1');
    receive(close(1009));
    expect(happened()).toEqual([
      'error 1009',
      'transport: ~ack 2 close 1009',
      'close 1009',
      'transport: ~ack 3',
      'transport released over 0',
      'finished',
    ]);
  });
});

describe('end', () => {
  it('closes with 1006 and lets the transport go', () => {
    attached();
    driver.end();
    expect(happened()).toEqual(['close 1006', 'transport released gone 0', 'finished']);
    expect(driver.transport).toBeUndefined();
  });

  it('works before any attach, while detached, while closing and once closed', () => {
    driver.end();
    expect(happened()).toEqual(['close 1006', 'finished']);

    const ends: [prepare: () => void, events: string[]][] = [
      [() => driver.detach(attached()), ['close 1006', 'finished']],
      [() => driver.close(1000, ''), ['close 1006', 'transport released gone 0', 'finished']],
      [() => receive(close(4000)), ['transport released gone 0', 'finished']],
    ];
    for (const [prepare, events] of ends) {
      driver = new Driver(new Session({ maxMessageBytes: 100 }, new ItemBuffer()), host, EXPIRY_MS);
      attached();
      prepare();
      happened();
      driver.end();
      driver.end();
      expect(happened()).toEqual(events);
    }
  });

  it('makes everything later mean nothing', () => {
    const transport = attached();
    driver.end();
    happened();
    const { flushDue } = host;
    driver.send('a', false);
    driver.close(1000, '');
    driver.ping('');
    driver.receive(0, text('a'));
    driver.receive(5, text('gap'));
    driver.acknowledge(9);
    driver.touch();
    driver.detach(transport);
    driver.flush();
    driver.tick();
    expect(happened()).toEqual([]);
    expect([host.flushDue, host.deadlines]).toEqual([flushDue, []]);
    expect(driver.session.outgoing.next).toBe(0);
  });
});

describe('an application that abandons its session', () => {
  it('is closed at once with 1006; the peer is told 1001 by the transport that attaches', () => {
    driver.send('a', false);
    driver.abandon();
    driver.abandon();
    expect(happened()).toEqual(['close 1006']);
    attached();
    driver.session.outgoing.rewind(0);
    driver.flush();
    receive(text('dropped'), close(1001));
    driver.flush();
    driver.control('ack', '2');
    expect(happened()).toEqual([
      'transport: a close 1001',
      'transport: ~ack 2',
      'transport released over 0',
      'finished',
    ]);
  });

  it('has the peer told at once where a transport is attached', () => {
    attached();
    driver.abandon();
    expect(host.flushDue).toBe(1);
    driver.flush();
    expect(happened()).toEqual(['close 1006', 'transport: close 1001']);
  });
});

describe('pings and pongs', () => {
  it('go out before messages, in order', () => {
    attached();
    driver.send('a', false);
    driver.ping('x');
    driver.pong('y');
    driver.ping('');
    driver.flush();
    expect(happened()).toEqual(['transport: ~ping x ~pong y ~ping a']);
  });

  it('go out without a message', () => {
    attached();
    driver.ping('x');
    driver.flush();
    expect(happened()).toEqual(['transport: ~ping x']);
  });

  it('are sixteen at most while they wait; the oldest are dropped', () => {
    for (let i = 0; i < 100; i++) driver.ping(String(i));
    const transport = attached();
    const { controls } = transport.sent[0] as Outgoing;
    expect(controls).toHaveLength(16);
    expect([controls[0], controls[15]]).toEqual(['~ping 84', '~ping 99']);
  });

  it('that come are told, unless they are longer than 172 characters or no printable ASCII', () => {
    driver.control('ping', '');
    driver.control('ping', 'x'.repeat(172));
    driver.control('pong', '!~');
    for (const data of ['x'.repeat(173), 'a b', 'é', '\n']) {
      driver.control('ping', data);
      driver.control('pong', data);
    }
    expect(happened()).toEqual(['ping ', `ping ${'x'.repeat(172)}`, 'pong !~']);
  });

  it('are the only controls told: an unknown verb is ignored', () => {
    driver.control('stalled', '');
    driver.control('', '');
    expect(happened()).toEqual([]);
  });

  it.each(['', 'x', '-1', '1.5'])('do not excuse an acknowledgement of %j', (argument) => {
    expect(() => driver.control('ack', argument)).toThrow(
      expect.objectContaining({ code: 'HOLDFAST_ERR_WIRE' }),
    );
  });
});

describe('an application that calls within its event', () => {
  it('may send and flush', () => {
    attached();
    host.reactions.set('text a', () => {
      driver.send('answer', false);
      driver.flush();
    });
    receive(text('a'), text('b'));
    expect(happened()).toEqual(['text a', 'transport: answer', 'text b']);
  });

  it('may close', () => {
    attached();
    host.reactions.set('text a', () => driver.close(4000, ''));
    receive(text('a'), text('b'));
    driver.flush();
    expect(happened()).toEqual(['text a', 'text b', 'transport: close 4000']);
  });

  it('may end the session', () => {
    attached();
    host.reactions.set('text a', () => driver.end());
    receive(text('a'));
    driver.receive(1, text('b'));
    expect(happened()).toEqual(['text a', 'close 1006', 'transport released gone 0', 'finished']);
  });

  it('may end the session while its close is told: it ends once', () => {
    attached();
    host.reactions.set('close 1000', () => driver.end());
    receive(close(1000));
    expect(happened()).toEqual(['close 1000', 'transport released gone 0', 'finished']);

    driver = new Driver(new Session({ maxMessageBytes: 100 }, new ItemBuffer()), host, EXPIRY_MS);
    attached();
    host.reactions.set('close 1006', () => driver.end());
    driver.end();
    expect(happened()).toEqual(['close 1006', 'transport released gone 0', 'finished']);
  });

  it('may end the session when told of an error', () => {
    attached();
    host.reactions.set('error 1009', () => driver.end());
    receive(text('x'.repeat(MAX_MESSAGE_BYTES + 1)));
    expect(happened()).toEqual(['error 1009', 'close 1006', 'transport released gone 0', 'finished']);
    expect(driver.session.closeSent).toBe(false);
  });

  it('may let the transport be replaced', () => {
    attached(new TestTransport('older'));
    host.reactions.set('text a', () => driver.attach(new TestTransport('newer'), 0, 2));
    receive(text('a'));
    driver.send('x', false);
    driver.flush();
    expect(happened()).toEqual(['text a', 'older released superseded 2', 'newer: x']);
  });
});

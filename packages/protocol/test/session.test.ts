import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fragment, type Item, type Payload } from '../src/item.ts';
import { ItemBuffer } from '../src/item-buffer.ts';
import { ServerSession as Session } from '../src/server-session.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (data: Payload, final = true): Item => ({ kind: 'data', data, binary: false, final });
const binary = (data: Uint8Array, final = true): Item => ({ kind: 'data', data, binary: true, final });
const close = (code: number, reason = ''): Item => ({ kind: 'close', code, reason });
const message = (data: Payload, isBinary = false): Item => ({
  kind: 'data',
  data,
  binary: isBinary,
  final: true,
});

const sessionOf = (maxMessageBytes = 1e6): Session => new Session({ maxMessageBytes }, new ItemBuffer());
const WIRE_ERROR = expect.objectContaining({ name: 'ProtocolError', code: 'HOLDFAST_ERR_WIRE' });
const TOO_BIG = expect.objectContaining({ code: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', closeCode: 1009 });

/** Receives the items that are due, and gives the events. */
function receiveAll(session: Session, ...items: Item[]): Item[] {
  return items.flatMap((item) => session.receive(session.received, item) ?? []);
}

/** What the session has handed out and not before. */
const sent = (session: Session): readonly Item[] => session.outgoing.take(1e9).items;

describe('a session that receives', () => {
  it('gives each message once, in order, and counts it', () => {
    const session = sessionOf();
    expect(receiveAll(session, text('a'), binary(Uint8Array.of(1)), text(''))).toEqual([
      message('a'),
      message(Uint8Array.of(1), true),
      message(''),
    ]);
    expect(session.received).toBe(3);
  });

  it('drops repetitions, of messages, of fragments and of the close', () => {
    const session = sessionOf();
    receiveAll(session, text('a'), text('b', false));
    expect(session.receive(0, text('a'))).toBeUndefined();
    expect(session.receive(1, text('b', false))).toBeUndefined();
    expect(receiveAll(session, text('c'))).toEqual([message('bc')]);
    receiveAll(session, close(1000));
    expect(session.receive(3, close(1000))).toBeUndefined();
    expect(session.receive(0, text('a'))).toBeUndefined();
    expect(session.received).toBe(4);
  });

  it('refuses a gap in the numbers and takes what is due afterwards', () => {
    const session = sessionOf();
    expect(() => session.receive(1, text('b'))).toThrow(WIRE_ERROR);
    expect(session.received).toBe(0);
    expect(receiveAll(session, text('a'))).toEqual([message('a')]);
  });

  it('puts fragments together, empty ones too', () => {
    const session = sessionOf();
    expect(receiveAll(session, text('', false), text('a', false), text('', false), text('b'))).toEqual([
      message('ab'),
    ]);
    const parts = [
      binary(Uint8Array.of(1, 2), false),
      binary(Uint8Array.of(3), false),
      binary(new Uint8Array(0)),
    ];
    expect(receiveAll(session, ...parts)).toEqual([message(Uint8Array.of(1, 2, 3), true)]);
    expect(receiveAll(session, text('', false), text(''))).toEqual([message('')]);
    expect(receiveAll(session, text('after'))).toEqual([message('after')]);
  });

  it('goes on with text in UTF-8 where it began as a string, and the other way round', () => {
    expect(receiveAll(sessionOf(), text('é', false), text(bytesOf('😀'), false), text('a'))).toEqual([
      message('é😀a'),
    ]);
    expect(receiveAll(sessionOf(), text(bytesOf('é'), false), text('😀a'))).toEqual([
      message(bytesOf('é😀a')),
    ]);
  });

  it('does not refer to the memory of inner fragments', () => {
    const session = sessionOf();
    const part = Uint8Array.of(1, 2, 3);
    receiveAll(session, binary(part, false));
    part.fill(9);
    expect(receiveAll(session, binary(Uint8Array.of(4)))).toEqual([message(Uint8Array.of(1, 2, 3, 4), true)]);
  });

  it('refuses text and binary fragments in one message, and does not count the second', () => {
    const session = sessionOf();
    receiveAll(session, text('a', false));
    expect(() => session.receive(1, binary(Uint8Array.of(1)))).toThrow(WIRE_ERROR);
    expect(session.received).toBe(1);
    expect(receiveAll(session, text('b'))).toEqual([message('ab')]);
  });

  it('gives back every message that was cut, whatever its length', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { maxLength: 5 }), fc.boolean(), (lengths, isBinary) => {
        const session = sessionOf();
        const messages = lengths.map((length, i) =>
          isBinary ? new Uint8Array(length).fill(i) : `${i}é😀`.repeat(length / 4),
        );
        const items = messages.flatMap((data) => fragment(data, isBinary));
        expect(receiveAll(session, ...items)).toEqual(messages.map((data) => message(data, isBinary)));
      }),
      { numRuns: 8 },
    );
  });
});

describe('a message that is too long', () => {
  it('is taken at exactly the length allowed, in one fragment or many', () => {
    expect(receiveAll(sessionOf(4), text('abcd'), text('ab', false), text('cd'))).toHaveLength(2);
  });

  it('is refused with 1009 as soon as it is known to be, and counted', () => {
    const session = sessionOf(4);
    expect(() => session.receive(0, text('abcde'))).toThrow(TOO_BIG);
    expect(session.received).toBe(1);
    const inPieces = sessionOf(4);
    inPieces.receive(0, text('abc', false));
    expect(() => inPieces.receive(1, text('de', false))).toThrow(TOO_BIG);
  });

  it('ends reading: what follows is counted and dropped until the close', () => {
    const session = sessionOf(4);
    expect(() => session.receive(0, text('abcde', false))).toThrow(TOO_BIG);
    expect(receiveAll(session, text('f', false), text('gggggggg'), text('h'))).toEqual([]);
    expect(session.received).toBe(4);
    expect(receiveAll(session, close(1009))).toEqual([{ kind: 'close', code: 1009, reason: '' }]);
  });

  it('leaves the limit of the next message alone when it was just short enough', () => {
    const session = sessionOf(4);
    for (let i = 0; i < 3; i++)
      expect(receiveAll(session, text('ab', false), text('cd'))).toEqual([message('abcd')]);
  });
});

describe('a session that sends', () => {
  it('numbers messages and keeps them', () => {
    const session = sessionOf();
    session.send('a', false);
    session.send(Uint8Array.of(1), true);
    expect(session.outgoing).toMatchObject({ next: 2, heldBytes: 2, unsentBytes: 2 });
    expect(sent(session)).toEqual([text('a'), binary(Uint8Array.of(1))]);
  });

  it('numbers each fragment of a large message and counts its bytes', () => {
    const session = sessionOf();
    session.send('é'.repeat(40_000), false);
    expect(session.outgoing).toMatchObject({ next: 2, heldBytes: 80_000 });
  });

  it('sends nothing after its close, and one close', () => {
    const session = sessionOf();
    session.send('a', false);
    session.close(4000, 'why');
    session.close(4001, 'again');
    session.send('b', false);
    expect(sent(session)).toEqual([text('a'), close(4000, 'why')]);
  });
});

describe('the closing handshake of a session', () => {
  it('answers a close with the same code and reason, behind what is still to be sent', () => {
    const session = sessionOf();
    session.send('a', false);
    expect(receiveAll(session, close(4321, 'why'))).toEqual([{ kind: 'close', code: 4321, reason: 'why' }]);
    session.close(1000, 'too late');
    expect(sent(session)).toEqual([text('a'), close(4321, 'why')]);
  });

  it('answers a close without a code with one without a code', () => {
    const session = sessionOf();
    receiveAll(session, close(1005));
    expect(sent(session)).toEqual([close(1005)]);
  });

  it('keeps its own code where two closes cross', () => {
    const session = sessionOf();
    session.close(4000, 'mine');
    expect(receiveAll(session, close(4001, 'yours'))).toEqual([
      { kind: 'close', code: 4001, reason: 'yours' },
    ]);
    expect(sent(session)).toEqual([close(4000, 'mine')]);
  });

  it('gives messages that came before the close although its own is under way', () => {
    const session = sessionOf();
    session.close(1000, '');
    expect(receiveAll(session, text('a'))).toEqual([message('a')]);
  });

  it('drops a message whose last fragment did not come before the close', () => {
    expect(receiveAll(sessionOf(), text('a', false), close(1000))).toEqual([
      { kind: 'close', code: 1000, reason: '' },
    ]);
  });

  it('refuses anything after the close', () => {
    const session = sessionOf();
    receiveAll(session, close(1000));
    expect(() => session.receive(1, text('a'))).toThrow(WIRE_ERROR);
    expect(() => session.receive(1, close(1000))).toThrow(WIRE_ERROR);
    expect(session.received).toBe(1);
  });

  it('is finished when both closes have come and its own is acknowledged, in either order', () => {
    const acknowledgedFirst = sessionOf();
    acknowledgedFirst.close(1000, '');
    sent(acknowledgedFirst);
    acknowledgedFirst.outgoing.acknowledge(1);
    expect(acknowledgedFirst.finished).toBe(false);
    receiveAll(acknowledgedFirst, close(1000));
    expect(acknowledgedFirst.finished).toBe(true);

    const closedFirst = sessionOf();
    receiveAll(closedFirst, close(1000));
    sent(closedFirst);
    expect(closedFirst.finished).toBe(false);
    closedFirst.outgoing.acknowledge(1);
    expect(closedFirst.finished).toBe(true);
  });

  it('is not finished by an empty buffer', () => {
    expect(sessionOf().finished).toBe(false);
  });
});

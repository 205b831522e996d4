import { describe, expect, it } from 'vitest';
import { checkedClose, closeFor, notClean, WebSocketError } from '../../src/stream/websocket-error.ts';

const exception = (name: string): unknown => expect.objectContaining({ name });

describe('a close', () => {
  it.each([
    [undefined, undefined, ''],
    [null, undefined, ''],
    [{}, undefined, ''],
    [{ closeCode: undefined, reason: undefined }, undefined, ''],
    [{ closeCode: 1000 }, 1000, ''],
    [{ closeCode: '3000', reason: 1 }, 3000, '1'],
    [{ closeCode: 4999.4 }, 4999, ''],
    [{ reason: 'why' }, 1000, 'why'],
    [{ closeCode: 4000, reason: '\ud800' }, 4000, '\ufffd'],
    [{ reason: 'x'.repeat(123) }, 1000, 'x'.repeat(123)],
  ])('is read from %o', (info, closeCode, reason) => {
    expect(checkedClose(info)).toEqual({ closeCode, reason });
  });

  it.each([0, 999, 1001, 1005, 1006, 2999, 5000, 70_000, Number.NaN])(
    'is refused with the code %s',
    (closeCode) => {
      expect(() => checkedClose({ closeCode })).toThrow(exception('InvalidAccessError'));
    },
  );

  it('is refused with a reason of more than 123 bytes', () => {
    expect(() => checkedClose({ reason: 'x'.repeat(124) })).toThrow(exception('SyntaxError'));
    expect(() => checkedClose({ reason: 'ü'.repeat(62) })).toThrow(exception('SyntaxError'));
  });

  it('is refused where it is no object', () => {
    expect(() => checkedClose('bye')).toThrow(TypeError);
  });
});

describe('a WebSocketError', () => {
  it('is a DOMException with the code and the reason of a close', () => {
    const error = new WebSocketError('message', { closeCode: 4000, reason: 'why' });
    expect(error).toBeInstanceOf(DOMException);
    expect([error.name, error.message, error.code]).toEqual(['WebSocketError', 'message', 0]);
    expect([error.closeCode, error.reason]).toEqual([4000, 'why']);
    expect(String(Object.prototype.toString.call(error))).toBe('[object WebSocketError]');
  });

  it('may have neither', () => {
    const error = new WebSocketError();
    expect([error.message, error.closeCode, error.reason]).toEqual(['', null, '']);
  });

  it('checks them as a close does', () => {
    expect(() => new WebSocketError('', { closeCode: 1006 })).toThrow(exception('InvalidAccessError'));
    expect(new WebSocketError('', { reason: 'why' }).closeCode).toBe(1000);
  });

  it('tells of a close that was, with a code that nobody may send', () => {
    const error = notClean(1006, 'cut');
    expect(error).toBeInstanceOf(WebSocketError);
    expect([error.closeCode, error.reason]).toEqual([1006, 'cut']);
  });
});

describe('a stream that is cancelled or aborted', () => {
  it('closes with what an error says, also the platform’s own', () => {
    expect(closeFor(new WebSocketError('', { closeCode: 3333, reason: 'r' }))).toEqual({
      closeCode: 3333,
      reason: 'r',
    });
    expect(closeFor(new WebSocketError())).toEqual({ closeCode: undefined, reason: '' });
    const native = { closeCode: 4000, reason: 'native', [Symbol.toStringTag]: 'WebSocketError' };
    expect(closeFor(native)).toEqual({ closeCode: 4000, reason: 'native' });
  });

  it.each([undefined, 'text', { closeCode: 3333 }, new DOMException('', 'WebSocketError')])(
    'closes without a code for %o',
    (reason) => {
      expect(closeFor(reason)).toEqual({ closeCode: undefined, reason: '' });
    },
  );
});

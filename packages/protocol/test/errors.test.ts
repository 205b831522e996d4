import { describe, expect, it } from 'vitest';
import { isValidCloseCode } from '../src/close-codes.ts';
import {
  closeCodeForError,
  isProtocolError,
  isUsageError,
  ProtocolError,
  type ProtocolErrorCode,
  UsageError,
} from '../src/errors.ts';

/** Typed so that a code added to the package must be added here, with what the peer is to be told. */
const EXPECTED_CLOSE_CODES: Record<ProtocolErrorCode, number> = {
  WS_ERR_UNEXPECTED_RSV_2_3: 1002,
  WS_ERR_UNEXPECTED_RSV_1: 1002,
  WS_ERR_INVALID_OPCODE: 1002,
  WS_ERR_EXPECTED_FIN: 1002,
  WS_ERR_EXPECTED_MASK: 1002,
  WS_ERR_UNEXPECTED_MASK: 1002,
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: 1002,
  WS_ERR_INVALID_CLOSE_CODE: 1002,
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  Z_DATA_ERROR: 1007,
  HOLDFAST_ERR_INVALID_LENGTH_ENCODING: 1002,
  HOLDFAST_ERR_WIRE: 1002,
};

describe('a ProtocolError', () => {
  for (const [code, closeCode] of Object.entries(EXPECTED_CLOSE_CODES)) {
    it(`with ${code} is told to the peer as ${closeCode}`, () => {
      const error = new ProtocolError(code as ProtocolErrorCode, 'reason');
      expect(error).toMatchObject({ name: 'ProtocolError', code, closeCode, message: 'reason' });
      expect(closeCodeForError(error)).toBe(closeCode);
      expect(isValidCloseCode(closeCode)).toBe(true);
    });
  }

  it('keeps its cause', () => {
    const cause = new Error('inflate failed');
    expect(new ProtocolError('WS_ERR_INVALID_UTF8', 'text', { cause }).cause).toBe(cause);
  });

  it('is recognised from another realm or another copy of this package, by its name', () => {
    const foreign = Object.assign(new Error('from an iframe'), { name: 'ProtocolError', closeCode: 1007 });
    expect(isProtocolError(foreign)).toBe(true);
    expect(closeCodeForError(foreign)).toBe(1007);
  });
});

describe('a UsageError', () => {
  it('is an Error with name, code and cause, and is not the peer\u2019s fault', () => {
    const cause = new TypeError('inner');
    const error = new UsageError('HOLDFAST_ERR_INVALID_FRAME', 'reason', { cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'UsageError', code: 'HOLDFAST_ERR_INVALID_FRAME', cause });
    expect(isUsageError(error)).toBe(true);
    expect(isProtocolError(error)).toBe(false);
  });
});

describe('closeCodeForError', () => {
  it.each([new Error('boom'), new UsageError('HOLDFAST_ERR_INVALID_FRAME', ''), 'text', null, undefined])(
    'tells the peer 1011 for what is not its fault: %s',
    (error) => {
      expect(closeCodeForError(error)).toBe(1011);
      expect(isProtocolError(error)).toBe(false);
    },
  );
});

/**
 * The payload of a Close frame (RFC 6455 §5.5.1): a status code of two bytes, then a reason in UTF-8, or
 * nothing at all. Bytes in → code and reason, and back. When to close, and what to answer, is not known
 * here.
 */
import { CLOSE_NO_STATUS_RECEIVED, isValidCloseCode } from './close-codes.ts';
import { ProtocolError, UsageError } from './errors.ts';
import { decodeUtf8, encodeUtf8, isValidUtf8 } from './utf8.ts';

/** 125 bytes of a control frame's payload (RFC 6455 §5.5) less the two of the code. */
export const MAX_CLOSE_REASON_BYTES = 123;

const CODE_BYTES = 2;

/** What a Close frame says. */
export interface ClosePayload {
  /** The peer's status code; 1005 when the frame held none (RFC 6455 §7.1.5). */
  readonly code: number;
  /** The peer's reason, or the empty string. */
  readonly reason: string;
}

/**
 * Reads the unmasked payload of a Close frame.
 *
 * @throws ProtocolError a payload of one byte (`WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH`), a code that may not be on the
 *   wire (`WS_ERR_INVALID_CLOSE_CODE`), a reason that is not UTF-8 (`WS_ERR_INVALID_UTF8`).
 */
export function parseClosePayload(payload: Uint8Array): ClosePayload {
  if (payload.length === 0) return { code: CLOSE_NO_STATUS_RECEIVED, reason: '' };
  if (payload.length < CODE_BYTES) {
    throw new ProtocolError('WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH', 'Close payload of one byte');
  }
  const code = ((payload[0] as number) << 8) | (payload[1] as number);
  if (!isValidCloseCode(code)) throw new ProtocolError('WS_ERR_INVALID_CLOSE_CODE', `Close code ${code}`);
  const reason = payload.subarray(CODE_BYTES);
  if (!isValidUtf8(reason)) throw new ProtocolError('WS_ERR_INVALID_UTF8', 'Close reason is not UTF-8');
  return { code, reason: decodeUtf8(reason) };
}

/**
 * The payload of a Close frame that says `code` and `reason`; without a code (or with 1005, which means
 * just that) it is empty.
 *
 * @param code default none
 * @param reason at most 123 bytes in UTF-8; default empty
 * @throws UsageError a code that may not be on the wire, a reason that is too long or has no code before it.
 */
export function encodeClosePayload(code: number = CLOSE_NO_STATUS_RECEIVED, reason = ''): Uint8Array {
  const reasonBytes = encodeUtf8(reason);
  if (reasonBytes.length > MAX_CLOSE_REASON_BYTES) {
    throw new UsageError(
      'HOLDFAST_ERR_CLOSE_REASON_TOO_LONG',
      `Close reason of ${reasonBytes.length} bytes, the limit is ${MAX_CLOSE_REASON_BYTES}`,
    );
  }
  if (code === CLOSE_NO_STATUS_RECEIVED && reasonBytes.length === 0) return reasonBytes;
  if (!isValidCloseCode(code)) {
    throw new UsageError('HOLDFAST_ERR_INVALID_CLOSE_CODE', `Close code ${code} cannot be sent`);
  }
  const payload = new Uint8Array(CODE_BYTES + reasonBytes.length);
  payload[0] = code >> 8;
  payload[1] = code;
  payload.set(reasonBytes, CODE_BYTES);
  return payload;
}

/**
 * The two families of errors. `ProtocolError`: the peer broke a protocol; the connection must be failed
 * (RFC 6455 §7.1.7) with the close code this file gives. `UsageError`: our own caller asked for something
 * no protocol allows; nothing was sent. Codes are stable and part of the public API; where the `ws`
 * package has a code for the same violation, that code is used, so that its users find what they match on.
 * Nothing here knows who raised an error or what is done about it.
 */
import {
  CLOSE_INTERNAL_ERROR,
  CLOSE_INVALID_PAYLOAD_DATA,
  CLOSE_MESSAGE_TOO_BIG,
  CLOSE_POLICY_VIOLATION,
  CLOSE_PROTOCOL_ERROR,
} from './close-codes.ts';

/** Stable name of one way in which a peer can break the protocol. */
export type ProtocolErrorCode =
  | 'WS_ERR_UNEXPECTED_RSV_2_3'
  | 'WS_ERR_UNEXPECTED_RSV_1'
  | 'WS_ERR_INVALID_OPCODE'
  | 'WS_ERR_EXPECTED_FIN'
  | 'WS_ERR_EXPECTED_MASK'
  | 'WS_ERR_UNEXPECTED_MASK'
  | 'WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH'
  | 'WS_ERR_INVALID_CLOSE_CODE'
  | 'WS_ERR_INVALID_UTF8'
  | 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH'
  | 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
  | 'WS_ERR_TOO_MANY_BUFFERED_PARTS'
  /** A compressed message that cannot be inflated (RFC 7692 §7.2.2): zlib's own name, as in `ws`. */
  | 'Z_DATA_ERROR'
  /** Not minimally encoded, or the most significant bit is set (RFC 6455 §5.2). `ws` accepts the former. */
  | 'HOLDFAST_ERR_INVALID_LENGTH_ENCODING'
  /** Not what PROTOCOL.md says: a control that cannot be parsed, a gap in the numbers. */
  | 'HOLDFAST_ERR_WIRE';

/** Stable name of one way in which our caller can misuse this package. */
export type UsageErrorCode = `HOLDFAST_ERR_${string}`;

/** The one place that maps a violation to the status code of our Close frame (RFC 6455 §7.4.1). */
const CLOSE_CODE_BY_ERROR_CODE: Readonly<Record<ProtocolErrorCode, number>> = {
  WS_ERR_UNEXPECTED_RSV_2_3: CLOSE_PROTOCOL_ERROR,
  WS_ERR_UNEXPECTED_RSV_1: CLOSE_PROTOCOL_ERROR,
  WS_ERR_INVALID_OPCODE: CLOSE_PROTOCOL_ERROR,
  WS_ERR_EXPECTED_FIN: CLOSE_PROTOCOL_ERROR,
  WS_ERR_EXPECTED_MASK: CLOSE_PROTOCOL_ERROR,
  WS_ERR_UNEXPECTED_MASK: CLOSE_PROTOCOL_ERROR,
  WS_ERR_INVALID_CONTROL_PAYLOAD_LENGTH: CLOSE_PROTOCOL_ERROR,
  WS_ERR_INVALID_CLOSE_CODE: CLOSE_PROTOCOL_ERROR,
  WS_ERR_INVALID_UTF8: CLOSE_INVALID_PAYLOAD_DATA,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: CLOSE_MESSAGE_TOO_BIG,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: CLOSE_MESSAGE_TOO_BIG,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: CLOSE_POLICY_VIOLATION,
  Z_DATA_ERROR: CLOSE_INVALID_PAYLOAD_DATA,
  HOLDFAST_ERR_INVALID_LENGTH_ENCODING: CLOSE_PROTOCOL_ERROR,
  HOLDFAST_ERR_WIRE: CLOSE_PROTOCOL_ERROR,
};

/** The peer broke the protocol. `closeCode` is the status code to fail the connection with. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  readonly closeCode: number;

  constructor(code: ProtocolErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.closeCode = CLOSE_CODE_BY_ERROR_CODE[code];
  }
}

/** Our caller asked for something that must not be sent. The connection is untouched. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: UsageErrorCode;

  constructor(code: UsageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** By name instead of `instanceof`, which fails across iframes and between two copies of this package. */
export function isProtocolError(error: unknown): error is ProtocolError {
  return error instanceof Object && (error as { name?: unknown }).name === 'ProtocolError';
}

/** By name instead of `instanceof`, which fails across iframes and between two copies of this package. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Object && (error as { name?: unknown }).name === 'UsageError';
}

/**
 * The close code to tell the peer when a connection ends because of `error`. Whatever is not the peer's
 * fault is ours: 1011, "an unexpected condition that prevented it from fulfilling the request" (§7.4.1).
 */
export function closeCodeForError(error: unknown): number {
  return isProtocolError(error) ? error.closeCode : CLOSE_INTERNAL_ERROR;
}

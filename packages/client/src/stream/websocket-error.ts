/**
 * The WebSocketError of the WHATWG proposal (whatwg/websockets, pull request 48): how a WebSocketStream ended that did not end well, or,
 * given to `cancel` or `abort` of one of its streams, with what it is to be closed.
 */
import { MAX_CLOSE_REASON_BYTES, utf8ByteLength } from '@holdfast/protocol';
import { asInterface, clampToUnsignedShort, dictionary, isInstance, toUsvString } from './web-idl.ts';

/** How a connection is closed, or was. */
export interface WebSocketCloseInfo {
  /**
   * 1000, or 3000 to 4999. Default: none, or 1000 where there is a reason. Of a connection that was closed any other too, and 1005 where the
   * server gave none.
   */
  closeCode?: number | undefined;
  /** At most 123 bytes of UTF-8. Default: `''`. */
  reason?: string | undefined;
}

/** A close that is checked. */
export interface CheckedClose {
  readonly closeCode: number | undefined;
  readonly reason: string;
}

/**
 * A close as WebIDL reads it, and as the standard checks it: as `WebSocket.close` does, from which nothing is taken, since what is shared by
 * several entries makes each of them larger.
 *
 * @throws TypeError for what is no object
 * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
 */
export function checkedClose(info: unknown): CheckedClose {
  const { closeCode, reason = '' } = dictionary<WebSocketCloseInfo>(info);
  const text = toUsvString(reason);
  const code = closeCode === undefined ? undefined : clampToUnsignedShort(closeCode);
  if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999))
    throw new DOMException(`${closeCode} is neither 1000 nor in 3000-4999.`, 'InvalidAccessError');
  if (utf8ByteLength(text) > MAX_CLOSE_REASON_BYTES)
    throw new DOMException('The close reason is too long.', 'SyntaxError');
  // "If reason is non-empty, but code is not set, then set code to 1000."
  return { closeCode: text === '' ? code : (code ?? 1000), reason: text };
}

let describe: (error: WebSocketError, closeCode: number, reason: string) => void;

export class WebSocketError extends DOMException {
  static {
    describe = (error, closeCode, reason) => {
      error.#closeCode = closeCode;
      error.#reason = reason;
    };
  }

  #closeCode: number | null;
  #reason: string;

  /**
   * @param message for people
   * @throws as `WebSocketStream.close`
   */
  constructor(message = '', init: WebSocketCloseInfo = {}) {
    super(message, 'WebSocketError');
    const { closeCode = null, reason } = checkedClose(init);
    this.#closeCode = closeCode;
    this.#reason = reason;
  }

  /** Null where it was not closed with one, or is not to be. */
  get closeCode(): number | null {
    return this.#closeCode;
  }

  get reason(): string {
    return this.#reason;
  }
}

asInterface(WebSocketError, 'WebSocketError');

/** The error of a connection that was closed: its code may be one that nobody may send. */
export function notClean(closeCode: number, reason: string): WebSocketError {
  const error = new WebSocketError('The WebSocket was not closed cleanly.');
  describe(error, closeCode, reason);
  return error;
}

/** With what a stream's `cancel` or `abort` is to close: with what an error says, ours or the platform's own, and else with nothing. */
export function closeFor(reason: unknown): CheckedClose {
  if (!isInstance(reason, 'WebSocketError')) return { closeCode: undefined, reason: '' };
  const error = reason as WebSocketError;
  return { closeCode: error.closeCode ?? undefined, reason: error.reason };
}

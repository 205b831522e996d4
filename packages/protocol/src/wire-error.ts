/**
 * What the session and its wire throw where the peer broke PROTOCOL.md: a {@link ProtocolError} like those of the codec (errors.ts), made
 * without the table of all others, which a client in a page has no use for.
 */
import { CLOSE_PROTOCOL_ERROR } from './close-codes.ts';
import type { ProtocolError } from './errors.ts';

/** @param about the cause; where it is not `HOLDFAST_ERR_WIRE` and 1002: the code, and the status code to fail the connection with */
export function wireError(
  message: string,
  about?: Partial<Pick<ProtocolError, 'code' | 'closeCode' | 'cause'>>,
): ProtocolError {
  return Object.assign(
    new Error(message),
    { name: 'ProtocolError', code: 'HOLDFAST_ERR_WIRE', closeCode: CLOSE_PROTOCOL_ERROR } as const,
    about,
  );
}

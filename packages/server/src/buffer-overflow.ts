/** The error of a peer that does not read what it is sent, whatever its transport. */

/**
 * `maxBufferedBytes` is exceeded, and the connection or session ended: the client does not read what it is sent, or the application
 * has paused the socket while more and more comes.
 */
export class BufferOverflowError extends Error {
  override readonly name = 'BufferOverflowError';
  readonly code = 'HOLDFAST_ERR_BUFFER_OVERFLOW';

  constructor(limitBytes: number) {
    super(`More than ${limitBytes} bytes wait`);
  }
}

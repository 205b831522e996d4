/** What both ends share: the RFC 6455 codec, the session and its wire. Pure: no I/O, no timers, no randomness. */
export * from './batch.ts';
export * from './bytes.ts';
export * from './close.ts';
export * from './close-codes.ts';
export * from './driver.ts';
export * from './errors.ts';
export * from './frame-decoder.ts';
export * from './frames.ts';
export * from './item.ts';
export * from './masking.ts';
export * from './messages.ts';
export * from './send-buffer.ts';
export * from './session.ts';
export * from './statement.ts';
export * from './transport.ts';
export * from './utf8.ts';
export * from './wire.ts';

/**
 * The channel of a socket whose connection was never opened: there is nothing to send on. With it such a socket is one that
 * is closing, like every other; it asks the channel for nothing but this.
 */
import type { Channel } from './channel.ts';

export const UNOPENED_CHANNEL: Channel = {
  bufferedAmount: 0,
  transport: null,
  extensions: '',
  send() {},
  publish() {},
  hasRoomFor: () => false,
  overflow() {},
  ping() {},
  pong() {},
  close() {},
  terminate() {},
  pause() {},
  resume() {},
};

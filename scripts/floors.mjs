/**
 * What must stay true: how large the client may become, and how fast the server must be, each limit with its reason.
 * `npm run size` and `npm run bench` measure against them.
 *
 * Sizes are of minified code, compressed by brotli at its highest level, as a CDN serves it. 1 KB is 1,000 bytes.
 */

/**
 * What is measured. `reachedBytes`: what it takes by now, and a few bytes that compressors differ by. While that is more than the limit,
 * `npm test` sees to it that it does not grow; whoever makes it smaller lowers it.
 */
/** @typedef {{ name: string, limitBytes: number, reachedBytes: number, reason: string }} Measured */
/** An `entry` is bundled for the measurement; a `file` is measured as the build wrote it. */
/** @typedef {Measured & { file: string }} BuiltFloor */
/** @typedef {Measured & { entry: string }} BundledFloor */

/** @type {readonly (BuiltFloor | BundledFloor)[]} */
export const FLOORS = [
  {
    name: 'full script',
    file: 'packages/client/dist/holdfast.js',
    limitBytes: 7_000,
    reachedBytes: 10_790,
    reason:
      'All three transports in less than the smallest comparable client: engine.io-client takes 7.25 KB.',
  },
  {
    name: 'core',
    entry: 'packages/client/dist/core.mjs',
    limitBytes: 3_500,
    reachedBytes: 6_540,
    reason:
      'Native WebSocket and the session alone, for applications that bring no fallback: half the full script.',
  },
  {
    name: 'legacy script',
    file: 'packages/client/dist/holdfast.legacy.js',
    limitBytes: 14_500,
    reachedBytes: 16_100,
    reason:
      'ES5, and all that engines of 2016 lack besides, in less than sockjs-client, which they would load else.',
  },
];

/**
 * How fast the server must be, and how little memory it may take: each limit with its reason. `npm run bench` measures
 * against them. All are ratios that are measured in one run, on one machine, since absolute figures are the machine's.
 */

/** `least` or `most`: which side of the limit is right. */
/** @typedef {{ benchmark: string, row: string, least: number, reason: string }} AtLeast */
/** @typedef {{ benchmark: string, row: string, most: number, reason: string }} AtMost */

/** A message a read: both servers make the system calls that it takes, and only the rest can be saved. */
const ONE_CALL_EACH = 'ws comes close to a bare socket (1.2 to 1.4) where every read holds one message.';
/** What one read brings is answered in one write; ws writes each message, twice. */
const GATHERED =
  'A bare socket answers a read by one write and reaches 12 to 15; a parser in JavaScript 7.6.';

/** What waits for the event loop, waits for nothing that ws would do faster. */
const NO_LATER = 'A turn of the event loop takes no longer than with ws, at the 99th percentile.';

/** Where polling is all there is, it must not be the slower choice to have sessions that lose nothing. */
const BEYOND_PEERS =
  'Half as much again as the best of sockjs and engine.io, which keep nothing to send it again.';

/** What takes the place of the native class must not be felt, not even where messages come by the hundred thousand. */
const HARDLY_DEARER =
  'A tenth more CPU time of the page for a message, counting, keeping and acknowledging included.';

/** @type {readonly (AtLeast | AtMost)[]} */
export const SPEED_FLOORS = [
  { benchmark: 'echo', row: '20 B, 1 in flight', least: 1.15, reason: ONE_CALL_EACH },
  { benchmark: 'echo', row: '20 B, 16 in flight', least: 5, reason: GATHERED },
  { benchmark: 'echo', row: '20 B, 16 in flight, delay', most: 1, reason: NO_LATER },
  {
    benchmark: 'echo',
    row: '1 KiB binary',
    least: 1.25,
    reason: 'A bare socket reaches 1.6 to 1.7; unmasking costs a part of it.',
  },
  {
    benchmark: 'echo',
    row: '64 KiB binary',
    least: 2.5,
    reason: 'What ws reaches with native code, without it.',
  },
  {
    benchmark: 'echo',
    row: '16 MiB binary',
    least: 2.5,
    reason: 'A bare socket reaches 3.0, and so does ws with native code: unmasking at the speed of memory.',
  },
  {
    benchmark: 'echo',
    row: '1 KiB JSON, compressed',
    least: 2,
    reason: 'zlib is the same for both; a C++ server reaches 4.2 by calling it without threads.',
  },
  {
    benchmark: 'echo',
    row: '20 B, 1 in flight, sessions',
    least: 0.85,
    reason: 'Counting and acknowledging must be cheap enough to be always on.',
  },
  {
    benchmark: 'echo',
    row: '20 B, 16 in flight, sessions',
    least: 0.85,
    reason: 'Counting and acknowledging must be cheap enough to be always on.',
  },
  {
    benchmark: 'push',
    row: '20 B to 16 connections',
    least: 6,
    reason: 'What one turn of the event loop produces for a connection is one write; ws makes two a message.',
  },
  {
    benchmark: 'push',
    row: '4 KiB to 16, one more stalls',
    least: 0.95,
    reason: 'A slow reader among fast ones slows nobody; 0.05 is what measuring is worth.',
  },
  {
    benchmark: 'broadcast',
    row: 'to 1,000, 1 in flight',
    least: 1.15,
    reason: 'A system call for each receiver is the least there is: a bare socket reaches 1.24.',
  },
  {
    benchmark: 'broadcast',
    row: 'to 1,000, 8 in flight',
    least: 6,
    reason: 'Eight messages to a receiver fit one write; a bare socket reaches 9.4.',
  },
  { benchmark: 'broadcast', row: 'to 1,000, 8 in flight, delay', most: 1, reason: NO_LATER },
  {
    benchmark: 'handshake',
    row: 'opening handshakes',
    least: 1.25,
    reason: "Node's HTTP parser is the same for both; a bare socket, which has none, reaches 2.0.",
  },
  {
    benchmark: 'memory',
    row: 'in use',
    most: 1,
    reason: 'Sessions and fallbacks must cost those nothing who do not use them: at most the memory of ws.',
  },
  {
    benchmark: 'memory',
    row: 'resident',
    most: 1,
    reason: 'The same, as the system sees it: ws takes 6.0 kB, a bare socket 4.3.',
  },
  { benchmark: 'fallback', row: 'echo, 1 a request', least: 1.5, reason: BEYOND_PEERS },
  { benchmark: 'fallback', row: 'echo, 100 a request', least: 1.5, reason: BEYOND_PEERS },
  { benchmark: 'fallback', row: 'push 20 B', least: 1.5, reason: BEYOND_PEERS },
  { benchmark: 'fallback', row: 'push 1 KiB', least: 1.5, reason: BEYOND_PEERS },
  {
    benchmark: 'fallback',
    row: 'push 20 B, streamed',
    least: 0.5,
    reason:
      'A poll that streams is to be what a WebSocket is, but for counting, keeping, and chunks: half its rate.',
  },
  {
    benchmark: 'fallback',
    row: 'opening',
    least: 1,
    reason: 'Every session begins with one request, as with sockjs.',
  },
  {
    benchmark: 'fallback',
    row: 'round trip',
    most: 1,
    reason: 'At p50 no slower than engine.io: a message back rides on the answer to the message there.',
  },
  {
    benchmark: 'fallback',
    row: 'idle session, in use',
    most: 1,
    reason:
      'Less than the lighter of sockjs and engine.io, 15.6 kB; a request that hangs takes 12.5 by itself.',
  },
  {
    benchmark: 'fallback',
    row: 'idle session, resident',
    most: 1,
    reason: 'The same, as the system sees it.',
  },
  {
    benchmark: 'opening',
    row: 'first echo, 0 ms',
    most: 1,
    reason: 'In seconds, 95 of 100 times, whatever is in the way: a person waits a second without wondering.',
  },
  {
    benchmark: 'opening',
    row: 'first echo, 50 ms',
    most: 1,
    reason: 'The same: the delay before the next transport is tried has room for a few such round trips.',
  },
  {
    benchmark: 'opening',
    row: 'first echo, 300 ms',
    most: 2,
    reason:
      'A refusal is known after two round trips; connecting anew, attaching and an echo take three or four.',
  },
  {
    benchmark: 'opening',
    row: 'first echo where a third is lost, 300 ms',
    most: 5,
    reason:
      'Two or three losses of what it takes are common then, and each costs two round trips or three: a connection, too.',
  },
  {
    benchmark: 'opening',
    row: 'loaded again, 0 ms',
    most: 0.05,
    reason:
      'Behind the best that the path allows: what opened is remembered. 50 ms for a machine that is busy.',
  },
  {
    benchmark: 'opening',
    row: 'loaded again, 50 ms',
    most: 0.1,
    reason: 'A round trip and 50 ms, as above.',
  },
  {
    benchmark: 'opening',
    row: 'loaded again, 300 ms',
    most: 0.35,
    reason: 'A round trip and 50 ms, as above.',
  },
  {
    benchmark: 'opening',
    row: 'open on a healthy network',
    most: 1.05,
    reason: 'Of the time of a native WebSocket: nobody pays for blocked networks who is on none.',
  },
  {
    benchmark: 'opening',
    row: 'open on no network',
    most: 3,
    reason:
      'In ms later than a native WebSocket. The message behind the 101 is one more turn of a page; 5 % of nothing would be less.',
  },
  {
    benchmark: 'opening',
    row: 'requests beside the handshake',
    most: 0,
    reason: 'A healthy network sees one WebSocket handshake and nothing else.',
  },
  {
    benchmark: 'opening',
    row: 'back on WebSocket',
    most: 60,
    reason: 'In seconds after it is no longer blocked, without a reload.',
  },
  { benchmark: 'client', row: 'received, text', most: 1.1, reason: HARDLY_DEARER },
  { benchmark: 'client', row: 'received, binary', most: 1.1, reason: HARDLY_DEARER },
  { benchmark: 'client', row: 'sent, text', most: 1.1, reason: HARDLY_DEARER },
  { benchmark: 'client', row: 'sent, binary', most: 1.1, reason: HARDLY_DEARER },
];

/**
 * Where this package is seen to do something else than ws, and the row of README.md's table that says so. Every row is here, and
 * nothing that is here is without one.
 */

export interface Difference {
  /** The first cell of the row. */
  readonly row: string;
  /** `of` and `name` of the case. */
  readonly case: string;
  /** What is observed here. */
  readonly here: unknown;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    row: 'pages of another origin',
    case: 'server option server: lets pages of any origin connect',
    here: '403',
  },
  {
    row: 'a path that is not ours',
    case: 'server option path: refuses other paths, whatever the query',
    here: ['101', '101', '404', '404'],
  },
  {
    row: '`Sec-WebSocket-Version` other than 13',
    case: 'server option server: accepts version 8 of the protocol beside 13, and no other',
    here: ['101', '426', '426'],
  },
  {
    row: 'a protocol error of a peer',
    case: 'socket event error: throws where nobody listens',
    here: ['close'],
  },
  {
    row: 'our Close after such an error',
    case: 'socket.close: behind what a peer did wrong says the code',
    here: [1002, 2 + 'invalid opcode 3'.length],
  },
  {
    row: '`bufferedAmount`',
    case: 'socket.bufferedAmount: is 0 behind a short message, which is sent at once',
    here: 7,
  },
  {
    row: '`verifyClient` that returns a promise',
    case: 'server option verifyClient: takes a promise for a yes',
    here: '401',
  },
  {
    row: '`pause()`, `terminate()`',
    case: 'socket.pause: stops the events; what has been read may still come',
    here: ['a'],
  },
  {
    row: '`pause()`, `terminate()`',
    case: 'socket.terminate: delivers what has been read already',
    here: ['a'],
  },
  {
    row: "`binaryType: 'fragments'` of a compressed message, and on a session",
    case: 'socket.binaryType: gives fragments as they came of a compressed message, too',
    here: [3000],
  },
  {
    row: '`mask`, `maxBufferedChunks`, `maxPendingAutoPongs`',
    case: 'socket.send: masks as the option says, and leaves it to the peer to mind',
    here: false,
  },
  {
    row: '`mask`, `maxBufferedChunks`, `maxPendingAutoPongs`',
    case: 'server option maxBufferedChunks: refuses a message that comes in more chunks than that',
    here: 'taken',
  },
  {
    row: '`mask`, `maxBufferedChunks`, `maxPendingAutoPongs`',
    case: 'client option maxBufferedChunks: refuses a message that comes in more chunks than that',
    here: ['message of 1048576', 'answers 8'],
  },
  {
    row: 'a redirect from the network to a Unix socket',
    case: 'client option followRedirects: follows from the network to IPC, too',
    here: 0,
  },
  {
    row: 'an offer of compression that the server cannot accept',
    case: 'server option perMessageDeflate: refuses the handshake where no offer can be accepted',
    here: '101',
  },
  {
    row: '`perMessageDeflate.threshold`',
    case: 'server option perMessageDeflate: compresses short messages, too, while there is context takeover',
    here: false,
  },
  {
    row: '`zlibDeflateOptions`, `zlibInflateOptions`',
    case: 'server option perMessageDeflate: hands options to zlib: a dictionary, for example',
    here: false,
  },
  {
    row: 'a compressed message that ends within a block',
    case: 'server option perMessageDeflate: delivers a message that ends within a block as far as it came',
    here: 'Z_DATA_ERROR',
  },
];

/** Rows that no case can show: of what ws does not have, or what only time tells. The test that shows them, by its file. */
export const SHOWN_ELSEWHERE: readonly {
  readonly row: string;
  readonly file: string;
  readonly test: string;
}[] = [
  {
    row: '`handshakeTimeout`',
    file: 'opening.test.ts',
    test: 'has no time for a server that answers byte by byte, either',
  },
  {
    row: '`request` of a session that began over HTTP',
    file: 'fallback-requests.test.ts',
    test: 'is a GET for the application, as an opening handshake is: routers find it',
  },
  {
    row: '`headers` event',
    file: 'fallback-requests.test.ts',
    test: 'emits no headers: it has no 101',
  },
  {
    row: 'an `http2` server',
    file: 'http2-server.test.ts',
    test: 'serves sessions as over HTTP/1.1',
  },
  {
    row: '`close()` of the server',
    file: 'fallback-requests.test.ts',
    test: 'see all but what belongs to a living session while the WebSocketServer is closing',
  },
];

/**
 * In the page: opens a socket of one of the sides and measures, by the page's own clock, how long it takes until it is open and
 * until its first message has come back. It knows the sides' ways to say that, and nothing of the network.
 */

/** @import { LogEntry, TransportName } from '@holdfast/client' */
/** @typedef {'holdfast' | 'native' | 'sockjs' | 'socket.io' | 'socket.io, WebSocket first'} Side */

/**
 * @typedef {object} FirstEcho
 * @property {number | null} openMs null: it never opened
 * @property {number | null} echoMs null: nothing came back
 * @property {string | null} transport what carried it, where that is told
 * @property {string | null} failure what was said instead
 * @property {string[]} steps what ours tried until then, each with the time since the beginning
 */

/**
 * One socket, whoever made it.
 *
 * @typedef {object} Socket
 * @property {(text: string) => void} send
 * @property {() => void} close
 * @property {() => string | null} transport
 */

/**
 * @typedef {object} Listener
 * @property {() => void} onOpen
 * @property {(text: string) => void} onMessage
 * @property {(why: string) => void} onClose
 * @property {(entry: LogEntry) => void} [onLog]
 */

const MESSAGE = 'twenty bytes of text';

/** @type {Record<Side, (url: string, listener: Listener, transports?: TransportName[]) => Socket>} */
const SIDES = {
  holdfast: (url, listener, transports) => {
    const socket = new globalThis.Holdfast.WebSocket(url, [], transports === undefined ? {} : { transports });
    const { onLog } = listener;
    if (onLog !== undefined) socket.addEventListener('holdfast', ({ detail }) => onLog(detail));
    return likeNative(socket, listener);
  },
  native: (url, listener) =>
    likeNative(new WebSocket(url.replace(/^\//, `ws://${location.host}/`)), listener),
  sockjs: (_url, { onOpen, onMessage, onClose }) => {
    const socket = new globalThis.SockJS('/sockjs');
    socket.onopen = onOpen;
    socket.onmessage = ({ data }) => onMessage(data);
    socket.onclose = ({ reason }) => onClose(reason);
    return {
      send: (text) => socket.send(text),
      close: () => socket.close(),
      transport: () => socket.transport,
    };
  },
  'socket.io': (_url, listener) => socketIo(listener, {}),
  'socket.io, WebSocket first': (_url, listener) =>
    socketIo(listener, { transports: ['websocket', 'polling'], tryAllTransports: true }),
};

/**
 * @param {Side} side
 * @param {{ url: string, transports?: TransportName[], limitMs: number }} options `url`: of the WebSocket, without scheme and host;
 *   `transports`: the only ones that ours may use; `limitMs`: when to give up
 * @returns {Promise<FirstEcho>}
 */
export async function firstEcho(side, { url, transports, limitMs }) {
  const startedAt = performance.now();
  /** @type {FirstEcho} */
  const seen = { openMs: null, echoMs: null, transport: null, failure: null, steps: [] };
  /** @type {Socket | undefined} */
  let socket;
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs, undefined);
    const done = () => {
      clearTimeout(timer);
      resolve(undefined);
    };
    socket = SIDES[side](
      url,
      {
        onOpen() {
          seen.openMs ??= performance.now() - startedAt;
          socket?.send(MESSAGE);
        },
        onMessage(text) {
          if (text !== MESSAGE) seen.failure = `another message came back: ${text}`;
          else seen.echoMs = performance.now() - startedAt;
          done();
        },
        onClose(why) {
          seen.failure = why;
          done();
        },
        onLog({ type, transport, reason }) {
          const why = reason === undefined ? '' : ` (${reason})`;
          seen.steps.push(`${Math.round(performance.now() - startedAt)} ms: ${transport} ${type}${why}`);
        },
      },
      transports,
    );
  });
  seen.transport = socket?.transport() ?? null;
  // What it would go on trying takes time of those who are measured beside it.
  socket?.close();
  return seen;
}

/**
 * Opens sockets one after the other, in turns, so that what else the machine does meets both sides alike. Every other turn is the other way
 * round: whoever comes behind a socket that closes shares the machine with that, each side's after each side.
 *
 * @param {readonly Side[]} sides
 * @param {number} rounds
 * @param {string} url
 * @returns {Promise<number[][]>} for each side, how long each opening took in ms
 */
export async function openInTurns(sides, rounds, url) {
  const figures = sides.map(() => /** @type {number[]} */ ([]));
  for (let round = 0; round < rounds; round++) {
    const turn = [...sides.entries()];
    if (round % 2 === 1) turn.reverse();
    for (const [index, side] of turn) figures[index]?.push(await openOnce(side, url));
  }
  return figures;
}

/** @param {Side} side @param {string} url @returns {Promise<number>} in ms; the socket has closed again by then */
function openOnce(side, url) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let openMs = Number.NaN;
    const socket = SIDES[side](url, {
      onOpen() {
        openMs = performance.now() - startedAt;
        socket.close();
      },
      onMessage() {},
      onClose: (why) => (Number.isNaN(openMs) ? reject(new Error(why)) : resolve(openMs)),
    });
  });
}

/** @param {WebSocket & { transport?: string | null }} socket @param {Listener} listener @returns {Socket} */
function likeNative(socket, { onOpen, onMessage, onClose }) {
  socket.onopen = onOpen;
  socket.onmessage = ({ data }) => onMessage(data);
  socket.onclose = ({ code }) => onClose(`close ${code}`);
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    transport: () => socket.transport ?? null,
  };
}

/** @param {Listener} listener @param {object} options @returns {Socket} */
function socketIo({ onOpen, onMessage }, options) {
  // It reconnects by itself, for ever: no close.
  const socket = globalThis.io(options);
  socket.on('connect', onOpen);
  socket.on('message', onMessage);
  return {
    send: (text) => socket.emit('message', text),
    close: () => socket.disconnect(),
    transport: () => socket.io.engine?.transport.name ?? null,
  };
}

globalThis.Opening = { firstEcho, openInTurns };

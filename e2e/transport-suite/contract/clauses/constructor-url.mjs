/** §3.1 The constructor, steps 1 to 6: how a URL is parsed, and which are refused. The sockets are closed before they could connect. */
import { is, throwsDomException, throwsJust, throwsTypeError } from '../assert.mjs';
import { area, clause } from '../clause.mjs';

/** With what they become; `{host}` is the page's, with its port. The page is http://{host}{page}; all lie directly below the host. */
const ACCEPTED = {
  // Schemes (steps 4 and 5).
  'ws://{host}/socket': 'ws://{host}/socket',
  'WS://{host}/socket': 'ws://{host}/socket',
  'http://{host}/socket': 'ws://{host}/socket',
  'HTTP://{host}/socket': 'ws://{host}/socket',
  'wss://{host}/socket': 'wss://{host}/socket',
  'https://{host}/socket': 'wss://{host}/socket',
  'http:socket': 'ws://{host}/socket',
  'http:/socket': 'ws://{host}/socket',
  'ws:{host}/socket': 'ws://{host}/socket',
  'ws:/{host}/socket': 'ws://{host}/socket',
  'ws:///{host}/socket': 'ws://{host}/socket',
  'ws:\\\\{host}\\socket': 'ws://{host}/socket',
  // Relative (step 2).
  '': 'ws://{host}{page}',
  '.': 'ws://{host}/',
  socket: 'ws://{host}/socket',
  '/socket': 'ws://{host}/socket',
  './socket': 'ws://{host}/socket',
  '../socket': 'ws://{host}/socket',
  '/a/../socket': 'ws://{host}/socket',
  '/a/%2e%2E/socket': 'ws://{host}/socket',
  '//{host}/socket': 'ws://{host}/socket',
  '/socket?query': 'ws://{host}/socket?query',
  '?query': 'ws://{host}{page}?query',
  '/socket?a?b': 'ws://{host}/socket?a?b',
  '/socket?': 'ws://{host}/socket?',
  // White space and what is encoded.
  '  /socket  ': 'ws://{host}/socket',
  '/so\nck\tet\r': 'ws://{host}/socket',
  '/a b': 'ws://{host}/a%20b',
  '/ä': 'ws://{host}/%C3%A4',
  '/☃?☃': 'ws://{host}/%E2%98%83?%E2%98%83',
  '/%7Esocket': 'ws://{host}/%7Esocket',
  '/<>"`{}': 'ws://{host}/%3C%3E%22%60%7B%7D',
  "/?'": 'ws://{host}/?%27',
  '/unpaired\ud800': 'ws://{host}/unpaired%EF%BF%BD',
  '/?\udc00unpaired': 'ws://{host}/?%EF%BF%BDunpaired',
  // Authorities.
  'ws://{host}': 'ws://{host}/',
  'ws://{host}?query': 'ws://{host}/?query',
  'ws://LOCALHOST:1234/': 'ws://localhost:1234/',
  'ws://%6cocalhost:1234/': 'ws://localhost:1234/',
  'ws://127.1:1234/': 'ws://127.0.0.1:1234/',
  'ws://0x7f000001:1234/': 'ws://127.0.0.1:1234/',
  'ws://2130706433:1234/': 'ws://127.0.0.1:1234/',
  'ws://[::1]:1234/': 'ws://[::1]:1234/',
  'ws://[0:0::1]:1234/': 'ws://[::1]:1234/',
  'ws://127.0.0.1:80/': 'ws://127.0.0.1/',
  'ws://127.0.0.1:443/': 'ws://127.0.0.1:443/',
  'wss://127.0.0.1:443/': 'wss://127.0.0.1/',
  'wss://127.0.0.1:80/': 'wss://127.0.0.1:80/',
  'http://127.0.0.1:80/': 'ws://127.0.0.1/',
  'https://127.0.0.1:443/': 'wss://127.0.0.1/',
  'ws://127.0.0.1:/': 'ws://127.0.0.1/',
  'ws://127.0.0.1:0001234/': 'ws://127.0.0.1:1234/',
};

const REFUSED = [
  // Not parsed (step 3).
  'ws://',
  'ws://:80',
  'ws://?query',
  'ws://a<b/',
  'ws://a%00b/',
  'ws://a%25b/',
  'ws://127.0.0.1:65536/',
  'ws://127.0.0.1:port/',
  'ws://127.0.0.1:-1/',
  'ws://127.0.0.1.256/',
  'ws://[::1',
  'ws://[127.0.0.1]/',
  'http://',
  '//',
  // Another scheme (step 6).
  'ftp://127.0.0.1/',
  'file:///socket',
  'about:blank',
  'data:text/plain,socket',
  'blob:http://127.0.0.1/socket',
  'javascript:0',
  'mailto:socket@127.0.0.1',
  'wsx://127.0.0.1/',
  'w s://127.0.0.1/'.replace(' ', '.'),
  'localhost:1234',
  // A fragment, the empty one as well (step 7).
  'ws://127.0.0.1:1234/#fragment',
  'ws://127.0.0.1:1234/#',
  'http://127.0.0.1:1234/#',
  '#',
  '#fragment',
  '/socket?query#fragment',
  '/socket# ',
];

/** What is no string becomes one (WebIDL §3.2.12). */
const CONVERTED = [
  { what: 'a URL', value: () => new URL('/socket', location.href), path: '/socket' },
  { what: 'a String object', value: () => new String('/socket'), path: '/socket' },
  { what: 'an object with toString', value: () => ({ toString: () => '/socket' }), path: '/socket' },
  { what: 'an object with valueOf', value: () => ({ toString: undefined, valueOf: () => '/v' }), path: '/v' },
  { what: 'an array', value: () => ['/socket'], path: '/socket' },
  { what: 'the page’s location', value: () => location, path: '' },
  { what: 'undefined', value: () => undefined, path: '/undefined' },
  { what: 'null', value: () => null, path: '/null' },
  { what: 'a boolean', value: () => true, path: '/true' },
  { what: 'a number', value: () => 1.5, path: '/1.5' },
  { what: 'a BigInt', value: () => 10n, path: '/10' },
];

export const constructorUrl = area('The constructor: the URL', [
  clause('a URL is required', ({ WebSocket }) => throwsTypeError(() => Reflect.construct(WebSocket, []))),

  Object.entries(ACCEPTED).map(([given, expected]) =>
    clause(`${JSON.stringify(given)} becomes ${JSON.stringify(expected)}`, (stage) => {
      const { host, pathname } = location;
      const expectedUrl = expected.replace('{host}', host).replace('{page}', pathname);
      is(urlOf(stage, given.replace('{host}', host)), expectedUrl, 'the url');
    }),
  ),
  clause('a user and a password stay in it', (stage) => {
    is(urlOf(stage, `ws://user:pass@${location.host}/`), `ws://user:pass@${location.host}/`);
  }),
  clause('the url says what was parsed, not what was given', (stage) => {
    const url = new URL('/socket', location.href);
    const socket = stage.create(url);
    url.pathname = '/changed';
    is(socket.url, `ws://${location.host}/socket`);
  }),

  REFUSED.map((given) =>
    clause(`${JSON.stringify(given)} is a SyntaxError`, (stage) =>
      throwsDomException('SyntaxError', () => stage.create(given)),
    ),
  ),

  clause('the base URL is the document’s, not the page’s', (stage) => {
    is(
      withBase('/folder/file', () => urlOf(stage, 'socket')),
      `ws://${location.host}/folder/socket`,
    );
  }),
  clause('the base URL may name another server', (stage) => {
    is(
      withBase('https://127.0.0.1:1234/a/', () => urlOf(stage, 'b')),
      'wss://127.0.0.1:1234/a/b',
    );
  }),
  clause('with a base URL of another scheme, a relative one is a SyntaxError', (stage) => {
    withBase('ftp://127.0.0.1/', () => throwsDomException('SyntaxError', () => stage.create('socket')));
  }),
  clause('the fragment of the page is none of a relative URL’s', (stage) => {
    history.replaceState(null, '', '#fragment');
    try {
      is(urlOf(stage, ''), `ws://${location.host}${location.pathname}`);
    } finally {
      history.replaceState(null, '', location.pathname);
    }
  }),

  CONVERTED.map(({ what, value, path }) =>
    clause(`${what} is taken as a string`, (stage) =>
      is(urlOf(stage, value()), `ws://${location.host}${path || location.pathname}`),
    ),
  ),
  clause('a Symbol is a TypeError', (stage) => throwsTypeError(() => stage.create(Symbol('socket')))),
  clause('an object that is no string is a TypeError', (stage) =>
    throwsTypeError(() => stage.create(Object.create(null))),
  ),
  clause('what its conversion throws is thrown', (stage) => {
    const error = new Error('mine');
    const given = {
      toString() {
        throw error;
      },
    };
    throwsJust(error, () => stage.create(given));
  }),
  clause('it is converted once', (stage) => {
    let times = 0;
    stage.create({ toString: () => `/socket?${++times}` });
    is(times, 1);
  }),
]);

/**
 * @param {import('../stage.mjs').Stage} stage
 * @param {unknown} given
 */
function urlOf(stage, given) {
  const socket = stage.construct([given]);
  const { url } = socket;
  socket.close();
  return url;
}

/**
 * @template Result
 * @param {string} href
 * @param {() => Result} act
 */
function withBase(href, act) {
  const base = document.head.appendChild(document.createElement('base'));
  base.href = href;
  try {
    return act();
  } finally {
    base.remove();
  }
}

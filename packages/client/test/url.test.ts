import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkProtocols, parseUrl, toProtocols } from '../src/url.ts';

afterEach(() => vi.unstubAllGlobals());

/** As the constructor does it. */
const checked = (protocols: unknown): string[] => checkProtocols(toProtocols(protocols));

const syntaxError = expect.objectContaining({ name: 'SyntaxError' });

describe('the URL of a WebSocket', () => {
  it.each([
    ['ws://example.com', 'ws://example.com/'],
    ['WSS://Example.COM:443/a?b=c d', 'wss://example.com/a?b=c%20d'],
    ['http://example.com:8080/a', 'ws://example.com:8080/a'],
    ['https://example.com/', 'wss://example.com/'],
    ['ws://example.com:80/', 'ws://example.com/'],
  ])('%s becomes %s', (url, expected) => {
    expect(parseUrl(url)).toBe(expected);
  });

  it('is relative to the document', () => {
    vi.stubGlobal('document', { baseURI: 'https://example.com/app/index.html' });
    expect(parseUrl('chat')).toBe('wss://example.com/app/chat');
    expect(parseUrl('/chat?x=1')).toBe('wss://example.com/chat?x=1');
  });

  it('is relative to a worker’s own place', () => {
    vi.stubGlobal('location', { href: 'http://example.com/js/worker.js' });
    expect(parseUrl('../chat')).toBe('ws://example.com/chat');
  });

  it.each([
    '/chat',
    '',
    'wss://',
    'ws://example.com:99999/',
    'ftp://example.com/',
    'mailto:a@b.c',
    'ws://example.com/#',
    'ws://example.com/#part',
  ])('%j is refused with a SyntaxError', (url) => {
    expect(() => parseUrl(url)).toThrow(syntaxError);
    expect(() => parseUrl(url)).toThrow(DOMException);
  });
});

describe('the subprotocols of a WebSocket', () => {
  it('are one, several or none', () => {
    expect(checked('chat')).toEqual(['chat']);
    expect(checked(['v2.chat', 'v1.chat'])).toEqual(['v2.chat', 'v1.chat']);
    expect(checked([])).toEqual([]);
  });

  it('may come from anything that can be iterated', () => {
    expect(checked(new Set(['a', 'b']))).toEqual(['a', 'b']);
  });

  it('may come from a function that can be iterated', () => {
    expect(checked(Object.assign(() => {}, { [Symbol.iterator]: () => ['a', 'b'].values() }))).toEqual([
      'a',
      'b',
    ]);
  });

  it.each([[undefined], [null]])('are one string where the iterator is %s', (iterator) => {
    expect(checked({ [Symbol.iterator]: iterator, length: 1, 0: 'a', toString: () => 'b' })).toEqual(['b']);
  });

  it.each([[Symbol('a')], [['a', Symbol('b')]], [{ [Symbol.iterator]: 5 }]])(
    'are refused with a TypeError where they are no strings: %o',
    (protocols) => {
      expect(() => checked(protocols)).toThrow(TypeError);
    },
  );

  it('are made strings as WebIDL does', () => {
    expect(checked(null)).toEqual(['null']);
    expect(checked(5)).toEqual(['5']);
    expect(checked([5, true])).toEqual(['5', 'true']);
  });

  it('may hold every character of a token, in either case', () => {
    expect(checked("!#$%&'*+-.^_`|~09azAZ")).toHaveLength(1);
    expect(checked(['a', 'A'])).toEqual(['a', 'A']);
  });

  it.each([[''], ['a b'], ['a,b'], ['a/b'], ['é'], ['a\n'], [['a', '']], [['a', 'b', 'a']], ['"a"']])(
    '%j are refused with a SyntaxError',
    (protocols) => {
      expect(() => checked(protocols)).toThrow(syntaxError);
    },
  );
});

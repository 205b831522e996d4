import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseProtocols, parseUrl } from '../src/url.ts';

afterEach(() => vi.unstubAllGlobals());

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
    expect(parseProtocols('chat')).toEqual(['chat']);
    expect(parseProtocols(['v2.chat', 'v1.chat'])).toEqual(['v2.chat', 'v1.chat']);
    expect(parseProtocols([])).toEqual([]);
  });

  it('may come from anything that can be iterated', () => {
    expect(parseProtocols(new Set(['a', 'b']))).toEqual(['a', 'b']);
  });

  it('are made strings as WebIDL does', () => {
    expect(parseProtocols(null)).toEqual(['null']);
    expect(parseProtocols(5)).toEqual(['5']);
    expect(parseProtocols([5, true])).toEqual(['5', 'true']);
  });

  it('may hold every character of a token, in either case', () => {
    expect(parseProtocols("!#$%&'*+-.^_`|~09azAZ")).toHaveLength(1);
    expect(parseProtocols(['a', 'A'])).toEqual(['a', 'A']);
  });

  it.each([[''], ['a b'], ['a,b'], ['a/b'], ['é'], ['a\n'], [['a', '']], [['a', 'b', 'a']], ['"a"']])(
    '%j are refused with a SyntaxError',
    (protocols) => {
      expect(() => parseProtocols(protocols)).toThrow(syntaxError);
    },
  );
});

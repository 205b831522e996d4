import { describe, expect, it } from 'vitest';
import { parseAddress } from '../src/client-address.ts';

describe('parseAddress', () => {
  it.each([
    [
      'ws://example.com',
      { href: 'ws://example.com/', isSecure: false, host: 'example.com', port: 80, resource: '/' },
    ],
    ['wss://example.com/a?b=c', { isSecure: true, port: 443, resource: '/a?b=c', authority: 'example.com' }],
    ['http://example.com:80/a', { href: 'ws://example.com/a', isSecure: false, port: 80 }],
    ['https://example.com:444', { href: 'wss://example.com:444/', isSecure: true, port: 444 }],
    ['ws://[::1]:8080/', { host: '::1', port: 8080, authority: '[::1]:8080' }],
    ['ws://example.com/#', { href: 'ws://example.com/#' }],
    ['ws+unix:/tmp/socket:/a?b', { isSecure: false, socketPath: '/tmp/socket', resource: '/a?b', host: '' }],
    ['ws+unix:/tmp/socket', { socketPath: '/tmp/socket', resource: '', port: undefined }],
    ['wss+unix:/tmp/socket:/a', { isSecure: true, socketPath: '/tmp/socket', resource: '/a' }],
  ])('reads %s', (address, expected) => {
    expect(parseAddress(address)).toMatchObject(expected);
    expect(parseAddress(new URL(address))).toEqual(parseAddress(address));
  });

  it('has credentials where the URL has some, decoded', () => {
    expect(parseAddress('ws://example.com').credentials).toBeUndefined();
    expect(parseAddress('ws://us%20er:p%3Aw@example.com').credentials).toBe('us er:p:w');
    expect(parseAddress('ws://user@example.com').credentials).toBe('user:');
    expect(parseAddress('ws://:p%ZZ@example.com').credentials).toBe(':p%ZZ');
  });

  it('has one authority for each server', () => {
    const { authority } = parseAddress('ws://example.com/a');
    expect(parseAddress('wss://example.com/b').authority).toBe(authority);
    expect(parseAddress('ws://example.com:81/a').authority).not.toBe(authority);
    expect(parseAddress('ws://b.example.com/a').authority).not.toBe(authority);
    expect(parseAddress('ws+unix:/s:/a').authority).toBe(parseAddress('ws+unix:/s:/b').authority);
    expect(parseAddress('ws+unix:/s').authority).not.toBe(parseAddress('ws+unix:/t').authority);
    // An address of IPC is never that of a host, whatever the socket is called.
    expect(parseAddress('ws+unix:example.com').authority).not.toBe(authority);
  });

  it('resolves a relative address', () => {
    expect(parseAddress('/b', 'wss://example.com/a?c').href).toBe('wss://example.com/b');
    expect(parseAddress('//other.example', 'wss://example.com/a').href).toBe('wss://other.example/');
    expect(parseAddress('http://other.example', 'wss://example.com/a').href).toBe('ws://other.example/');
  });

  it.each([
    ['', 'Invalid URL: '],
    ['example.com', 'Invalid URL: example.com'],
    ['ws://', 'Invalid URL: ws://'],
    ['ftp://example.com', /protocol must be one of "ws:", "wss:", "http:", "https:", "ws\+unix:"/],
    ['ws://example.com#fragment', 'The URL contains a fragment identifier'],
    ['ws+unix:', "The URL's pathname is empty"],
  ])('throws a SyntaxError for %j', (address, message) => {
    expect(() => parseAddress(address)).toThrow(SyntaxError);
    expect(() => parseAddress(address)).toThrow(message);
  });

  it('does not change the URL that it is given', () => {
    const url = new URL('http://example.com');
    parseAddress(url);
    expect(url.href).toBe('http://example.com/');
  });
});

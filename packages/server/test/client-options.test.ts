import { describe, expect, it } from 'vitest';
import { type ClientOptions, checkClientOptions, toClientConnectionOptions } from '../src/client-options.ts';

describe('checkClientOptions', () => {
  it.each<ClientOptions>([
    {},
    { protocolVersion: 8 },
    { protocolVersion: 13 },
    { handshakeTimeout: 0, closeTimeout: 0, maxRedirects: 0, maxPayload: 0, maxFragments: 0 },
    { maxPayload: Number.POSITIVE_INFINITY, maxRedirects: Number.POSITIVE_INFINITY },
  ])('takes %j', (options) => {
    expect(() => checkClientOptions(options)).not.toThrow();
  });

  it.each<[keyof ClientOptions, number]>([
    ['protocolVersion', 12],
    ['handshakeTimeout', -1],
    ['handshakeTimeout', Number.POSITIVE_INFINITY],
    ['closeTimeout', Number.NaN],
    ['maxRedirects', -1],
    ['maxPayload', -1],
    ['maxFragments', Number.NaN],
  ])('throws a RangeError for %s %s', (name, value) => {
    expect(() => checkClientOptions({ [name]: value })).toThrow(RangeError);
  });

  it('throws a RangeError for a window that RFC 7692 does not know', () => {
    expect(() => checkClientOptions({ perMessageDeflate: { clientMaxWindowBits: 16 } })).toThrow(RangeError);
  });

  it('throws a TypeError for what is no number', () => {
    const options = { maxPayload: '1' } as unknown as ClientOptions;
    expect(() => checkClientOptions(options)).toThrow(TypeError);
  });
});

describe('toClientConnectionOptions', () => {
  it('are those of a server, for the other end, with masking keys', () => {
    const generateMask = (): void => {};
    const options: ClientOptions = {
      maxPayload: 0,
      maxFragments: 3,
      skipUTF8Validation: true,
      autoPong: false,
      allowSynchronousEvents: false,
      closeTimeout: 5,
      generateMask,
      perMessageDeflate: false,
    };
    expect(toClientConnectionOptions(options)).toEqual({
      role: 'client',
      maxPayloadBytes: Number.POSITIVE_INFINITY,
      maxFragments: 3,
      validateUtf8: false,
      autoPong: false,
      allowSynchronousEvents: false,
      closeTimeoutMs: 5,
      generateMask,
    });
  });

  it('offer to compress unless told otherwise, as ws does', () => {
    const given = { threshold: 5 };
    expect(toClientConnectionOptions({}).perMessageDeflate).toEqual({});
    expect(toClientConnectionOptions({ perMessageDeflate: given }).perMessageDeflate).toBe(given);
    expect(toClientConnectionOptions({ perMessageDeflate: false }).perMessageDeflate).toBeUndefined();
  });
});

import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from '../src/server.ts';
import { checkServerOptions, type ServerOptions, toConnectionOptions } from '../src/server-options.ts';

describe('checkServerOptions', () => {
  it.each<ServerOptions>([
    { port: 0 },
    { server: createServer() },
    { noServer: true },
    { port: 80, noServer: false },
  ])('takes exactly one of port, server and noServer', (options) => {
    expect(() => checkServerOptions(options)).not.toThrow();
  });

  it.each<ServerOptions>([
    {},
    { port: null, server: null } as unknown as ServerOptions, // as ws has them by default
    { port: 0, noServer: true },
    { server: createServer(), noServer: true },
    { port: 0, server: createServer() },
  ])('throws a TypeError for none and for several', (options) => {
    expect(() => checkServerOptions(options)).toThrow(TypeError);
  });

  it('throws a RangeError for a parameter of permessage-deflate that is out of range', () => {
    expect(() => checkServerOptions({ port: 0, perMessageDeflate: { serverMaxWindowBits: 7 } })).toThrow(
      RangeError,
    );
  });
});

describe('the numbers of a server', () => {
  const check = (name: keyof ServerOptions, value: unknown) => (): void =>
    checkServerOptions({ noServer: true, [name]: value });

  const LIMITS: (keyof ServerOptions)[] = [
    'maxPayload',
    'maxFragments',
    'maxSessions',
    'maxTopicsPerSocket',
    'maxBufferedBytes',
    'maxBodyBytes',
  ];
  const DURATIONS: (keyof ServerOptions)[] = [
    'closeTimeout',
    'handshakeTimeoutMs',
    'bodyTimeoutMs',
    'sessionExpiryMs',
    'keepaliveMs',
  ];

  it.each([...LIMITS, ...DURATIONS])('%s is a number, neither negative nor NaN', (name) => {
    expect(check(name, undefined)).not.toThrow();
    expect(check(name, 200_000)).not.toThrow();
    expect(check(name, '200000')).toThrow(TypeError);
    for (const value of [-1, Number.NaN]) {
      expect(check(name, value)).toThrow(RangeError);
      expect(check(name, value)).toThrow(`"${name}"`);
    }
  });

  it.each(DURATIONS)('%s is a time that timers take', (name) => {
    expect(check(name, Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(check(name, 2 ** 31)).toThrow(RangeError);
  });

  it.each<[keyof ServerOptions, least: number]>([
    ['maxPayload', 0],
    ['maxFragments', 0],
    ['maxSessions', 0],
    ['maxTopicsPerSocket', 0],
    ['maxBufferedBytes', 1],
    ['maxBodyBytes', 131_072],
    ['closeTimeout', 0],
    ['handshakeTimeoutMs', 1],
    ['bodyTimeoutMs', 1],
    ['sessionExpiryMs', 1],
    ['keepaliveMs', 1],
  ])('%s is at least %i', (name, least) => {
    expect(check(name, least)).not.toThrow();
    expect(check(name, least - 1)).toThrow(RangeError);
  });

  it.each<keyof ServerOptions>(['maxBodyBytes', 'sessionExpiryMs', 'keepaliveMs'])(
    '%s, which clients are told, is a whole number',
    (name) => {
      expect(check(name, 200_000.5)).toThrow(RangeError);
    },
  );

  it('are looked at when a server is made', () => {
    expect(() => new WebSocketServer({ noServer: true, keepaliveMs: 0 })).toThrow(RangeError);
  });
});

describe('toConnectionOptions', () => {
  it('takes 0 for no limit, as ws does', () => {
    expect(toConnectionOptions({ maxPayload: 0, maxFragments: 0 })).toMatchObject({
      maxPayloadBytes: Number.POSITIVE_INFINITY,
      maxFragments: Number.POSITIVE_INFINITY,
    });
  });

  it('passes on what is given', () => {
    const options: ServerOptions = {
      maxPayload: 10,
      maxFragments: 3,
      skipUTF8Validation: true,
      autoPong: false,
      allowSynchronousEvents: false,
      closeTimeout: 5,
      perMessageDeflate: { threshold: 7 },
    };
    expect(toConnectionOptions(options)).toEqual({
      role: 'server',
      maxPayloadBytes: 10,
      maxFragments: 3,
      validateUtf8: false,
      autoPong: false,
      allowSynchronousEvents: false,
      closeTimeoutMs: 5,
      perMessageDeflate: { threshold: 7 },
    });
  });

  it('compresses nothing unless told so, as ws', () => {
    expect(toConnectionOptions({}).perMessageDeflate).toBeUndefined();
    expect(toConnectionOptions({ perMessageDeflate: true }).perMessageDeflate).toEqual({});
  });

  it('checks text unless told otherwise', () => {
    expect(toConnectionOptions({}).validateUtf8).toBe(true);
  });
});

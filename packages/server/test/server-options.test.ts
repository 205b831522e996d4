import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
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
    { port: null, server: null },
    { port: 0, noServer: true },
    { server: createServer(), noServer: true },
    { port: 0, server: createServer() },
  ])('throws a TypeError for none and for several', (options) => {
    expect(() => checkServerOptions(options)).toThrow(TypeError);
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
    };
    expect(toConnectionOptions(options)).toEqual({
      role: 'server',
      maxPayloadBytes: 10,
      maxFragments: 3,
      validateUtf8: false,
      autoPong: false,
      allowSynchronousEvents: false,
      closeTimeoutMs: 5,
    });
  });

  it('checks text unless told otherwise', () => {
    expect(toConnectionOptions({}).validateUtf8).toBe(true);
  });
});

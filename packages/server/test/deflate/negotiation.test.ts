import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  acceptDeflateOffer,
  acceptDeflateResponse,
  type DeflateAgreement,
  deflateOffer,
} from '../../src/deflate/negotiation.ts';
import type { PerMessageDeflateOptions } from '../../src/deflate/options.ts';
import { parseExtensions } from '../../src/extensions.ts';

/** What is agreed upon where nobody asks for anything. */
const PLAIN: DeflateAgreement = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverMaxWindowBits: 15,
  clientMaxWindowBits: 15,
  header: 'permessage-deflate',
};

type Options = PerMessageDeflateOptions;

/** As a server does it. */
function accept(header: string | undefined, options: Options | undefined): DeflateAgreement | undefined {
  return acceptDeflateOffer(header === undefined ? [] : (parseExtensions(header) ?? []), options);
}
type Case = [what: string, offer: string, options: Options, differs: Partial<DeflateAgreement>];

describe('acceptDeflateOffer', () => {
  it.each<Case>([
    ['a plain offer', '', {}, {}],
    ['server_no_context_takeover', 'server_no_context_takeover', {}, { serverNoContextTakeover: true }],
    ['client_no_context_takeover', 'client_no_context_takeover', {}, { clientNoContextTakeover: true }],
    ['server_max_window_bits', 'server_max_window_bits=10', {}, { serverMaxWindowBits: 10 }],
    ['server_max_window_bits=15', 'server_max_window_bits=15', {}, {}],
    ['client_max_window_bits', 'client_max_window_bits=8', {}, { clientMaxWindowBits: 8 }],
    ['a quoted value', 'server_max_window_bits="10"', {}, { serverMaxWindowBits: 10 }],
  ])('accepts %s, and repeats it (§7.1)', (_what, offer, options, differs) => {
    const header = offer === '' ? 'permessage-deflate' : `permessage-deflate; ${offer}`;
    const expected = { ...PLAIN, ...differs, header: header.replaceAll('"', '') };
    expect(accept(header, options)).toEqual(expected);
  });

  it('does not repeat client_max_window_bits without a value, which only says that the server may (§7.1.2.2)', () => {
    expect(accept('permessage-deflate; client_max_window_bits', {})).toEqual(PLAIN);
  });

  it.each<Case>([
    ['serverNoContextTakeover', '', { serverNoContextTakeover: true }, { serverNoContextTakeover: true }],
    ['clientNoContextTakeover', '', { clientNoContextTakeover: true }, { clientNoContextTakeover: true }],
    ['serverMaxWindowBits', '', { serverMaxWindowBits: 9 }, { serverMaxWindowBits: 9 }],
    [
      'clientMaxWindowBits, where the client may be told',
      '; client_max_window_bits',
      { clientMaxWindowBits: 9 },
      { clientMaxWindowBits: 9 },
    ],
    [
      'the smaller of the two, where the client asks for less',
      '; server_max_window_bits=9; client_max_window_bits=10',
      { serverMaxWindowBits: 12, clientMaxWindowBits: 12 },
      { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
    ],
    [
      'the smaller of the two, where the server wants less',
      '; server_max_window_bits=13; client_max_window_bits=14',
      { serverMaxWindowBits: 12, clientMaxWindowBits: 12 },
      { serverMaxWindowBits: 12, clientMaxWindowBits: 12 },
    ],
  ])('adds %s', (_what, parameters, options, differs) => {
    const agreement = accept(`permessage-deflate${parameters}`, options);
    expect(agreement).toMatchObject({ ...PLAIN, ...differs, header: expect.any(String) });
    // The header says the same.
    expect(accept(agreement?.header, {})).toEqual(agreement);
  });

  it.each<[what: string, offer: string, options: Options]>([
    ['serverNoContextTakeover', 'server_no_context_takeover', { serverNoContextTakeover: false }],
    ['serverMaxWindowBits', 'server_max_window_bits=15', { serverMaxWindowBits: false }],
    ['clientMaxWindowBits', 'server_no_context_takeover', { clientMaxWindowBits: 10 }],
  ])('declines what %s rules out', (_what, offer, options) => {
    expect(accept(`permessage-deflate; ${offer}`, options)).toBeUndefined();
  });

  it.each([
    ['an unknown parameter', 'x'],
    ['a parameter in other letters', 'Server_No_Context_Takeover'],
    ['a parameter twice', 'client_max_window_bits; client_max_window_bits=10'],
    ['server_no_context_takeover with a value', 'server_no_context_takeover=true'],
    ['client_no_context_takeover with a value', 'client_no_context_takeover=1'],
    ['server_max_window_bits without a value', 'server_max_window_bits'],
    ...['0', '7', '16', '08', '010', '8.0', '+8', '0xa', '1e1', 'x'].flatMap((bits) => [
      [`server_max_window_bits=${bits}`, `server_max_window_bits=${bits}`],
      [`client_max_window_bits=${bits}`, `client_max_window_bits=${bits}`],
    ]),
  ])('declines an offer with %s, and looks at the next (§7.1)', (_what, parameters) => {
    const offer = `permessage-deflate; ${parameters}`;
    expect(accept(offer, {})).toBeUndefined();
    const fallback = 'permessage-deflate; server_max_window_bits=9';
    expect(accept(`${offer}, ${fallback}`, {})?.serverMaxWindowBits).toBe(9);
  });

  it('accepts the first offer that it can, in the order of the client (§5)', () => {
    const offers =
      'x-unknown, permessage-deflate; server_no_context_takeover; client_max_window_bits, permessage-deflate';
    expect(accept(offers, {})?.serverNoContextTakeover).toBe(true);
    expect(accept(offers, { serverNoContextTakeover: false })).toEqual(PLAIN);
  });

  it.each(['x-unknown', 'x-webkit-deflate-frame', 'PERMESSAGE-DEFLATE', 'permessage-deflate2'])(
    'knows no extension %s',
    (header) => {
      expect(accept(header, {})).toBeUndefined();
    },
  );

  it('agrees to nothing without an offer, or without options', () => {
    expect(accept(undefined, {})).toBeUndefined();
    expect(accept('permessage-deflate', undefined)).toBeUndefined();
  });
});

describe('deflateOffer', () => {
  it.each<[offer: string, options: Options]>([
    ['; client_max_window_bits', {}],
    ['; client_max_window_bits', { clientMaxWindowBits: true, serverMaxWindowBits: true }],
    ['', { clientMaxWindowBits: false, serverMaxWindowBits: false }],
    ['; client_max_window_bits=10', { clientMaxWindowBits: 10 }],
    ['; server_max_window_bits=10; client_max_window_bits', { serverMaxWindowBits: 10 }],
    [
      '; server_no_context_takeover; client_no_context_takeover; client_max_window_bits',
      { serverNoContextTakeover: true, clientNoContextTakeover: true },
    ],
    ['; client_max_window_bits', { serverNoContextTakeover: false, clientNoContextTakeover: false }],
  ])('is permessage-deflate%s', (parameters, options) => {
    expect(deflateOffer(options)).toBe(`permessage-deflate${parameters}`);
  });
});

describe('acceptDeflateResponse', () => {
  it.each<Case>([
    ['nothing', '', {}, {}],
    [
      'server_no_context_takeover, not asked for',
      'server_no_context_takeover',
      {},
      { serverNoContextTakeover: true },
    ],
    [
      'server_no_context_takeover, as asked for',
      'server_no_context_takeover',
      { serverNoContextTakeover: true },
      { serverNoContextTakeover: true },
    ],
    ['client_no_context_takeover', 'client_no_context_takeover', {}, { clientNoContextTakeover: true }],
    ['server_max_window_bits', 'server_max_window_bits=9', {}, { serverMaxWindowBits: 9 }],
    [
      'server_max_window_bits of less than asked for',
      'server_max_window_bits=9',
      { serverMaxWindowBits: 10 },
      { serverMaxWindowBits: 9 },
    ],
    ['client_max_window_bits', 'client_max_window_bits=9', {}, { clientMaxWindowBits: 9 }],
    [
      'client_max_window_bits of less than offered',
      'client_max_window_bits=9',
      { clientMaxWindowBits: 10 },
      { clientMaxWindowBits: 9 },
    ],
  ])('accepts %s', (_what, parameters, options, differs) => {
    const header = parameters === '' ? 'permessage-deflate' : `permessage-deflate; ${parameters}`;
    expect(acceptDeflateResponse(header, options)).toEqual({ ...PLAIN, ...differs, header });
  });

  it('keeps what the client has said of itself, whether the server repeats it or not', () => {
    const options = { clientNoContextTakeover: true, clientMaxWindowBits: 10 };
    const header = 'permessage-deflate';
    const expected = { ...PLAIN, clientNoContextTakeover: true, clientMaxWindowBits: 10, header };
    expect(acceptDeflateResponse(header, options)).toEqual(expected);
  });

  it('agrees to nothing where the server has declined', () => {
    expect(acceptDeflateResponse(undefined, {})).toBeUndefined();
    expect(acceptDeflateResponse(undefined, undefined)).toBeUndefined();
  });

  it.each<[what: string, parameters: string, options: Options]>([
    ['an unknown parameter', 'x', {}],
    ['a parameter twice', 'server_no_context_takeover; server_no_context_takeover', {}],
    ['client_max_window_bits without a value', 'client_max_window_bits', {}],
    [
      'client_max_window_bits that was not offered',
      'client_max_window_bits=9',
      { clientMaxWindowBits: false },
    ],
    ['client_max_window_bits of more than offered', 'client_max_window_bits=11', { clientMaxWindowBits: 10 }],
    [
      'server_max_window_bits of more than asked for',
      'server_max_window_bits=11',
      { serverMaxWindowBits: 10 },
    ],
    ['no server_max_window_bits where asked for', 'client_max_window_bits=9', { serverMaxWindowBits: 10 }],
    [
      'no server_no_context_takeover where asked for',
      'client_max_window_bits=9',
      { serverNoContextTakeover: true },
    ],
    [
      'client_no_context_takeover where ruled out',
      'client_no_context_takeover',
      { clientNoContextTakeover: false },
    ],
    ['an invalid value', 'server_max_window_bits=16', {}],
  ])('throws on %s', (_what, parameters, options) => {
    expect(() => acceptDeflateResponse(`permessage-deflate; ${parameters}`, options)).toThrow(
      'Invalid Sec-WebSocket-Extensions header',
    );
  });

  it.each([
    ['another extension', 'x-unknown', 'Server indicated an extension that was not requested'],
    ['a second extension', 'permessage-deflate, x', 'Server indicated an extension that was not requested'],
    [
      'the extension twice',
      'permessage-deflate, permessage-deflate',
      'Server indicated an extension that was not requested',
    ],
    ['a malformed header', 'permessage-deflate;', 'Invalid Sec-WebSocket-Extensions header'],
  ])('throws on %s', (_what, header, message) => {
    expect(() => acceptDeflateResponse(header, {})).toThrow(message);
  });

  it('throws on any extension where none was offered', () => {
    expect(() => acceptDeflateResponse('permessage-deflate', undefined)).toThrow(
      'Server sent a Sec-WebSocket-Extensions header but no extension was requested',
    );
  });
});

describe('both ends together', () => {
  const bits = fc.constantFrom(undefined, true, 8, 9, 10, 14, 15);
  const either = fc.constantFrom(undefined, true, false);
  const options = fc.record({
    serverNoContextTakeover: either,
    clientNoContextTakeover: either,
    serverMaxWindowBits: bits,
    clientMaxWindowBits: bits,
  });

  it('agree, or the server declines', () => {
    fc.assert(
      fc.property(options, options, (client, server) => {
        const ofServer = accept(deflateOffer(client), server);
        if (ofServer === undefined) return;
        // The client may still rule out what only the server wants.
        fc.pre(!(client.clientNoContextTakeover === false && ofServer.clientNoContextTakeover));
        expect(acceptDeflateResponse(ofServer.header, client)).toEqual(ofServer);
      }),
    );
  });
});

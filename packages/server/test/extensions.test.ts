import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Extension, formatExtension, parseExtensions } from '../src/extensions.ts';

const extension = (name: string, ...parameters: Extension['parameters'][number][]): Extension => ({
  name,
  parameters,
});

describe('parseExtensions', () => {
  it.each<[what: string, header: string, Extension[]]>([
    ['one extension', 'foo', [extension('foo')]],
    ['several, in their order', 'foo, bar,baz', [extension('foo'), extension('bar'), extension('baz')]],
    ['the same one twice', 'foo; a, foo', [extension('foo', ['a', true]), extension('foo')]],
    ['values', 'foo; bar; baz=2', [extension('foo', ['bar', true], ['baz', '2'])]],
    ['a parameter twice', 'foo; a=1; a=2', [extension('foo', ['a', '1'], ['a', '2'])]],
    ['quoted values', 'foo; a="1"; b="x-y"', [extension('foo', ['a', '1'], ['b', 'x-y'])]],
    ['quoted pairs', 'foo; a="\\1\\2\\a"', [extension('foo', ['a', '12a'])]],
    ['names of every character of a token', "!#$%&'*+-.^_`|~09azAZ", [extension("!#$%&'*+-.^_`|~09azAZ")]],
    ['no white space', 'a;b=1;c,d', [extension('a', ['b', '1'], ['c', true]), extension('d')]],
    [
      'white space everywhere (RFC 2616 §2.1, "implied *LWS")',
      'a \t; b = 1 ;c= "2" \t, d ',
      [extension('a', ['b', '1'], ['c', '2']), extension('d')],
    ],
    ['null elements (RFC 2616 §2.1)', ', a,, b ,', [extension('a'), extension('b')]],
    ['names that objects have', '__proto__; toString', [extension('__proto__', ['toString', true])]],
  ])('reads %s', (_what, header, extensions) => {
    expect(parseExtensions(header)).toEqual(extensions);
  });

  it.each([
    ['nothing', ''],
    ['white space alone', ' '],
    ['null elements alone', ', ,'],
    ['a parameter without an extension', ';a'],
    ['a semicolon at the end', 'foo;'],
    ['a semicolon before a comma', 'foo;, bar'],
    ['two semicolons', 'foo;;a'],
    ['a value without a parameter', 'foo; =1'],
    ['a value of an extension', 'foo=1'],
    ['an equals sign without a value', 'foo; a='],
    ['two values', 'foo; a=1=2'],
    ['an empty quoted value', 'foo; a=""'],
    ['a quoted value that is no token', 'foo; a="1 2"'],
    ['a quoted pair that is of no token', 'foo; a="\\""'],
    ['a quote that does not end', 'foo; a="1'],
    ['a quote whose end is quoted', 'foo; a="1\\"'],
    ['something behind a quote', 'foo; a="1"2'],
    ['a quoted name', '"foo"'],
    ['a quoted parameter', 'foo; "a"'],
    ['two names', 'foo bar'],
    ['two parameters', 'foo; a b'],
    ['a separator in a name', 'foo(1)'],
    ['a control character', 'foo\x00'],
    ['a character beyond ASCII', 'fö'],
  ])('does not take %s', (_what, header) => {
    expect(parseExtensions(header)).toBeUndefined();
  });

  it('reads what formatExtension writes', () => {
    const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/);
    const parameter = fc.tuple(token, fc.oneof(token, fc.constant<true>(true)));
    const any = fc.record({ name: token, parameters: fc.array(parameter) });
    fc.assert(
      fc.property(fc.array(any, { minLength: 1 }), (extensions) => {
        const header = extensions.map((each) => formatExtension(each)).join(', ');
        expect(parseExtensions(header)).toEqual(extensions);
      }),
    );
  });

  it('is done with any header in a time that grows with its length alone', () => {
    // Of what pattern matching is slow with where it is written carelessly: its square would be minutes.
    for (const hostile of [' ', ',', ', ', '; ', 'a', 'a;', 'a="', '\\', 'a="\\"']) {
      const header = `x${hostile.repeat(500_000 / hostile.length)}(`;
      const before = performance.now();
      expect(parseExtensions(header)).toBeUndefined();
      expect(performance.now() - before).toBeLessThan(2000);
    }
  });
});

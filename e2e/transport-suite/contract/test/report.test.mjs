/** What the matrix says, and whether the documentation says what the lists do. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AREAS } from '../clauses/index.mjs';
import { ENGINES } from '../engines/engines.mjs';
import { expected } from '../judge.mjs';
import {
  documentation,
  documentedExceptions,
  failures,
  missingEngines,
  report,
  summary,
} from '../report.mjs';
import { VARIANTS } from '../variants.mjs';

/** @type {import('../types.ts').Row} */
const ROW = {
  engine: 'firefox',
  version: '1.2',
  variant: 'iframe',
  passed: 9,
  floor: 9,
  failed: [],
  excepted: 1,
  error: null,
  seconds: 3,
  verdict: 'ok',
};
const FAILED = {
  ...ROW,
  passed: 8,
  failed: [{ area: 'Opening', clause: 'it opens', failure: 'it is closed' }],
  verdict: /** @type {const} */ ('failed'),
};
const MISSING = {
  ...ROW,
  engine: 'webkit',
  version: null,
  passed: 0,
  excepted: 0,
  verdict: /** @type {const} */ ('not here'),
};

describe('the report', () => {
  test('has a line for each row, with its floor and verdict', () => {
    expect(report([ROW, FAILED]).split('\n').map(words)).toEqual([
      'engine, variant passed floor failed excepted verdict version',
      'firefox, iframe 9 9 0 1 ok 1.2',
      'firefox, iframe 8 9 1 1 failed 1.2',
    ]);
  });

  test('says why a row did not come to its end', () => {
    const error = 'the browser is gone';
    expect(report([{ ...FAILED, error }])).toContain('failed: the browser is gone');
  });

  test('names each clause that failed', () => {
    expect(failures(FAILED)).toEqual(['✗ firefox, iframe: Opening: it opens: it is closed']);
  });

  test('sums up in one line', () => {
    expect(summary([ROW, FAILED])).toBe('matrix: 1 of 2 ok, 17 clauses passed, 1 failed, 2 excepted');
  });

  test('says plainly which engine is not here', () => {
    expect(summary([ROW, MISSING])).toContain('1 rows not run: their engine is not here');
    expect(missingEngines([ROW, MISSING, MISSING])).toEqual([
      expect.stringMatching(/^WebKitGTK was not found.*NOT run.*apt-get install webkit2gtk-driver xvfb$/),
    ]);
  });
});

describe('the documentation', () => {
  test('has a row for each engine and variant, and says which was not run', () => {
    const lines = documentation([ROW, MISSING]).split('\n');
    expect(lines[0]).toBe('Last run in Firefox ESR 1.2.');
    expect(lines).toContain('| Firefox ESR | iframe | 9 | 0 | 1 |');
    expect(lines).toContain('| WebKitGTK | iframe | not run | |  |');
  });
});

describe('docs/contract.md, where it is not so: npm run e2e -- --matrix,', () => {
  const text = readFileSync(new URL('../../../../docs/contract.md', import.meta.url), 'utf8');
  const areas = AREAS.map(({ name }) => name);

  test.each(ENGINES.flatMap(({ name, title }) => VARIANTS.map((variant) => [title, variant.name, name])))(
    'has a row for %s, %s, as the list of exceptions wants it',
    (title, variant, engine) => {
      const row = text.match(new RegExp(`^\\| ${title} \\| ${variant} \\| (.*) \\|$`, 'm'))?.[1];
      const { clauses, toHold } = expected(areas, engine, variant);
      // How many passed is known when it was run: there may be more clauses since.
      const wanted = [`so many | 0 | ${clauses - toHold}`, 'not run | | '];
      expect(wanted).toContain(row?.replace(/^\d+/, 'so many'));
    },
  );

  test('has the exceptions with their reasons', () => {
    expect(text).toContain(documentedExceptions());
  });
});

/** @param {string} line */
function words(line) {
  return line.split(/\s{2,}/).join(' ');
}

/** The contract with those who come from ws, see contract/contract.ts. */
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { endAnswering } from './answering-server.ts';
import { CLIENT_CASES } from './contract/client-cases.ts';
import { type Case, HOLDFAST, type Side, World, WS } from './contract/contract.ts';
import { DIFFERENCES, SHOWN_ELSEWHERE } from './contract/differences.ts';
import { DOCUMENTED } from './contract/documented.ts';
import { OTHER_CASES } from './contract/other-cases.ts';
import { SERVER_API } from './contract/server-api.ts';
import { SERVER_OPTIONS } from './contract/server-options.ts';
import { SOCKET_API } from './contract/socket-api.ts';

const CASES: readonly Case[] = [
  ...SERVER_OPTIONS,
  ...SERVER_API,
  ...CLIENT_CASES,
  ...SOCKET_API,
  ...OTHER_CASES,
];

const worlds: World[] = [];

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.end();
  await endAnswering();
});

function observe(side: Side, { run }: Case): Promise<unknown> {
  const world = new World(side);
  worlds.push(world);
  return Promise.resolve(run(world));
}

const nameOf = ({ of, name }: Case): string => `${of}: ${name}`;
const named = CASES.map((each): [string, Case] => [nameOf(each), each]);

describe('ws', () => {
  it.each(named)('%s', async (_name, each) => {
    expect(await observe(WS, each)).toEqual(each.expected);
  });
});

describe('@holdfast/server, where ws is expected', () => {
  const differences = new Map(DIFFERENCES.map((each) => [each.case, each]));

  it.each(named)('%s', async (name, each) => {
    const difference = differences.get(name);
    expect(await observe(HOLDFAST, each)).toEqual(difference === undefined ? each.expected : difference.here);
  });
});

describe('the contract', () => {
  it('has a case for everything that ws documents', () => {
    const covered = new Set(CASES.map((each) => each.of));
    expect(DOCUMENTED.filter((each) => !covered.has(each))).toEqual([]);
    expect([...covered].filter((each) => !DOCUMENTED.includes(each))).toEqual([]);
  });

  it('has each difference as a row of the table in README.md, and no other rows', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const [, table = ''] =
      /^## Where it differs from ws\n\n.*\n\n\| .*\n\|---.*\n((?:\|.*\n)+)/m.exec(readme) ?? [];
    const rows = [...table.matchAll(/^\| (.*?) \|/gm)].map(([, row]) => row);
    const shown = [...DIFFERENCES, ...SHOWN_ELSEWHERE].map(({ row }) => row);
    expect(rows.sort()).toEqual([...new Set(shown)].sort());
  });

  it('declares differences of its cases, which are some', () => {
    const cases = new Map(named);
    for (const difference of DIFFERENCES) {
      const declared = cases.get(difference.case);
      expect(declared, difference.case).toBeDefined();
      expect(difference.here).not.toEqual(declared?.expected);
    }
  });

  it.each(SHOWN_ELSEWHERE)('leaves the row "$row" to $file', ({ file, test }) => {
    expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(test);
  });
});

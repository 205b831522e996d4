import { describe, expect, it } from 'vitest';
import { BROADCAST } from '../questions/broadcast.mjs';
import { CLIENT } from '../questions/client.mjs';
import { ECHO } from '../questions/echo.mjs';
import {
  FALLBACK_MEMORY,
  FALLBACK_MESSAGES,
  FALLBACK_OPENING,
  FALLBACK_ROUND_TRIP,
} from '../questions/fallback.mjs';
import { HANDSHAKE } from '../questions/handshake.mjs';
import { PUSH } from '../questions/push.mjs';
import { judge } from '../verdict.mjs';

describe('judge', () => {
  it('keeps a floor that is reached, as it is printed', () => {
    expect(judge('echo', '20 B, 16 in flight', 5)).toMatchObject({ floor: '≥ 5', verdict: 'ok' });
    expect(judge('echo', '20 B, 16 in flight', 4.996).verdict).toBe('ok');
    expect(judge('echo', '20 B, 16 in flight', 4.99).verdict).toBe('missed');
  });

  it('keeps a limit that is not passed', () => {
    expect(judge('memory', 'in use', 1)).toMatchObject({ floor: '≤ 1', verdict: 'ok' });
    expect(judge('memory', 'in use', 1.01).verdict).toBe('missed');
  });

  it('says what was not measured', () => {
    expect(judge('echo', '1 KiB binary', undefined)).toMatchObject({ figure: null, verdict: 'not measured' });
  });

  it.each([
    ...ECHO.map(({ name }) => ['echo', name]),
    ...PUSH.map(({ name }) => ['push', name]),
    ...BROADCAST.map(({ name }) => ['broadcast', name]),
    ...[...ECHO, ...BROADCAST].flatMap(({ name, judgesDelay }, index) =>
      judgesDelay ? [[index < ECHO.length ? 'echo' : 'broadcast', `${name}, delay`]] : [],
    ),
    ...HANDSHAKE.map(({ name }) => ['handshake', name]),
    ...[...FALLBACK_MESSAGES, FALLBACK_OPENING, FALLBACK_ROUND_TRIP].map(({ name }) => ['fallback', name]),
    ...CLIENT.map(({ name }) => ['client', name]),
    ['memory', 'resident'],
    ['fallback', `${FALLBACK_MEMORY.name}, in use`],
    ['fallback', `${FALLBACK_MEMORY.name}, resident`],
  ])('has a floor for %s, %s', (benchmark, row) => {
    expect(judge(benchmark, row, 0).floor).toMatch(/^[≥≤] \d/);
  });
});

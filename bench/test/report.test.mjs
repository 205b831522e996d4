import { describe, expect, it } from 'vitest';
import { ECHO } from '../questions/echo.mjs';
import { FALLBACK_ROUND_TRIP } from '../questions/fallback.mjs';
import { PUSH } from '../questions/push.mjs';
import { roundTripReport, summary, throughputReport } from '../report.mjs';

const row = /** @type {import('../questions/sides.mjs').Row} */ (PUSH[0]);
const PLAN = { benchmark: 'push', unit: 'messages', rounds: 2 };

/** @param {string} label @param {number} cpuRatio */
function outcome(label, cpuRatio) {
  const figures = { perCpuSecond: 140_000 * cpuRatio, perSecond: 1000, loopDelayP99Ms: 5 };
  return { label, cpuRatio, wallRatio: 1, delayRatio: 0.5, ...figures, rounds: [figures, figures] };
}

describe('throughputReport', () => {
  it('shows every side, and the verdict beside ours', () => {
    const outcomes = [outcome('ws', 1), outcome('holdfast', 7)];
    const { text, judged } = throughputReport(PLAN, row, { outcomes, unmeasurable: {}, baseline: 'ws' });
    expect(judged).toMatchObject({ figure: 7, verdict: 'ok' });
    const [, ws, holdfast] = text.split('\n');
    expect(ws).toMatch(/^ {2}ws +140,000 +1\.00 +1,000 +1\.00 +5\.0$/);
    expect(holdfast).toMatch(/^ {2}holdfast +980,000 +7\.00 .* ≥ 6 +ok$/);
  });

  it('judges the delay where the row asks for it', () => {
    const echo = /** @type {import('../questions/sides.mjs').Row} */ (ECHO.find((each) => each.judgesDelay));
    const outcomes = [outcome('ws', 1), outcome('holdfast', 7)];
    const measured = { outcomes, unmeasurable: {}, baseline: 'ws' };
    const { text, delay } = throughputReport({ ...PLAN, benchmark: 'echo' }, echo, measured);
    expect(delay).toMatchObject({ row: `${echo.name}, delay`, figure: 0.5, verdict: 'ok' });
    expect(text).toMatch(/\n {2}delay: 0\.50 × ws, floor ≤ 1, ok\.$/);
    expect(throughputReport(PLAN, row, measured).delay).toBeUndefined();
  });

  it('says where there were fewer rounds than there should be', () => {
    const measured = {
      outcomes: [outcome('ws', 1), outcome('holdfast', 7)],
      unmeasurable: {},
      baseline: 'ws',
    };
    expect(throughputReport(PLAN, row, measured).text).not.toMatch(/rounds/);
    const { text } = throughputReport({ ...PLAN, rounds: 5 }, row, measured);
    expect(text).toMatch(/The machine is busy: 2 of 5 rounds\.$/);
  });

  it('says why a side has no figures', () => {
    const outcomes = [outcome('ws', 1)];
    const unmeasurable = { holdfast: 'it cannot do this' };
    const { text, judged } = throughputReport(PLAN, row, { outcomes, unmeasurable, baseline: 'ws' });
    expect(judged).toMatchObject({ figure: null, verdict: 'not measured' });
    expect(text).toMatch(/holdfast +- .* ≥ 6 +not measured/);
    expect(text).toMatch(/holdfast: it cannot do this\.$/);
  });
});

describe('roundTripReport', () => {
  it('shows both percentiles of every side, and judges the middle one', () => {
    const rounds = { rounds: [] };
    const outcomes = [
      { label: 'engine.io', p50Us: 150, p50Ratio: 1, p99Us: 900, p99Ratio: 1, ...rounds },
      { label: 'holdfast', p50Us: 120, p50Ratio: 0.8, p99Us: 1800, p99Ratio: 2, ...rounds },
    ];
    const measured = { outcomes, baseline: 'engine.io' };
    const { text, judged } = roundTripReport('fallback', FALLBACK_ROUND_TRIP, measured);
    expect(judged).toMatchObject({ figure: 0.8, verdict: 'ok' });
    expect(text).toMatch(/^round trip +p50 µs +× engine\.io +p99 µs +× engine\.io +floor +verdict$/m);
    expect(text).toMatch(/^ {2}holdfast +120 +0\.80 +1,800 +2\.00 +≤ 1 +ok$/m);
  });
});

describe('summary', () => {
  it('counts the verdicts', () => {
    const verdicts = /** @type {const} */ (['ok', 'ok', 'missed', 'not measured']);
    const judged = verdicts.map((verdict) => ({ row: '', figure: null, floor: '', verdict }));
    expect(summary(judged)).toBe('bench: 2 of 4 floors kept, 1 missed, 1 not measured');
    expect(summary(judged.slice(0, 2))).toBe('bench: 2 of 2 floors kept, 0 missed');
  });
});

import { describe, expect, it } from 'vitest';
import { catalogue } from '../../e2e/faults/index.mjs';
import { faultReport, healingReport, healthyReport, peersReport } from '../opening-report.mjs';
import { FAULTS, NETWORKS, rulesForPage } from '../questions/opening.mjs';

/** @param {number | null} echoMs @returns {import('../pages/opening.mjs').FirstEcho} */
function echo(echoMs, failure = echoMs === null ? 'close 1006' : null) {
  return { openMs: echoMs, echoMs, transport: echoMs === null ? null : 'long-polling', failure, steps: [] };
}

/** @param {(number | null)[]} firstMs */
function visits(firstMs, secondMs = 300, bestMs = 250) {
  return { first: firstMs.map((ms) => echo(ms)), second: [echo(secondMs)], best: [echo(bestMs)] };
}

describe('the report of a fault', () => {
  it('tells the median, and judges the 95th percentile and how far behind the best a page is that is loaded again', () => {
    const first = [...Array.from({ length: 18 }, () => 600), 1004, 5000];
    const { cells, judged } = faultReport('reset', 50, visits(first, 340));
    expect(cells).toEqual([
      'reset',
      '0.60',
      '1.00',
      '≤ 1',
      'ok',
      '0.34',
      '0.25',
      '0.09',
      '≤ 0.1',
      'ok',
      'long-polling',
    ]);
    expect(judged.map(({ row, verdict }) => [row, verdict])).toEqual([
      ['reset, 50 ms', 'ok'],
      ['reset, 50 ms, loaded again', 'ok'],
    ]);
  });

  it('misses the floor where a page never opened', () => {
    const { cells, judged } = faultReport('reset', 300, visits([null, 600]));
    expect(cells.slice(2, 5)).toEqual(['never', '≤ 2', 'missed']);
    expect(judged[0]?.verdict).toBe('missed');
  });

  it('gives those more time on a slow line of whose requests a third is lost', () => {
    const [slow, fast] = [300, 50].map((roundTripMs) => {
      return faultReport('a third of the requests lost', roundTripMs, visits([1])).judged[0]?.floor;
    });
    expect([slow, fast]).toEqual(['≤ 5', '≤ 1']);
  });

  it.each(NETWORKS.map(({ roundTripMs }) => roundTripMs))('has floors for %d ms', (roundTripMs) => {
    expect(faultReport('reset', roundTripMs, visits([1])).judged).toHaveLength(2);
  });
});

describe('the other reports', () => {
  it('compare with a native WebSocket, and count what else was asked', () => {
    const { judged } = healthyReport(50, { holdfastMs: [10.4, 11, 10], nativeMs: [10], requests: 0 });
    expect(judged.map(({ figure, verdict }) => [figure, verdict])).toEqual([
      [1.04, 'ok'],
      [0, 'ok'],
    ]);
    const slow = healthyReport(50, { holdfastMs: [10.6], nativeMs: [10], requests: 1 });
    expect(slow.judged.map(({ verdict }) => verdict)).toEqual(['missed', 'missed']);
  });

  it('compare by the difference where there is no network to speak of', () => {
    const { judged } = healthyReport(0, { holdfastMs: [12.5], nativeMs: [10], requests: 0 });
    expect(judged[0]).toMatchObject({ figure: 2.5, verdict: 'ok' });
    const slow = healthyReport(0, { holdfastMs: [13.1], nativeMs: [10], requests: 0 });
    expect(slow.judged[0]?.verdict).toBe('missed');
  });

  it('judge in seconds how soon a session is back on WebSocket', () => {
    expect(healingReport(59_000).judged).toMatchObject({ figure: 59, verdict: 'ok' });
    expect(healingReport(61_000).judged.verdict).toBe('missed');
  });

  it('say of peers that they failed, or took too long', () => {
    const seen = { swallowed: { ours: [echo(500)], theirs: [echo(null, null)], native: [echo(null)] } };
    const [, row] = peersReport(0, ['ours', 'theirs', 'native'], seen).split('\n');
    expect(row).toMatch(/^ {2}swallowed +0\.50 +> 30 +fails$/);
  });
});

describe('the faults', () => {
  it('are all of the catalogue but the one that nothing gets through', () => {
    expect(Object.keys(catalogue).filter((name) => !FAULTS.some((fault) => fault === name))).toEqual([
      'captive portal',
    ]);
  });

  it('befall the requests of one page alone', () => {
    const rules = FAULTS.flatMap((fault) => rulesForPage(fault, '7', 3));
    expect(rules.length).toBeGreaterThan(FAULTS.length);
    for (const { match } of rules) expect(match?.query).toEqual({ page: '7' });
  });
});

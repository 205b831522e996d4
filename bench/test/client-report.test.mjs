import { describe, expect, it } from 'vitest';
import { clientReport } from '../client-report.mjs';
import { CLIENT, RATE } from '../questions/client.mjs';

const [row] = /** @type {[import('../questions/client.mjs').ClientRow]} */ (CLIENT.slice(0, 1));

/** @param {readonly number[]} costsUs @param {number} [perSecond] */
function turns(costsUs, perSecond = RATE) {
  return costsUs.map((cpuUs) => ({ cpuUs, perSecond }));
}

describe('the report of the client', () => {
  it('judges the median of the ratios within each round', () => {
    const { judged, text } = clientReport(row, {
      native: turns([2, 4, 10]),
      holdfast: turns([4, 4.2, 10.3]),
    });
    expect(judged).toMatchObject({ row: row.name, verdict: 'ok' });
    expect(judged.figure).toBeCloseTo(1.05);
    expect(text).toMatch(/native +4\.00 +1\.00 +100,000\n +holdfast +4\.20 +1\.05 +100,000 +≤ 1\.1 +ok$/);
  });

  it('says where a limit is passed', () => {
    expect(clientReport(row, { native: turns([2]), holdfast: turns([2.3]) }).judged.verdict).toBe('missed');
  });

  it('says where a page fell behind the rate', () => {
    const { text } = clientReport(row, { native: turns([2]), holdfast: turns([2], RATE * 0.8) });
    expect(text).toContain('too busy for this rate');
  });
});

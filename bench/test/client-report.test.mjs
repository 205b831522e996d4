import { describe, expect, it } from 'vitest';
import { chooseRate, clientReport } from '../client-report.mjs';
import { CLIENT, RATE } from '../questions/client.mjs';

const [row] = /** @type {[import('../questions/client.mjs').ClientRow]} */ (CLIENT.slice(0, 1));

/** @param {readonly number[]} costsUs @param {number} [perSecond] */
function turns(costsUs, perSecond = RATE) {
  return costsUs.map((cpuUs) => ({ cpuUs, perSecond }));
}

describe('the report of the client', () => {
  it('judges the median of the ratios within each round', () => {
    const measured = { native: turns([2, 4, 10]), relay: turns([2, 5, 15]), holdfast: turns([4, 4.2, 10.3]) };
    const { judged, text } = clientReport(row, measured, RATE);
    expect(judged).toMatchObject({ row: row.name, verdict: 'ok' });
    expect(judged.figure).toBeCloseTo(1.05);
    expect(text).toMatch(/native +4\.00 +1\.00 +100,000\n/);
    expect(text).toMatch(/\n +holdfast +4\.20 +1\.05 +100,000 +≤ 1\.1 +ok$/);
  });

  it('shows the limit, and judges it not', () => {
    const measured = { native: turns([2]), relay: turns([3]), holdfast: turns([2]) };
    expect(clientReport(row, measured, RATE).text).toMatch(/\n +relay +3\.00 +1\.50 +100,000\n/);
  });

  it('says where the floor is missed', () => {
    const measured = { native: turns([2]), relay: turns([2]), holdfast: turns([2.3]) };
    expect(clientReport(row, measured, RATE).judged.verdict).toBe('missed');
  });

  it('says where a page fell behind the rate', () => {
    const measured = { native: turns([2]), relay: turns([2]), holdfast: turns([2], RATE * 0.8) };
    expect(clientReport(row, measured, RATE).text).toMatch(/fell behind this rate\.$/);
    expect(clientReport(row, measured, RATE / 2).text).not.toContain('fell behind');
  });

  it('says where the machine was too slow for the rate that is asked for', () => {
    const measured = { native: turns([2]), relay: turns([2]), holdfast: turns([2]) };
    expect(clientReport(row, measured, RATE / 2).text).toMatch(/too slow for 100,000: at 50,000 a second\.$/);
    expect(clientReport(row, measured, RATE).text).not.toContain('too slow');
  });
});

describe('the rate', () => {
  /** @param {readonly number[]} perSecond */
  const chosen = (...perSecond) => chooseRate(perSecond.map((each) => ({ cpuUs: 1, perSecond: each })));

  it('is what is asked for, where no side is more than a tenth behind', () => {
    expect(chosen(RATE, RATE * 0.91)).toBe(RATE);
  });

  it('is else the highest that all sides held', () => {
    expect(chosen(RATE, RATE * 0.89)).toBe(50_000);
    expect(chosen(RATE, 12_000, 30_000)).toBe(10_000);
  });

  it('is the lowest where none was held', () => {
    expect(chosen(100)).toBe(5000);
  });
});

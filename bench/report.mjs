/** Says what was measured: a row's table, and its figures with their verdicts. */
import { count, table } from './table.mjs';
import { judge } from './verdict.mjs';

/** @typedef {import('./questions/sides.mjs').Row} Row */
/** @typedef {import('./verdict.mjs').Judged} Judged */

/**
 * @param {{ benchmark: string, unit: string, rounds: number }} plan `unit`: what is counted; `rounds`: how many there should be
 * @param {Row} row
 * @param {import('./throughput.mjs').Throughput} measured
 * @returns {{ text: string, judged: Judged, delay: Judged | undefined }} `delay`: the verdict on the event loop's, where there is one
 */
export function throughputReport({ benchmark, unit, rounds: wantedRounds }, row, measured) {
  const { outcomes, unmeasurable, baseline } = measured;
  const subject = outcomes.find(({ label }) => label === row.subject.label);
  const judged = judge(benchmark, row.name, subject?.cpuRatio);
  const delay = row.judgesDelay ? judge(benchmark, `${row.name}, delay`, subject?.delayRatio) : undefined;
  /** @param {string} label */
  const verdict = (label) => (label === row.subject.label ? [judged.floor, judged.verdict] : ['', '']);
  const text = table([
    [row.name, `${unit}/CPU s`, `× ${baseline}`, `${unit}/s`, 'ratio', 'delay ms', 'floor', 'verdict'],
    ...outcomes.map(({ label, perCpuSecond, perSecond, cpuRatio, wallRatio, loopDelayP99Ms }) => [
      `  ${label}`,
      count(perCpuSecond),
      cpuRatio.toFixed(2),
      count(perSecond),
      wallRatio.toFixed(2),
      Number.isNaN(loopDelayP99Ms) ? '-' : loopDelayP99Ms.toFixed(1),
      ...verdict(label),
    ]),
    ...Object.keys(unmeasurable).map((label) => [`  ${label}`, '-', '-', '-', '-', '-', ...verdict(label)]),
  ]);
  const rounds = Math.min(...outcomes.map((outcome) => outcome.rounds.length));
  const notes = Object.entries(unmeasurable).map(([label, reason]) => `\n  ${label}: ${reason}.`);
  if (delay !== undefined) {
    const ratio = delay.figure?.toFixed(2) ?? '-';
    notes.push(`\n  delay: ${ratio} × ${baseline}, floor ${delay.floor}, ${delay.verdict}.`);
  }
  if (rounds < wantedRounds) notes.push(`\n  The machine is busy: ${rounds} of ${wantedRounds} rounds.`);
  return { text: text + notes.join(''), judged, delay };
}

/**
 * @param {string} benchmark
 * @param {Row} row
 * @param {Awaited<ReturnType<typeof import('./round-trip.mjs').measureRoundTrips>>} measured
 * @returns {{ text: string, judged: Judged }}
 */
export function roundTripReport(benchmark, row, { outcomes, baseline }) {
  const judged = judge(
    benchmark,
    row.name,
    outcomes.find(({ label }) => label === row.subject.label)?.p50Ratio,
  );
  const ratio = `× ${baseline}`;
  const text = table([
    [row.name, 'p50 µs', ratio, 'p99 µs', ratio, 'floor', 'verdict'],
    ...outcomes.map(({ label, p50Us, p50Ratio, p99Us, p99Ratio }) => [
      `  ${label}`,
      count(p50Us),
      p50Ratio.toFixed(2),
      count(p99Us),
      p99Ratio.toFixed(2),
      ...(label === row.subject.label ? [judged.floor, judged.verdict] : ['', '']),
    ]),
  ]);
  return { text, judged };
}

/**
 * @param {string} benchmark
 * @param {Row} row
 * @param {{ inUse: string, resident: string }} names of the two figures among the floors
 * @param {Awaited<ReturnType<typeof import('./memory.mjs').measureMemory>>} measured
 * @returns {{ text: string, judged: Judged[] }}
 */
export function memoryReport(benchmark, row, names, { outcomes, baseline }) {
  const subject = outcomes.find(({ label }) => label === row.subject.label);
  const inUse = judge(benchmark, names.inUse, subject?.usedRatio);
  const resident = judge(benchmark, names.resident, subject?.residentRatio);
  const ratio = `× ${baseline}`;
  const text = table([
    [row.name, 'in use', ratio, 'floor', 'verdict', 'resident', ratio, 'floor', 'verdict'],
    ...outcomes.map(({ label, usedBytes, usedRatio, residentBytes, residentRatio }) => [
      `  ${label}`,
      count(usedBytes),
      usedRatio.toFixed(2),
      ...(label === subject?.label ? [inUse.floor, inUse.verdict] : ['', '']),
      count(residentBytes),
      residentRatio.toFixed(2),
      ...(label === subject?.label ? [resident.floor, resident.verdict] : ['', '']),
    ]),
  ]);
  return { text, judged: [inUse, resident] };
}

/**
 * The last line of a run.
 *
 * @param {readonly Judged[]} judged
 * @returns {string}
 */
export function summary(judged) {
  const kept = judged.filter(({ verdict }) => verdict === 'ok').length;
  const missed = judged.filter(({ verdict }) => verdict === 'missed').length;
  const unmeasured = judged.length - kept - missed;
  const rest = unmeasured > 0 ? `, ${unmeasured} not measured` : '';
  return `bench: ${kept} of ${judged.length} floors kept, ${missed} missed${rest}`;
}

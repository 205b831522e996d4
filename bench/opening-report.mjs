/** Says what was measured of openings: a table for each round trip, and the figures with their verdicts. */
import { median } from './median.mjs';
import { PEER_LIMIT_MS } from './opening.mjs';
import { percentile } from './percentile.mjs';
import { table } from './table.mjs';
import { judge } from './verdict.mjs';

/** @import { Visits } from './opening.mjs' */
/** @import { FirstEcho } from './pages/opening.mjs' */
/** @import { Judged } from './verdict.mjs' */

const MS_PER_S = 1000;

export const FAULTS_HEAD = [
  'p50',
  'p95',
  'floor',
  'verdict',
  'again',
  'best',
  'behind',
  'floor',
  'verdict',
  'over',
];

/**
 * @param {string} fault
 * @param {number} roundTripMs
 * @param {Visits} visits
 * @returns {{ cells: string[], judged: Judged[] }} the cells of a table's row, below `FAULTS_HEAD`
 */
export function faultReport(fault, roundTripMs, { first, second, best }) {
  const row = `${fault}, ${roundTripMs} ms`;
  const p95 = percentile(secondsOf(first), 0.95);
  const again = median(secondsOf(second));
  const least = median(secondsOf(best));
  const opened = judge('opening', row, p95, firstEchoFloor(fault, roundTripMs));
  // Where nothing came at all, one cannot say how much later it was.
  const behindS = Number.isFinite(again) ? Math.max(0, again - least) : Number.POSITIVE_INFINITY;
  const repeated = judge('opening', `${row}, loaded again`, behindS, `loaded again, ${roundTripMs} ms`);
  const transports = new Set(first.map(({ transport }) => transport ?? 'none'));
  const cells = [
    fault,
    seconds(median(secondsOf(first))),
    seconds(p95),
    opened.floor,
    opened.verdict,
    seconds(again),
    seconds(least),
    seconds(behindS),
    repeated.floor,
    repeated.verdict,
    [...transports].join(', '),
  ];
  return { cells, judged: [opened, repeated] };
}

/** Where requests are lost again and again, waiting for each of them takes long on a slow line. @param {string} fault @param {number} roundTripMs */
function firstEchoFloor(fault, roundTripMs) {
  const isLossy = fault.startsWith('a third of') && roundTripMs >= 300;
  return `first echo${isLossy ? ' where a third is lost' : ''}, ${roundTripMs} ms`;
}

/**
 * @param {number} roundTripMs
 * @param {{ holdfastMs: readonly number[], nativeMs: readonly number[], requests: number }} pairs
 * @returns {{ text: string, judged: Judged[] }}
 */
export function healthyReport(roundTripMs, { holdfastMs, nativeMs, requests }) {
  const ours = median(holdfastMs);
  const native = median(nativeMs);
  const row = `open on a healthy network, ${roundTripMs} ms`;
  const opened =
    roundTripMs > 0
      ? judge('opening', row, ours / native, 'open on a healthy network')
      : judge('opening', row, ours - native, 'open on no network');
  const beside = judge(
    'opening',
    `requests beside the handshake, ${roundTripMs} ms`,
    requests,
    'requests beside the handshake',
  );
  const text = table([
    [
      `healthy, ${roundTripMs} ms`,
      'holdfast ms',
      'native ms',
      roundTripMs > 0 ? 'ratio' : 'later',
      'floor',
      'verdict',
      'requests',
      'floor',
      'verdict',
    ],
    [
      `  ${holdfastMs.length} of each, in turns`,
      ours.toFixed(1),
      native.toFixed(1),
      opened.figure?.toFixed(2) ?? '',
      opened.floor,
      opened.verdict,
      String(requests),
      beside.floor,
      beside.verdict,
    ],
  ]);
  return { text, judged: [opened, beside] };
}

/** @param {number} ms @returns {{ text: string, judged: Judged }} */
export function healingReport(ms) {
  const judged = judge('opening', 'back on WebSocket', ms / MS_PER_S);
  const cells = ['  swallowed until then', seconds(ms / MS_PER_S), judged.floor, judged.verdict];
  return { text: table([['back on WebSocket', 's', 'floor', 'verdict'], cells]), judged };
}

/**
 * @param {number} roundTripMs
 * @param {readonly string[]} sides
 * @param {Record<string, Record<string, FirstEcho[]>>} seen by fault and side
 */
export function peersReport(roundTripMs, sides, seen) {
  return table([
    [`first echo, ${roundTripMs} ms, in s`, ...sides],
    ...Object.entries(seen).map(([fault, bySide]) => [
      `  ${fault}`,
      ...sides.map((side) => typicalEcho(bySide[side] ?? [])),
    ]),
  ]);
}

/** @param {readonly FirstEcho[]} echoes */
function typicalEcho(echoes) {
  const typical = median(secondsOf(echoes));
  if (Number.isFinite(typical)) return seconds(typical);
  const failed = echoes.find(({ failure }) => failure !== null);
  return failed === undefined ? `> ${PEER_LIMIT_MS / MS_PER_S}` : 'fails';
}

/** @param {readonly FirstEcho[]} echoes @returns {number[]} infinity where none came */
function secondsOf(echoes) {
  return echoes.map(({ echoMs }) => (echoMs === null ? Number.POSITIVE_INFINITY : echoMs / MS_PER_S));
}

/** @param {number} value */
function seconds(value) {
  return Number.isFinite(value) ? value.toFixed(2) : 'never';
}

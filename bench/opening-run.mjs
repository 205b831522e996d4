/** The benchmark of openings from beginning to end: what is measured in which order, printed as it comes. */
import { Opening } from './opening.mjs';
import { FAULTS_HEAD, faultReport, healingReport, healthyReport, peersReport } from './opening-report.mjs';
import { FAULTS, PEERS } from './questions/opening.mjs';
import { table } from './table.mjs';

/** @import { Judged } from './verdict.mjs' */

/** What else there is beside the faults, as `row` names it. */
const HEALTHY = 'open on a healthy network';
const BESIDE_PEERS = 'beside peers';
const HEALING = 'back on WebSocket';

/** The 95th percentile of 20 is the second worst. */
const THOROUGH = { runs: 20, peerRuns: 3, pairsShare: 1 };
const QUICK = { runs: 4, peerRuns: 1, pairsShare: 0.25 };

/**
 * @param {object} options
 * @param {boolean} options.quick
 * @param {string} options.row only the rows with this in their names: faults, and what is beside them
 * @param {typeof import('./questions/opening.mjs').NETWORKS} options.networks on which
 * @param {(result: object) => void} options.write takes everything that was measured
 * @returns {Promise<Judged[]>}
 */
export async function runOpening({ quick, row, networks, write }) {
  const { runs, peerRuns, pairsShare } = quick ? QUICK : THOROUGH;
  console.log(
    '\nopening: seconds until the first message has come back, in Chromium, through the fault proxy',
  );
  const faults = FAULTS.filter((fault) => fault.includes(row));
  /** @type {Judged[]} */
  const judged = [];
  const results = [];
  const opening = await Opening.start();
  try {
    const heal = HEALING.includes(row) ? await opening.blocked() : undefined;
    for (const { roundTripMs, atOnce, pairs } of networks) {
      if (HEALTHY.includes(row)) {
        const healthy = await opening.healthyPairs(roundTripMs, Math.ceil(pairs * pairsShare));
        const report = healthyReport(roundTripMs, healthy);
        console.log(`\n${report.text}`);
        judged.push(...report.judged);
        results.push({ roundTripMs, healthy });
      }
      if (faults.length > 0) {
        const cells = [[`${roundTripMs} ms round trip`, ...FAULTS_HEAD]];
        await opening.visit(
          faults,
          { roundTripMs, runs, atOnce: Math.min(atOnce, runs) },
          (fault, visits) => {
            const report = faultReport(fault, roundTripMs, visits);
            cells.push(report.cells);
            judged.push(...report.judged);
            results.push({ roundTripMs, fault, visits });
          },
        );
        console.log(`\n${table(cells)}`);
      }
      if (!BESIDE_PEERS.includes(row)) continue;
      const peers = await opening.peers(PEERS, roundTripMs, peerRuns);
      console.log(`\n${peersReport(roundTripMs, PEERS, peers)}`);
      results.push({ roundTripMs, peers });
    }
    if (heal !== undefined) {
      const healedMs = await heal();
      const report = healingReport(healedMs);
      console.log(`\n${report.text}`);
      judged.push(report.judged);
      results.push({ healedMs });
    }
  } finally {
    await opening.stop();
  }
  write({ runs, rows: judged, measured: results });
  return judged;
}

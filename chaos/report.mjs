/**
 * Shows what a run was worth: tables for a person, a summary in one line, and where it failed the story of the failure: what it takes to
 * repeat it, and what happened around it at the network, in the page, and in the weather.
 *
 * @import { Outcome } from './run.mjs'
 * @import { Finding, Flow, Verdict } from './verdict.mjs'
 */
import { count, table } from '../bench/table.mjs';

/** What is told of before and after a mistake, in ms. */
const STORY_BEFORE_MS = 6000;
const STORY_AFTER_MS = 1500;

/** More mistakes than this tell no more. */
const SHOWN_FINDINGS = 6;

/** @param {Outcome} outcome @param {Verdict} verdict */
export function tables({ episodes, load, durationMs }, verdict) {
  const { up, down, closes, migrations, faults, resent, mostWaitingBytes } = verdict;
  const names = /** @type {(keyof Flow)[]} */ ([
    'sent',
    'received',
    'lost',
    'repeated',
    'outOfOrder',
    'corrupted',
  ]);
  const row = (/** @type {string} */ name, /** @type {Flow} */ flow) => [
    name,
    ...names.map((figure) => count(flow[figure])),
  ];
  const list = (/** @type {string} */ head, /** @type {Record<string, number>} */ counts) =>
    table([
      [head, 'times'],
      ...Object.entries(counts)
        .sort(([, a], [, b]) => b - a)
        .map(([name, times]) => [name, count(times)]),
    ]);
  return [
    table([
      ['messages', 'sent', 'received', 'lost', 'repeated', 'out of order', 'corrupted'],
      row('pages to server', up),
      row('server to pages', down),
    ]),
    table([
      ['', 'figure'],
      ['unexpected closes', count(closes.length)],
      ['fragments sent again by pages', count(resent)],
      ['most that waited at a sender, KiB', count(mostWaitingBytes / 1024)],
      ['most memory of the server, MiB', count(load.mostMemoryBytes / 1024 / 1024)],
      ['episodes of weather', count(episodes.length)],
      ['seconds', count(durationMs / 1000)],
    ]),
    list('migrations', migrations),
    list('faults that befell something', faults),
  ].join('\n\n');
}

/** @param {Outcome} outcome @param {Verdict} verdict @param {string} repeat the command that does it again */
export function stories(outcome, { closes, mistakes, idle }, repeat) {
  const findings = [...mistakes, ...closes];
  const hidden = findings.length - SHOWN_FINDINGS;
  return [
    ...idle.map((what) => `✗ ${what}`),
    ...findings.slice(0, SHOWN_FINDINGS).map((finding) => story(outcome, finding)),
    ...(hidden > 0 ? [`and ${hidden} more`] : []),
    ...(findings.length + idle.length > 0 ? [`again: ${repeat}`] : []),
  ].join('\n');
}

/** @param {number} seed @param {Verdict} verdict */
export function summary(seed, { up, down, closes, migrations, faults, isFlawless }) {
  const both = (/** @type {keyof Flow} */ name) => count(up[name] + down[name]);
  const sum = (/** @type {Record<string, number>} */ counts) =>
    count(Object.values(counts).reduce((total, times) => total + times, 0));
  return (
    `chaos: ${isFlawless ? 'nothing lost' : 'FAILED'}; ${both('sent')} messages sent, ${both('received')} received, ` +
    `${both('lost')} lost, ${both('repeated')} repeated, ${both('outOfOrder')} out of order, ` +
    `${both('corrupted')} corrupted; ${closes.length} unexpected closes; ${sum(migrations)} migrations, ` +
    `${sum(faults)} faults; seed ${seed}`
  );
}

/** @param {Outcome} outcome @param {Finding} finding */
function story({ sessions, episodes, proxyLog }, { session, what, atMs }) {
  const [name] = session.split(' ');
  const isNear = (/** @type {number} */ at, durationMs = 0) =>
    at + durationMs > atMs - STORY_BEFORE_MS && at < atMs + STORY_AFTER_MS;
  const page = sessions.find((one) => one.name === name)?.page;
  /** @type {{ at: number, line: string }[]} */
  const lines = [
    ...episodes
      .filter(({ place, atMs: at, lastsMs }) => (place === name || place === 'all') && isNear(at, lastsMs))
      .map(({ atMs: at, place, name: weather, lastsMs, weather: { ills, cuts } }) => ({
        at,
        line: `weather  ${place}: ${weather} for ${lastsMs} ms ${JSON.stringify({ ills, cuts })}`,
      })),
    ...(page?.log ?? [])
      .filter(({ at }) => isNear(at))
      .map(({ at, type, transport, attach, reason = '', durationMs = '' }) => ({
        at,
        line: `page     ${type} ${transport} ${attach} ${durationMs} ${reason}`.trimEnd(),
      })),
    ...proxyLog
      .filter(
        ({ url, atMs: at, durationMs }) => url.includes(`page=${name}`) && isNear(at, durationMs ?? Infinity),
      )
      .map(({ atMs: at, id, kind, status, faults, bytesUp, bytesDown, durationMs, outcome }) => ({
        at,
        line: `proxy    #${id} ${kind} ${status} [${faults}] ↑${bytesUp} ↓${bytesDown} ${durationMs} ms ${outcome}`,
      })),
  ];
  const told = lines
    .sort((a, b) => a.at - b.at)
    .map(({ at, line }) => `  ${String(at - atMs).padStart(6)} ms  ${line}`);
  return [`✗ ${session}: ${what}`, ...told, ''].join('\n');
}

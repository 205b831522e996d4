/**
 * The contract in every engine, on every variant: a row for each. Engines run side by side, since clauses mostly wait; in one engine, variants run
 * one after the other.
 *
 * @import { Engine } from './engines/engines.mjs'
 * @import { Browser } from './engines/engine.ts'
 * @import { Row } from './types.ts'
 * @import { Variant } from './variants.mjs'
 */
import { isHere } from './engines/engines.mjs';
import { expected, judge } from './judge.mjs';
import { runVariant } from './run.mjs';

/**
 * @param {object} plan
 * @param {readonly Engine[]} plan.engines
 * @param {readonly Variant[]} plan.variants
 * @param {readonly string[]} plan.areas by name
 * @param {(row: Row) => void} onRow as soon as it is known
 * @returns {Promise<readonly Row[]>}
 */
export async function runMatrix({ engines, variants, areas }, onRow) {
  /** @type {Set<Engine>} */
  const here = new Set();
  // One after the other: installers lock each other out.
  for (const engine of engines) if (await isHere(engine)) here.add(engine);
  const rows = await Promise.all(
    engines.map((engine) => runEngine(engine, here.has(engine), { variants, areas }, onRow)),
  );
  return rows.flat();
}

/**
 * @param {Engine} engine
 * @param {boolean} isHere
 * @param {{ variants: readonly Variant[], areas: readonly string[] }} plan
 * @param {(row: Row) => void} onRow
 */
async function runEngine(engine, isHere, { variants, areas }, onRow) {
  /** @type {Row[]} */
  const rows = [];
  /** @param {Variant} variant @param {Partial<Row>} outcome */
  const add = (variant, outcome) => {
    const { toHold } = expected(areas, engine.name, variant.name);
    const row = { ...nothing(engine, variant), floor: toHold, ...outcome };
    rows.push(row);
    onRow(row);
  };
  if (!isHere) {
    for (const variant of variants) add(variant, { verdict: 'not here' });
    return rows;
  }
  /** @type {Browser | undefined} */
  let browser;
  try {
    browser = await engine.launch();
    for (const variant of variants) add(variant, await outcomeOf(browser, engine, variant, areas));
  } catch (error) {
    const left = variants.slice(rows.length);
    for (const variant of left) add(variant, { error: messageOf(error) });
  } finally {
    await browser?.close();
  }
  return rows;
}

/**
 * @param {Browser} browser
 * @param {Engine} engine
 * @param {Variant} variant
 * @param {readonly string[]} areas
 * @returns {Promise<Partial<Row>>}
 */
async function outcomeOf(browser, engine, variant, areas) {
  const { version } = browser;
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  try {
    const results = await runVariant(browser, variant, areas);
    const { passed, failed, excepted } = judge(results, engine.name, variant.name);
    const { clauses, toHold } = expected(areas, engine.name, variant.name);
    const isWhole = results.length === clauses && passed >= toHold;
    return {
      version,
      passed,
      failed,
      excepted: excepted.length,
      seconds: seconds(),
      verdict: isWhole && failed.length === 0 ? 'ok' : 'failed',
    };
  } catch (error) {
    return { version, seconds: seconds(), error: messageOf(error) };
  }
}

/**
 * @param {Engine} engine
 * @param {Variant} variant
 * @returns {Row} of which nothing is known
 */
function nothing({ name }, variant) {
  return {
    engine: name,
    version: null,
    variant: variant.name,
    passed: 0,
    floor: 0,
    failed: [],
    excepted: 0,
    error: null,
    seconds: 0,
    verdict: 'failed',
  };
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

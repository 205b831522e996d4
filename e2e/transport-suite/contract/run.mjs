/**
 * Runs the contract: one variant in one browser, from the servers to the verdict. It knows a browser by the interface of engines/engine.ts.
 *
 * @import { LogEntry } from '@holdfast/faults'
 * @import { Browser, OpenPage } from './engines/engine.ts'
 * @import { Progress, Result, Task } from './types.ts'
 * @import { Variant } from './variants.mjs'
 */
import { startFaultProxy } from '@holdfast/faults';
import { EXCEPTIONS } from './exceptions.mjs';
import { deadHost, startContractServer } from './server.mjs';

/** How often a page is asked how far it has come, in ms. */
const ASK_AGAIN_AFTER_MS = 100;

/** How long a page may take until it has run everything, on a slow machine, in ms. */
const PAGE_TIMEOUT_MS = 15 * 60_000;

/**
 * @param {Browser} browser
 * @param {Variant} variant
 * @param {string} [area] default: all
 * @returns {Promise<{ results: readonly Result[], log: readonly LogEntry[] }>} and what went through the network
 * @throws {Error} the page did not run to its end
 */
export async function runVariant(browser, { subject, transport, server: kind, rules, page: path }, area) {
  const server = await startContractServer(kind);
  const proxy = await startFaultProxy({ upstreamPort: server.port });
  /** @type {OpenPage | undefined} */
  let page;
  try {
    await proxy.set(rules);
    page = await browser.open(`${proxy.url}${path}`);
    /** @type {Task} */
    const task = {
      subject,
      deadHost: await deadHost(),
      ...(transport === undefined ? {} : { transport }),
      ...(area === undefined ? {} : { area }),
    };
    return { results: await runPage(page, task), log: await proxy.log() };
  } finally {
    await page?.close();
    await proxy.close();
    server.close();
  }
}

/**
 * @param {OpenPage} page
 * @param {Task} task
 */
async function runPage(page, task) {
  const latest = performance.now() + PAGE_TIMEOUT_MS;
  // A module runs when the page has loaded; where it cannot, this says so.
  await page.evaluate(`Contract.start(${JSON.stringify(task)}) ?? null`);
  for (;;) {
    const { done, current, results } = /** @type {Progress} */ (await page.evaluate('Contract.progress'));
    if (done) return results;
    if (performance.now() > latest) throw new Error(`The page has not come further than "${current}"`);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS));
  }
}

/**
 * @param {readonly Result[]} results
 * @param {string} engine
 * @param {string} variant its name
 * @returns {{ passed: number, failed: readonly Result[], excepted: readonly Result[] }}
 */
export function judge(results, engine, variant) {
  /** @type {Result[]} */
  const failed = [];
  /** @type {Result[]} */
  const excepted = [];
  for (const result of results) {
    const isException = exceptionFor(result, engine, variant) !== undefined;
    if (result.failure === undefined) {
      if (isException) failed.push({ ...result, failure: 'it holds, though it is listed as an exception' });
    } else if (isException) excepted.push(result);
    else failed.push(result);
  }
  return { passed: results.length - failed.length - excepted.length, failed, excepted };
}

/**
 * @param {Pick<Result, 'area' | 'clause'>} result
 * @param {string} engine
 * @param {string} variant
 */
export function exceptionFor({ area, clause }, engine, variant) {
  return EXCEPTIONS.find(
    (exception) =>
      exception.area === area &&
      exception.clauses.includes(clause) &&
      exception.variants.includes(variant) &&
      exception.engines?.includes(engine) !== false,
  );
}

/**
 * Runs the contract: one variant in one browser, from the servers to what came of each clause. It knows a browser by the interface of
 * engines/engine.ts.
 *
 * @import { Browser, OpenPage } from './engines/engine.ts'
 * @import { Progress, Result, Task } from './types.ts'
 * @import { Variant } from './variants.mjs'
 */
import { startFaultProxy } from '@holdfast/faults';
import { deadHost, startContractServer } from './server.mjs';
import { trafficMistake } from './traffic.mjs';

/** How often a page is asked how far it has come, in ms. */
const ASK_AGAIN_AFTER_MS = 100;

/** How long a page may take until it has run everything, on a slow machine, in ms. */
const PAGE_TIMEOUT_MS = 15 * 60_000;

/**
 * @param {Browser} browser
 * @param {Variant} variant
 * @param {readonly string[]} areas by name
 * @returns {Promise<readonly Result[]>} one for each clause
 * @throws {Error} the page did not run to its end, or what went through the network is not this variant's
 */
export async function runVariant(browser, variant, areas) {
  const { subject, transport, server: kind, rules, page: path } = variant;
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
      areas,
      ...(transport === undefined ? {} : { transport }),
    };
    const results = await runPage(page, task);
    const mistake = trafficMistake(variant, new Set((await proxy.log()).map(({ kind }) => kind)));
    if (mistake !== undefined) throw new Error(mistake);
    return results;
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

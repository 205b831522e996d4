/** The lab (examples/lab), as whoever tries it does: two windows, one draws on while its cable is out, and so does the other. */
import { test as base, expect, type Page } from '@playwright/test';
import { Lab } from '../harness/lab.ts';

const test = base.extend<{ lab: Lab }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs
  lab: async ({}, use) => {
    const lab = await Lab.start();
    await use(lab);
    await lab.stop();
  },
});

/** Of a page's table. `lost`, `repeated` and `outOfOrder` as they are at the end that receives. */
interface Counts {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  readonly outOfOrder: number;
}

async function counts(page: Page, direction: 'up' | 'down'): Promise<Counts> {
  const cells = await page.locator(`#counts-${direction} td`).allTextContents();
  const [sent = 0, received = 0, lost = 0, repeated = 0, outOfOrder = 0] = cells.map((text) =>
    Number(text.replace(/\D/g, '')),
  );
  return { sent, received, lost, repeated, outOfOrder };
}

async function open(page: Page, { url }: Lab): Promise<void> {
  await page.goto(url);
  await expect(page.locator('#now-label')).toHaveText('Connected over');
}

/** One line across the board, at this height (0 to 1). */
async function draw(page: Page, height: number): Promise<void> {
  const box = await page.locator('#board-canvas').boundingBox();
  if (box === null) throw new Error('There is no board');
  const y = box.y + box.height * (0.1 + 0.8 * height);
  await page.mouse.move(box.x + box.width * 0.1, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, y, { steps: 4 });
  await page.mouse.up();
}

test('a cable pulled for ten seconds, while both draw, loses and repeats nothing', async ({
  page,
  browser,
  lab,
}) => {
  const other = await (await browser.newContext()).newPage();
  await open(page, lab);
  await open(other, lab);
  await draw(page, 0);
  await draw(other, 1);

  const cable = page.locator('#pull-cable');
  const before = await counts(page, 'up');
  await cable.click();
  await expect(cable).toHaveAttribute('aria-disabled', 'true');
  let lines = 0;
  while ((await cable.getAttribute('aria-disabled')) === 'true') {
    lines++;
    await draw(page, (lines % 40) / 40);
    await draw(other, ((lines + 20) % 40) / 40);
  }
  expect(lines).toBeGreaterThan(1);
  expect((await counts(page, 'up')).sent).toBeGreaterThan(before.sent + lines);

  // Nothing more is sent by itself now: what both sent must all have come.
  for (const each of [page, other]) await each.locator('#pulse-toggle').click();
  for (const each of [page, other]) {
    for (const direction of ['up', 'down'] as const) {
      await expect
        .poll(async () => {
          const { sent, received, ...wrong } = await counts(each, direction);
          return { missing: sent - received, isMuch: received > lines, ...wrong };
        })
        .toEqual({ missing: 0, isMuch: true, lost: 0, repeated: 0, outOfOrder: 0 });
    }
    await expect(each.locator('[data-bind="lost-total"]').first()).toHaveText('0');
    await expect(each.locator('#now-label')).toHaveText('Connected over');
    await expect(each.locator('#log-lines')).not.toContainText('Session ended');
  }
  // The panel says what became of the cable's connection, and why.
  await expect(page.locator('#log-lines')).toContainText('You pull the cable');
  await expect(page.locator('#log-lines')).toContainText(/WebSocket detached after [^:]+: silent for/);
  await expect(page.locator('#now-facts')).toContainText(/round trip .* · re-attached \d+ ×/);
  await other.context().close();
});

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { annotateReport } from '../../reports/annotate-report.js';
import { compareSets } from '../../reports/compare.js';
import { comparisonReport } from '../../reports/compare-report.js';
import { experimentReport } from '../../reports/experiment-report.js';
import { overviewReport } from '../../reports/overview.js';
import { programsReport } from '../../reports/programs-report.js';
import { setOfExperiment } from '../../reports/result-set.js';
import { rooflineReport } from '../../reports/roofline-report.js';
import { runReport } from '../../reports/run-report.js';
import { CHROMIUM, hasChromium, launch } from '../support/chromium.js';
import { annotation } from './annotate-fixture.js';
import { changedExperiment, experiment, hostileExperiment } from './experiment-fixture.js';
import { comparison, hostileRun, run, runs, variant } from './fixture.js';
import { builds, hostileBuilds } from './programs-fixture.js';
import { roof } from './roofline-fixture.js';
import { stacks } from './stacks-fixture.js';

const PHONE = { width: 360, height: 740 };

let browser: Browser;
if (hasChromium) {
  test.before(async () => {
    browser = await launch();
  });
  test.after.always(() => browser?.close());
}

const folder = hasChromium ? mkdtempSync(join(tmpdir(), 'xenon-pages-')) : '';
const pages: Readonly<Record<string, () => string>> = {
  run: () => runReport(run, comparison),
  stacks: () => runReport({ ...run, stacks }),
  annotate: () => annotateReport(annotation),
  roofline: () => rooflineReport(roof),
  overview: () => overviewReport(runs),
  hostile: () => runReport(hostileRun),
  experiment: () => experimentReport(experiment),
  'hostile experiment': () => experimentReport(hostileExperiment),
  builds: () => programsReport(builds),
  'hostile builds': () => programsReport(hostileBuilds),
  comparison: () =>
    comparisonReport(
      compareSets(setOfExperiment('before', experiment), setOfExperiment('after', changedExperiment)),
    ),
};
/** Pages of a thousand runs. */
const large: Readonly<Record<string, () => string>> = {
  'large overview': () =>
    overviewReport(
      Array.from({ length: 1000 }, (_, i) => ({
        name: i.toString(16).padStart(16, '0'),
        run: variant(
          { seed: i, threads: 1 + (i % 6), quant: i % 2 ? 'fp32' : 'q80' },
          { tokensPerSecond: 1 + i / 40 },
        ),
      })),
    ),
  'large experiment': () => {
    const levels = Array.from({ length: 1000 }, (_, i) => ({ placement: `p${i}`, threads: i }));
    return experimentReport({
      ...experiment,
      factors: (['placement', 'threads'] as const).map((name) => ({
        name,
        levels: levels.map((all) => all[name]),
      })),
      rows: levels.map((all, i) => ({ ...experiment.rows[0], levels: all, values: [i, i / 2] })),
    });
  },
};

/** Opens a page from its file; afterwards network and console must have stayed silent. */
function withPage(
  title: string,
  name: string,
  options: BrowserContextOptions,
  body: (t: ExecutionContext, page: Page) => Promise<void>,
): void {
  if (!hasChromium) {
    test.skip(`${title} (skipped: no Chromium at ${CHROMIUM}; set XENON_CHROMIUM)`, () => {});
    return;
  }
  test.serial(title, async (t) => {
    const file = join(folder, `${name}.html`);
    if (!existsSync(file)) writeFileSync(file, { ...pages, ...large }[name]());
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 }, ...options });
    const page = await context.newPage();
    const said: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    const address = pathToFileURL(file).href;
    await page.goto(address);
    await body(t, page);
    t.deepEqual(said, []);
    t.deepEqual(
      requests.filter((url) => url !== address && !url.startsWith('data:')),
      [],
    );
    await context.close();
  });
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
const background = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
/** Brightness of an rgb(...) text, 0 to 255. */
const brightness = (rgb: string) =>
  (rgb.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, n) => sum + Number(n) / 3, 0);
const firstColumn = (page: Page, caption: string) =>
  page.locator(`[aria-label="${caption}"] tbody th`).allTextContents();

const chartSizes = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('svg.chart')]
      .map((chart) => ({ box: chart.getBoundingClientRect(), drawn: chart.getAttribute('width') }))
      .filter(({ box }) => box.width > 0)
      .map(({ box, drawn }) => box.width / Number(drawn)),
  );

for (const name of Object.keys(pages)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const isPhone = colorScheme === 'dark';
    const title = `${name}: opens in ${colorScheme}${isPhone ? ', and fits a phone' : ''}`;
    const viewport = isPhone ? { viewport: PHONE } : {};
    withPage(title, name, { colorScheme, ...viewport }, async (t, page) => {
      const shade = brightness(await background(page));
      t.true(colorScheme === 'light' ? shade > 230 : shade < 50);
      const ink = await page.evaluate(
        () => getComputedStyle(document.querySelector('.chart text') as Element).fill,
      );
      t.true(Math.abs(brightness(ink) - shade) > 100);
      t.true((await overflow(page)) <= 0);
      if (!isPhone) return;
      const sizes = await chartSizes(page);
      t.true(sizes.length > 0);
      // Text of charts keeps at least nine tenths of its size.
      for (const size of sizes) t.true(size > 0.9 && size <= 1);
    });
  }

  withPage(`${name}: is complete without scripts`, name, { javaScriptEnabled: false }, async (t, page) => {
    t.true(await page.locator('.answer').isVisible());
    t.true(await page.locator('svg.chart').first().isVisible());
    t.is(await page.locator('th button').count(), 0);
    t.true((await page.locator('svg.chart').first().getByText('matmul', { exact: true }).count()) <= 1);
  });
}

withPage('run: prints', 'run', { colorScheme: 'dark' }, async (t, page) => {
  const pdf = await page.pdf({ format: 'A4' });
  t.is(pdf.subarray(0, 5).toString('latin1'), '%PDF-');
  const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  t.true(sheets >= 4 && sheets <= 20, `${sheets} sheets`);
  await page.emulateMedia({ media: 'print' });
  t.true(brightness(await background(page)) > 250);
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  t.is(await page.locator('details:not([open])').count(), 0);
  t.true(await page.locator('#positions-table').isVisible());
  // Chromium leaves buttons out of the heads that it repeats on later sheets.
  const display = page
    .locator('th button')
    .first()
    .evaluate((button) => getComputedStyle(button).display);
  t.is(await display, 'contents');
});

withPage('run: a table is sorted with the keyboard', 'run', {}, async (t, page) => {
  const before = await firstColumn(page, 'Cycles by operation');
  t.is(before[0], 'matmul');
  const button = page.locator('[aria-label="Cycles by operation"] th button', { hasText: 'operation' });
  await button.focus();
  await page.keyboard.press('Enter');
  const ascending = await firstColumn(page, 'Cycles by operation');
  t.deepEqual(ascending, [...before].sort());
  await page.keyboard.press('Space');
  t.deepEqual(await firstColumn(page, 'Cycles by operation'), [...ascending].reverse());
  t.is(
    await page.locator('[aria-label="Cycles by operation"] th[aria-sort]').getAttribute('aria-sort'),
    'descending',
  );
  t.is(await page.locator('[aria-label="Cycles by operation"] tfoot th').textContent(), 'all');
});

withPage('overview: numbers are sorted as numbers, gaps last', 'overview', {}, async (t, page) => {
  const column = page.locator('[aria-label="Runs"] th button', { hasText: 'tokens/s' }).first();
  await column.press('Enter');
  const best = await firstColumn(page, 'Runs');
  await column.press('Enter');
  t.deepEqual(await firstColumn(page, 'Runs'), [...best].reverse());
  t.is(best[0], '6 threads, vmx128');
});

withPage('run: values show under the pointer and with the arrow keys', 'run', {}, async (t, page) => {
  const tip = page.locator('#tip');
  t.true(await tip.isHidden());
  await page.locator('#ops-720 .mark').first().hover();
  t.regex((await tip.textContent()) ?? '', /^matmul, layer 0: [\d,]+ thread-cycles, [\d.]+\u00a0%$/);
  await page.locator('#positions-720').focus();
  await page.keyboard.press('ArrowRight');
  t.regex((await tip.textContent()) ?? '', /^position 0: 43\.3\u00a0ms, then “Sleepy”$/);
  await page.keyboard.press('ArrowRight');
  t.regex((await tip.textContent()) ?? '', /^position 1: /);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  t.regex((await tip.textContent()) ?? '', /^position 95: /);
  const box = await tip.boundingBox();
  t.true(box !== null && box.x >= 0 && box.x + box.width <= 1000);
  await page.keyboard.press('Escape');
  t.true(await tip.isHidden());
});

withPage('run: charts keep their text alternative when scripts run', 'run', {}, async (t, page) => {
  const charts = page.locator('.wide svg.chart');
  t.is(await charts.count(), 6);
  for (const chart of await charts.all()) {
    t.regex((await chart.getAttribute('aria-label')) ?? '', /^[A-Z].{40,}/s);
    t.is(await chart.getAttribute('role'), 'img');
  }
});

withPage('experiment: values of lines and of the tornado show', 'experiment', {}, async (t, page) => {
  const tip = page.locator('#tip');
  await page.locator('#lines-0-720').focus();
  await page.keyboard.press('ArrowRight');
  t.is(await tip.textContent(), 'spread, threads 1: 4.71, tokens per second');
  await page.locator('#tornado-720 .mark').first().hover();
  t.is(await tip.textContent(), 'memory.latencyCycles 500 cycles: 33.8 tokens per second');
  await page.locator('[aria-label="Runs"] th button', { hasText: 'tokens per second' }).press('Enter');
  const speeds = await page.locator('[aria-label="Runs"] tbody tr td:nth-child(3)').allTextContents();
  t.deepEqual(speeds, ['31.0', '12.9', '4.71', '4.71', '–']);
});

withPage('run: links to long tables open them', 'run', {}, async (t, page) => {
  t.true(await page.locator('#regions-table').isHidden());
  await page.locator('a[href="#regions-table"]').click();
  await page.locator('#regions-table').waitFor({ state: 'visible' });
  t.true(await page.locator('#regions-table').isVisible());
});

withPage('run: tables are saved from the page itself', 'run', { acceptDownloads: true }, async (t, page) => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('a[download="ops.csv"]').click(),
  ]);
  t.is(download.suggestedFilename(), 'ops.csv');
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\n');
  t.is(lines.length, run.ops.length + 1);
});

const visibleRows = (page: Page, caption: string) =>
  page.locator(`[aria-label="${caption}"] tbody tr:visible th`).allTextContents();

withPage('run: a long table is filtered', 'run', {}, async (t, page) => {
  await page.locator('summary', { hasText: 'Every place' }).click();
  const frame = page.locator('[aria-label="Cycles by place in the forward pass"]');
  const all = await visibleRows(page, 'Cycles by place in the forward pass');
  const bar = page
    .locator('.controls', { has: page.locator('input') })
    .filter({ visible: true })
    .last();
  await bar.locator('input').fill('LAYER 0  wq, matmul');
  t.deepEqual(await visibleRows(page, 'Cycles by place in the forward pass'), ['layer 0 wq']);
  t.is(await bar.locator('output').textContent(), `1 of ${all.length} rows`);
  await bar.locator('input').fill('');
  t.is((await visibleRows(page, 'Cycles by place in the forward pass')).length, all.length);
  t.is(await bar.locator('output').textContent(), '');
  t.is(await frame.count(), 1);
});

for (const [name, first, second, expected] of [
  ['overview', '1 thread, vmx128', '6 threads, vmx128', ['tokens/s', '11.920', '25.300']],
  ['experiment', 'spread, 1', 'spread, 6', ['tokens per second', '4.71', '31.0', '× 6.58']],
] as const) {
  withPage(`${name}: two runs are compared`, name, {}, async (t, page) => {
    const [a, b] = await page.locator('.controls select').all();
    await a.focus();
    await a.selectOption({ label: first });
    t.is(await page.locator('.compared table').count(), 0);
    await b.selectOption({ label: second });
    const line = page
      .locator('.compared')
      .first()
      .locator('tbody tr')
      .filter({ hasText: expected[0] })
      .first();
    const cells = await line.locator('th, td').allTextContents();
    t.is(cells[0], expected[0]);
    t.is(cells[1], expected[1]);
    if (name === 'experiment') t.deepEqual(cells, [...expected]);
    else t.regex(cells[3], /^× [\d.]+$/);
    await b.selectOption({ label: first });
    const changes = await page.locator('.compared').first().locator('tbody td:last-child').allTextContents();
    t.deepEqual([...new Set(changes)], ['same']);
    await a.selectOption('');
    t.is(await page.locator('.compared table').count(), 0);
    t.true((await overflow(page)) <= 0);
  });
}

withPage('comparison: changes are sorted and read aloud', 'comparison', {}, async (t, page) => {
  await page.locator('[aria-label="tokens per second"] th button', { hasText: 'change' }).press('Enter');
  const changes = await page
    .locator('[aria-label="tokens per second"] tbody td:last-child')
    .allTextContents();
  t.is(changes[0].replaceAll('\u00a0', ' '), '+100 %');
  t.is(changes.at(-2)?.replaceAll('\u00a0', ' '), '−50.0 %');
  await page.locator('#changes-720 .mark').first().hover();
  t.regex((await page.locator('#tip').textContent()) ?? '', /^spread, threads \d: [+−]/);
});

/**
 * What a page of a thousand runs may hold. At these counts Chromium spends 0.7 to 0.9 seconds of CPU until the page
 * stands; a test of the time itself would test the host.
 */
const MOST_ELEMENTS = 18_000;
const MOST_BYTES = 1.5e6;
for (const name of Object.keys(large)) {
  withPage(`${name}: a thousand runs open at once`, name, {}, async (t, page) => {
    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    t.true((await elements()) < MOST_ELEMENTS, `${await elements()} elements`);
    t.true((await page.content()).length < MOST_BYTES);
    t.is(await page.locator('[aria-label="Runs"] tbody tr').count(), 1000);
    const [a] = await page.locator('.controls select').all();
    t.is(await a.locator('option').count(), 1);
    await a.focus();
    t.is(await a.locator('option').count(), 1001);
    await page
      .locator('.controls input')
      .first()
      .fill(name.includes('overview') ? 'seed 999' : 'p999');
    t.is((await visibleRows(page, 'Runs')).length, 1);
  });
}

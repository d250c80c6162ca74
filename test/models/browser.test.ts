import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { packageRoot } from '../../experiments/node/package.js';
import { guestSource } from '../support/kernel.js';
import { type PageRun, pageRun } from '../support/page-run.js';
import { relaxedFma } from '../support/translated.js';

const CHROMIUM = process.env.XENON_CHROMIUM ?? '/usr/bin/chromium';
const POSITIONS = 8;

const story = (name: string) => readFileSync(join(packageRoot, 'models/story', name));
const sources = Object.fromEntries(
  ['kernels', 'runtime'].flatMap((folder) =>
    readdirSync(join(packageRoot, 'models', folder))
      .filter((name) => /\.(s|inc)$/.test(name))
      .map((name) => [`${folder}/${name}`, guestSource(`${folder}/${name}`)]),
  ),
);

test('sim and models bundle for a browser, and know nothing of Node', async (t) => {
  const { text } = await bundled();
  t.true(text.length > 100_000);
  t.notRegex(text, /require\("(node:)?(fs|os|path|worker_threads)"\)/);
});

const title = 'a worker of a page tells the same story in the same cycles as Node';
if (!existsSync(CHROMIUM))
  test.skip(`${title} (skipped: no Chromium at ${CHROMIUM}; set XENON_CHROMIUM)`, () => {});
else {
  test(title, async (t) => {
    const files = { checkpoint: story('story.bin'), tokenizer: story('tokenizer.bin'), sources };
    const here = pageRun(
      { ...files, checkpoint: Uint8Array.from(files.checkpoint) },
      { relaxedFma },
      POSITIONS,
    );
    const { text } = await bundled();
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu'],
    });
    try {
      const page = await browser.newPage();
      const asked = {
        code: text,
        checkpoint: files.checkpoint.toString('base64'),
        tokenizer: files.tokenizer.toString('base64'),
        sources,
        positions: POSITIONS,
      };
      const answer = (await page.evaluate(`(${IN_PAGE})(${JSON.stringify(asked)})`)) as {
        error?: string;
        run: PageRun;
        isolated: boolean;
      };
      t.is(answer.error, undefined);
      t.false(answer.isolated, 'memory is not shared: a plain page is enough');
      t.deepEqual(answer.run, here);
      t.is(here.cycles.length, POSITIONS);
      t.log(`${here.cycles[POSITIONS - 1]} cycles: ${here.text}`);
    } finally {
      await browser.close();
    }
  });
}

async function bundled(): Promise<{ text: string }> {
  const { outputFiles } = await build({
    entryPoints: [new URL('../support/page-worker.js', import.meta.url).pathname],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    write: false,
    logLevel: 'silent',
  });
  return outputFiles[0];
}

/** Evaluated in the page: starts the worker with the bundle and hands it the files. */
const IN_PAGE = `({ code, checkpoint, tokenizer, sources, positions }) => new Promise((done) => {
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
  worker.onmessage = ({ data }) => done({ ...data, isolated: crossOriginIsolated });
  worker.onerror = (event) => done({ error: event.message });
  const files = { checkpoint: bytes(checkpoint), tokenizer: bytes(tokenizer), sources };
  worker.postMessage({ files, positions });
})`;

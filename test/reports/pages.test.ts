import test from 'ava';
import { overviewReport } from '../../reports/overview.js';
import { runReport } from '../../reports/run-report.js';
import { nameByDifference, settingsOf } from '../../reports/settings.js';
import { golden } from '../support/golden.js';
import { comparison, HOSTILE, hostileRun, run, runs, variant } from './fixture.js';

/** What a reader sees with scripts off: text without tags, style and script. */
const visible = (page: string): string =>
  page
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<title[^>]*>.*?<\/title>|<desc[^>]*>.*?<\/desc>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&');

test('run report: as before', (t) =>
  golden(
    t,
    'reports/golden/run.html',
    runReport({ ...run, positions: run.positions.slice(0, 16) }, comparison),
  ));
test('overview: as before', (t) => golden(t, 'reports/golden/overview.html', overviewReport(runs)));

test('run report: the order of its parts', (t) => {
  const page = runReport(run, comparison);
  const parts = [
    'How fast does an Xbox 360 run stories15M?',
    '31.0 tokens per second',
    'Generated text',
    'Where the time goes',
    'Endian strategies',
    'Cycles by operation',
    'Memory</h2>',
    'Method',
    'What is not known',
    'Provenance',
    'The host that simulated it',
    'Tables in full',
  ];
  const places = parts.map((part) => page.indexOf(part, page.indexOf('<body>')));
  t.true(places.every((place) => place > 0));
  t.deepEqual(
    [...places].sort((a, b) => a - b),
    places,
  );
});

test('run report: all numbers are there without scripts', (t) => {
  const text = visible(runReport(run, comparison));
  for (const p of run.positions)
    t.true(text.includes((p.seconds * 1e3).toFixed(3)), `position ${p.position}`);
  for (const o of run.ops) t.true(text.includes(o.cycles.toLocaleString('en-US')), o.site);
  for (const r of run.memoryMap) t.true(text.includes(r.bytes.toLocaleString('en-US')), r.name);
  for (const c of comparison) {
    for (const n of [c.deviceReadSeconds, c.loadSeconds, c.timeToFirstTokenSeconds])
      t.true(text.includes(n.toFixed(4)), c.strategy);
    t.true(text.includes((1000 * c.convertSeconds).toFixed(3)), c.strategy);
    t.true(
      text.includes(c.tokensPerSecond.toFixed(3)) && text.includes((c.peakMemoryBytes / 2 ** 20).toFixed(1)),
    );
  }
  for (const threat of run.threats ?? []) t.true(text.includes(threat.path) && text.includes(threat.grade));
  t.true(
    text.includes('--endian') && text.includes(run.provenance?.code ?? '?') && text.includes('xenon-run/1'),
  );
});

test('overview: a setting that all runs lack is none', (t) => {
  const plain = runs.map(({ name, run: one }) => ({
    name,
    run: { ...one, settings: { ...one.settings, overrides: [] } },
  }));
  t.regex(visible(overviewReport(plain)), /overrides\s+none\s/);
});

test('run report: times of strategies stand in units that tell them apart', (t) => {
  const small = comparison.map((c) => ({ ...c, convertSeconds: c.convertSeconds / 1e5 }));
  t.regex(visible(runReport(run, small)), /conversion\s+µs\s.*load-vperm\s+5\.0681\s+1\.119\s/s);
});

test('run report: threats and comparison may be given apart or be absent', (t) => {
  const { threats, ...known } = run;
  t.false(runReport(known).includes('What is not known'));
  t.true(runReport(known, [], threats).includes('What is not known'));
  t.false(runReport(run).includes('Endian strategies'));
  t.is(runReport({ ...run, comparison }), runReport(run, comparison));
});

test('run report: a run without timing, text or host says so', (t) => {
  const page = runReport({
    ...variant({ mode: 'functional' }, { cycles: 0 }),
    text: null,
    ops: [],
    positions: [],
  });
  t.true(page.includes('Not timed:') && page.includes('text is not known'));
  t.false(page.includes('Where the time goes'));
  t.notRegex(visible(page), /NaN|undefined|Infinity/);
  t.regex(
    runReport({ ...run, host: { seconds: Number.NaN, mips: Number.NaN } }),
    /<dt>mips<\/dt><dd>–<\/dd>/,
  );
  t.true(runReport({ ...run, model: { ...run.model, synthetic: true } }).includes('the text means nothing'));
});

test('hostile text reaches no page as markup', (t) => {
  for (const page of [runReport(hostileRun), overviewReport([{ name: HOSTILE, run: hostileRun }, ...runs])]) {
    t.is(page.match(/<script/g)?.length, 1);
    t.is(page.match(/<\/style>/g)?.length, 1);
    t.false(page.includes('<img') || page.includes('&amp;amp;amp;'));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
    t.notRegex(page, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    t.true(page.includes('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;'));
  }
});

test('pages name no other place', (t) => {
  for (const page of [runReport(run, comparison), overviewReport(runs)]) {
    const addresses = [...page.matchAll(/(?:\s(?:src|href)=|url\()["']?([^"')\s>]*)/g)].map((m) => m[1]);
    for (const address of addresses) t.regex(address, /^(data:|#)/);
    t.regex(
      page,
      /Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/=]{44}'; script-src 'sha256-/,
    );
  }
});

test('overview: settings that differ are marked, others are listed once', (t) => {
  const settings = settingsOf(runs);
  t.deepEqual(
    settings.filter((s) => s.differs).map((s) => s.name),
    ['kernels', 'threads', 'placement', 'endian'],
  );
  const page = overviewReport(runs);
  t.is(page.match(/class="(n )?differs"/g)?.length, 4);
  const text = visible(page);
  for (const { name, run: r } of runs)
    t.true(text.includes(name) && text.includes(r.simulated.tokensPerSecond.toFixed(3)));
  t.true(text.includes('is the fastest') && text.includes('reaches 4.71'));
});

test('overview: runs without a name of their own are named by what differs', (t) => {
  const id = (i: number) => String(i).padStart(16, '0');
  const hashed = runs.map(({ run: r }, i) => ({ name: id(i), run: r }));
  t.deepEqual(
    nameByDifference(hashed).map((r) => r.name),
    [
      '6 threads, vmx128, load-vperm',
      '3 threads, vmx128, load-vperm',
      '1 thread, vmx128, load-vperm',
      '1 thread, scalar, load-copy',
    ],
  );
  const twice = nameByDifference([...hashed, { ...hashed[0], name: id(9) }]).map((r) => r.name);
  t.is(twice[0], '6 threads, vmx128, load-vperm (000000)');
  t.is(
    new Set(
      nameByDifference([
        { name: id(1), run },
        { name: id(2), run },
      ]).map((r) => r.name),
    ).size,
    2,
  );
  t.is(nameByDifference(runs)[0].name, runs[0].name);
  const [shared] = hashed;
  t.deepEqual(
    nameByDifference([
      { ...shared, name: `before/${id(0)}` },
      { ...shared, name: `after/${id(0)}` },
      hashed[3],
    ]).map((r) => r.name),
    [
      '6 threads, vmx128, load-vperm, before',
      '6 threads, vmx128, load-vperm, after',
      '1 thread, scalar, load-copy',
    ],
  );
});

test('overview: nothing is left out without a word', (t) => {
  const other = { ...run, provenance: { command: 'x', version: '0.2.0', code: 'ff00ff00ff' } };
  const untimed = variant({ mode: 'functional' }, { cycles: 0, tokensPerSecond: Number.NaN });
  const page = overviewReport([...runs, { name: 'newer', run: other }, { name: 'functional', run: untimed }]);
  t.true(page.includes('2 versions of the simulator (0.1.0, code 9f2d6c1b; 0.2.0, code ff00ff00)'));
  t.true(page.includes('Without timing (functional mode), so without bars: functional.'));
  t.notRegex(visible(page), /NaN|undefined/);
  const many = Array.from({ length: 60 }, (_, i) => ({
    name: `run ${i}`,
    run: variant({ seed: i }, { tokensPerSecond: i }),
  }));
  const long = overviewReport(many);
  t.true(long.includes('The 40 fastest of 60 are drawn'));
  for (const { name } of many) t.true(long.includes(`>${name}</th>`));
  t.true(overviewReport([{ name: 'a', run: untimed }]).includes('None of these runs was timed'));
  t.true(overviewReport([runs[0], { ...runs[0], name: 'again' }]).includes('All asked for the same'));
});

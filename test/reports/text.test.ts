import test from 'ava';
import { answer, endianAnswer } from '../../reports/answer.js';
import { commandOf, flatten, kernelsText, shellWord } from '../../reports/command.js';
import { endianCsv, opsCsv, positionsCsv, runsCsv } from '../../reports/csv.js';
import { bigCount, bytes, count, cpi, duration, number3, percent, shareText } from '../../reports/format.js';
import { runMarkdown, runsMarkdown } from '../../reports/markdown.js';
import { escapeText, html } from '../../reports/markup.js';
import { statistics, statsText, statsTree } from '../../reports/stats.js';
import { golden } from '../support/golden.js';
import { comparison, HOSTILE, hostileRun, run, runs, variant } from './fixture.js';

test('numbers read as people write them', (t) => {
  const plain = (text: string) => text.replaceAll('\u00a0', ' ');
  t.deepEqual([0, 0.01234, 0.9996, 4.707, 9.9996, 31.04, 123.4, 56722.6].map(number3), [
    '0',
    '0.012',
    '1.00',
    '4.71',
    '10.0',
    '31.0',
    '123',
    '56,723',
  ]);
  t.deepEqual([-2.31, -0.02, 0, 0.06, 70.13].map(shareText).map(plain), [
    '−2.3 %',
    'less than 0.1 %',
    'less than 0.1 %',
    '0.1 %',
    '70.1 %',
  ]);
  t.deepEqual([0, 3e-9, 2.5e-6, 0.0312, 0.9999, 61.2].map(duration).map(plain), [
    '0 s',
    '3.00 ns',
    '2.50 µs',
    '31.2 ms',
    '1.00 s',
    '61.2 s',
  ]);
  t.deepEqual([0, 1000, 1024, 60816028, 2 ** 30].map(bytes).map(plain), [
    '0 B',
    '1,000 B',
    '1.00 KiB',
    '58.0 MiB',
    '1.00 GiB',
  ]);
  t.deepEqual([999, 1500, 2.19e9].map(bigCount).map(plain), ['999', '1.50 thousand', '2.19 billion']);
  t.deepEqual([percent(1, 3), percent(0, 3), percent(1, 1e6), percent(1, 0)].map(plain), [
    '33.3 %',
    '0.0 %',
    '< 0.1 %',
    '–',
  ]);
  t.deepEqual([count(1234567), count(Number.NaN), cpi(10, 4), cpi(10, 0)], ['1,234,567', '–', '2.50', '–']);
});

test('text is escaped unless it is markup', (t) => {
  t.is(
    html`<p>${'<b>&"\''}</p>${['a', html`<i>${2}</i>`, false, null]}`.markup,
    '<p>&lt;b&gt;&amp;&quot;&#39;</p>a<i>2</i>',
  );
  t.is(escapeText('a\u0000\u001b\u007f\n\ud800b\u{1f600}'), 'a␀␛␡\n\ufffdb\u{1f600}');
});

test('the answer is one sentence with a number', (t) => {
  const { number, rest } = answer(run);
  t.is(number, '31.0 tokens per second');
  t.regex(
    rest,
    /^on 6 hardware threads with vmx128 kernels \(sample\u00a0scalar\); matmul takes [\d.]+\u00a0% of the thread-cycles, and reads fill [\d.]+\u00a0% of the bus\.$/,
  );
  t.is(answer(variant({ mode: 'functional' }, { cycles: 0, tokensPerSecond: 0 })).number, 'Not timed:');
  t.is(answer(variant({}, { tokensPerSecond: Number.NaN })).number, '3.11\u00a0s');
  // Shares are of the forward passes, as the number is.
  const loading = { ...run.ops[0], op: 'byteswap', site: 'convert bytes 28 to 1000', cycles: 1e12 };
  t.is(answer({ ...run, ops: [...run.ops, loading] }).rest, rest);
});

test('the endian answer names the break-even point', (t) => {
  const sentence = endianAnswer(comparison).replaceAll('\u00a0', ' ');
  t.regex(
    sentence,
    /fused-vperm has the first token soonest, after 5\.29 s; load-vperm is fastest afterwards .* longer start after 17 tokens\./,
  );
  const [offline, , , vperm, fused] = comparison;
  // Later by `cost` seconds at the first token, and quicker by `gain` seconds with each token.
  const cost = vperm.timeToFirstTokenSeconds - fused.timeToFirstTokenSeconds;
  const gain = 1 / fused.tokensPerSecond - 1 / vperm.tokensPerSecond;
  t.true(16 * gain < cost && 17 * gain >= cost);
  t.regex(
    endianAnswer([offline, vperm, { ...fused, tokensPerSecond: 40 }]),
    /fused-vperm .*, and no other strategy is faster afterwards\.$/,
  );
  t.is(endianAnswer([offline, vperm]), '');
});

test('a command line can be pasted into a shell', (t) => {
  t.deepEqual(['abc', 'a b', "it's", '$x', ''].map(shellWord), ['abc', "'a b'", "'it'\\''s'", "'$x'", "''"]);
  t.true(commandOf(run) === run.provenance?.command);
  const { provenance, ...bare } = run;
  t.regex(
    commandOf(bare),
    /^xenon run --model stories15M --prompt 'Sleepy Joe said' .*--kernels vmx128,sample=scalar --endian load-vperm/,
  );
  t.is(kernelsText({ a: 'x', b: 'y', c: 'x' }), 'x,b=y');
  t.deepEqual(
    flatten({ a: { b: 1, c: [2, 3] }, d: 'e' }).map((f) => f.path),
    ['a.b', 'a.c', 'd'],
  );
});

test('CSV is tidy: units in the header, one row an observation, quoted where needed', (t) => {
  const lines = opsCsv(run).trimEnd().split('\n');
  t.is(
    lines[0],
    'model,machine,threads,kernels,endian,quant,op,site,layer,calls,thread_cycles,instructions,cycles_per_instruction',
  );
  t.is(lines.length, 1 + run.ops.length);
  t.true(
    lines[1].startsWith(
      'stories15M,xbox360,6,"vmx128,sample=scalar",load-vperm,fp32,embedding,embedding,-1,96,',
    ),
  );
  const positions = positionsCsv({
    ...run,
    positions: [{ position: 6, token: 1, piece: 'a,"b"\n', seconds: 0.5, dramReadBytes: 7 }],
  });
  t.true(positions.endsWith(',decode,6,1,"a,""b""\n",0.5,7\n'));
  t.is(endianCsv(comparison).split('\n').length, comparison.length + 2);
  t.regex(runsCsv(runs), /^run,version,model,.*tokens_per_s,/);
  t.true(opsCsv({ ...run, ops: [{ ...run.ops[0], instructions: 0, cycles: 0 }] }).endsWith(',0,0,\n'));
});

test('runs without timing have no times in tables of runs', (t) => {
  const untimed = variant(
    { mode: 'functional' },
    { cycles: 0, tokensPerSecond: 0, readGBPerSecond: 0, readPercentOfPeak: 0 },
  );
  const named = [runs[0], { name: '0123456789abcdef', run: untimed }];
  const [, , timedRow, untimedRow] = runsMarkdown(named).split('\n');
  t.notRegex(timedRow, /–/);
  t.regex(untimedRow, /^\| .* \| – \| – \| – \| – \| – \| – \| [\d.]+ MiB \|$/);
  t.regex(untimedRow, /^\| functional \|/);
  const [head, , row] = runsCsv(named).split('\n');
  t.regex(head, /,positions,cycles,instructions,tokens_per_s,/);
  t.regex(row, /,\d+,,\d+,,/);
  t.regex(opsCsv(untimed).split('\n')[1], /,\d+,,\d+,$/);
});

test('stats.json: every statistic of stats.txt, nested, plain numbers', (t) => {
  const tree = JSON.parse(JSON.stringify(statsTree(run)));
  for (const [path, value] of statistics(run)) {
    const found = path.split('.').reduce((group, name) => group?.[name], tree);
    const plain = typeof found === 'object' && found !== null ? found.total : found;
    t.is(plain, typeof value === 'number' && !Number.isFinite(value) ? null : value, path);
  }
});

test('stats.txt: as before, aligned, one statistic a line', (t) => {
  const text = statsText(run);
  golden(t, 'reports/golden/stats.txt', text);
  const lines = text.split('\n').slice(1, -2);
  t.is(lines.length, statistics(run).length);
  t.is(new Set(lines.map((line) => line.indexOf('  # '))).size, 1);
  for (const line of lines) t.regex(line, /^[\w.]+ +\S+ {2}# [A-Z].* \([\w/]+\)$/);
  t.is(new Set(statistics(run).map(([path]) => path)).size, lines.length);
  t.regex(statsText(variant({}, { ipc: 0 })), /\ncpi +nan /);
  t.false(statsText(hostileRun).includes('\u0000'));
});

test('Markdown: as before, and nothing in it is markup by accident', (t) => {
  golden(t, 'reports/golden/run.md', runMarkdown(run, comparison));
  golden(t, 'reports/golden/runs.md', runsMarkdown(runs));
  const hostile = runMarkdown(hostileRun).replace(/^ {4}.*$/gm, '');
  t.notRegex(hostile, /(?<!\\)<(script|img|\/)/);
  t.false(hostile.includes(HOSTILE));
});

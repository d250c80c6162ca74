import test from 'ava';
import { busChart, busPeak, trafficByPhase } from '../../reports/charts/bus.js';
import { endianChart, firstTokenParts } from '../../reports/charts/endian.js';
import { footprintChart } from '../../reports/charts/footprint.js';
import { linesChart } from '../../reports/charts/lines.js';
import { freeBytes, memoryMapChart, placeRegions, spread } from '../../reports/charts/memory-map.js';
import { byOperation, opsChart, placeOf } from '../../reports/charts/ops.js';
import { panelsChart } from '../../reports/charts/panels.js';
import { positionsChart } from '../../reports/charts/positions.js';
import { standalone } from '../../reports/charts/style.js';
import { fit, NARROW, textWidth, WIDE } from '../../reports/charts/svg.js';
import { comparisonChart } from '../../reports/overview.js';
import { golden } from '../support/golden.js';
import { comparison, HOSTILE, hostileRun, memoryMap, ops, positions, run, runs } from './fixture.js';

const charts: Readonly<Record<string, (width: number) => string>> = {
  ops: (width) => opsChart(ops, width),
  memory: (width) => memoryMapChart(memoryMap, width),
  endian: (width) => endianChart(comparison, width),
  positions: (width) => positionsChart(positions, run.promptTokens, width),
  bus: (width) => busChart(run.simulated, positions, run.promptTokens, width),
  runs: (width) => comparisonChart(runs, width),
};

/** Numbers of an attribute over all elements. */
const values = (svg: string, attribute: string): number[] =>
  [...svg.matchAll(new RegExp(` ${attribute}="(-?[\\d.]+)"`, 'g'))].map((m) => Number(m[1]));

for (const [name, draw] of Object.entries(charts)) {
  test(`${name}: as drawn before, wide and narrow`, (t) => {
    golden(t, `reports/golden/${name}.svg`, standalone(draw(WIDE)));
    golden(t, `reports/golden/${name}-narrow.svg`, standalone(draw(NARROW)));
  });

  test(`${name}: deterministic, two decimals, inside its frame, with a text alternative`, (t) => {
    for (const width of [WIDE, NARROW]) {
      const svg = draw(width);
      t.is(draw(width), svg);
      t.notRegex(svg, /[\d]\.\d{3,}"|NaN|Infinity|undefined|e-\d/);
      const [, height] = /viewBox="0 0 \d+ (\d+)"/.exec(svg) ?? [];
      t.true(
        values(svg, 'x').every((x) => x >= 0 && x <= width),
        'x',
      );
      t.true(
        values(svg, 'y').every((y) => y >= 0 && y <= Number(height)),
        'y',
      );
      t.true(
        values(svg, 'width').every((w) => w >= 0 && w <= width),
        'width',
      );
      const id = `${name}-${width}`;
      t.true(svg.includes(`role="img" aria-labelledby="${id}-title ${id}-description"`));
      t.regex(svg, new RegExp(`<title id="${id}-title">[^<]{10,}</title>`));
      t.regex(svg, new RegExp(`<desc id="${id}-description">[^<]{40,}</desc>`));
    }
  });
}

test('bars begin at zero and are proportional to their values', (t) => {
  const svg = comparisonChart(runs, WIDE);
  const bars = [...svg.matchAll(/class="mark c0" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map((m) =>
    m.slice(1).map(Number),
  );
  t.is(bars.length, runs.length);
  t.is(new Set(bars.map(([x]) => x)).size, 1);
  // One pixel of each is the gap to the next segment.
  const scale = (bars[0][1] + 1) / runs[0].run.simulated.tokensPerSecond;
  const errors = runs.map(({ run: r }, i) => Math.abs(bars[i][1] + 1 - scale * r.simulated.tokensPerSecond));
  t.true(Math.max(...errors) < 0.02);
});

test('operations: every thread-cycle is drawn once', (t) => {
  const total = ops.reduce((sum, o) => sum + o.cycles, 0);
  const tips = [...opsChart(ops, WIDE).matchAll(/<title>[^<]*: ([\d,]+) thread-cycles/g)].map((m) =>
    Number(m[1].replaceAll(',', '')),
  );
  t.is(
    tips.reduce((sum, n) => sum + n, 0),
    total,
  );
  t.deepEqual(
    byOperation(ops)
      .slice(0, 2)
      .map((g) => g.op),
    ['matmul', 'attention'],
  );
});

test('a place is a layer, a known end of the pass, or elsewhere', (t) => {
  const label = (layer: number, site: string) => placeOf({ layer, site }).label;
  t.deepEqual(
    [
      label(3, 'layer 3 wq'),
      label(-1, 'embedding'),
      label(-1, 'classifier norm'),
      label(-1, 'sampling'),
      label(-1, 'argmax'),
      label(-1, 'rmsFinal'),
      label(-1, 'barrier'),
      label(-1, 'convert wq 3'),
      label(-1, 'anything'),
    ],
    [
      'layer 3',
      'embedding',
      'classifier',
      'sampling',
      'sampling',
      'classifier',
      'runtime',
      'conversion of weights',
      'elsewhere',
    ],
  );
});

test('parts of the time to the first token add up, also when conversion hides behind reading', (t) => {
  const [base] = comparison;
  const sum = (c: typeof base) => Object.values(firstTokenParts(c)).reduce((a, b) => a + b, 0);
  for (const c of comparison) t.true(Math.abs(sum(c) - c.timeToFirstTokenSeconds) < 1e-9);
  const overlapped = {
    ...base,
    deviceReadSeconds: 5,
    convertSeconds: 3,
    loadSeconds: 5.5,
    timeToFirstTokenSeconds: 6,
  };
  t.deepEqual(firstTokenParts(overlapped), { read: 5, convert: 0.5, otherLoad: 0, prompt: 0.5 });
  t.regex(
    endianChart([overlapped], WIDE),
    /conversion: 500\u00a0ms \(and 2\.50\u00a0s hidden behind reading\)/,
  );
});

test('lines: every step stands below them, or round numbers where the steps are too many', (t) => {
  const chart = (steps: readonly number[]) =>
    linesChart(
      {
        name: 'lines',
        title: 'y by x',
        xTitle: 'x',
        yTitle: 'y',
        steps,
        series: [{ name: 'one', points: steps.map((x) => ({ x, y: 1 })) }],
      },
      WIDE,
    );
  const below = (steps: readonly number[]) =>
    [...chart(steps).matchAll(/class="soft middle"[^>]*>([^<]+)</g)].map(([, text]) => Number(text));
  t.deepEqual(below([1, 3, 6]), [1, 3, 6]);
  t.deepEqual(below(Array.from({ length: 40 }, (_, i) => 0.41 + 0.397 * i)), [2, 4, 6, 8, 10, 12, 14]);
});

test('memory: what it is used for has one colour in both charts', (t) => {
  const over = footprintChart(run.memory!, WIDE);
  const map = memoryMapChart(memoryMap, WIDE);
  for (const [purpose, region] of [
    ['system', 'system reservation'],
    ['framebuffers', 'framebuffer'],
    ['file buffer', 'file buffer'],
    ['KV cache', 'key cache · kvCache'],
    ['activations', 'activations'],
  ]) {
    const [, colour] = new RegExp(`<rect class="(c\\d)"[^>]*>\\s*<text[^>]*>${purpose}<`).exec(over)!;
    const label = `<text[^>]*>[^<]*</text>\\s*<text[^>]*>${region}<`;
    t.regex(map, new RegExp(`<rect class="${colour}"[^>]*>\\s*${label}`), purpose);
  }
});

test('memory: nested regions are found, free bytes count every byte once', (t) => {
  t.is(placeRegions(memoryMap).find((r) => r.name === 'framebuffer')?.depth, 1);
  const region = (start: number, bytes: number) => ({ name: 'r', owner: 'o', start, bytes });
  t.is(freeBytes([region(0, 10), region(5, 10), region(20, 10), region(22, 2)], 100), 100 - 15 - 10);
  t.is(freeBytes([], 100), 100);
});

test('memory: labels keep their order and distance and stay inside', (t) => {
  const places = spread([10, 10, 11, 200, 399, 399.5, 400], 17, 8, 400);
  for (let i = 1; i < places.length; i++) t.true(places[i] - places[i - 1] >= 17 - 1e-9);
  t.true(places[0] >= 8 && places[6] <= 400);
  t.is(places[3], 200);
});

test('traffic: bytes and rate of each phase, peak from the share', (t) => {
  const position = (i: number, seconds: number, dramReadBytes: number) => ({
    position: i,
    token: 0,
    piece: '',
    seconds,
    dramReadBytes,
  });
  const phases = trafficByPhase([position(0, 2, 4e9), position(1, 1, 5e9), position(2, 1, 7e9)], 1);
  t.deepEqual(
    phases.map((p) => [p.phase, p.bytesPerToken, p.gigabytesPerSecond]),
    [
      ['prompt', 4e9, 2],
      ['decode', 6e9, 6],
      ['all positions', 16e9 / 3, 4],
    ],
  );
  t.true(Math.abs((busPeak(run.simulated) ?? 0) - 10.8) < 1e-9);
  t.is(busPeak({ ...run.simulated, readPercentOfPeak: 0 }), undefined);
});

test('no line crosses the number behind a bar', (t) => {
  const at = (value: number): { limit: number; label: number } => {
    const bars = [{ segments: [{ value, style: 'c0', tip: '' }], label: '6.91 GB/s · 1.13 MiB/token' }];
    const limit = { value: 10, label: 'peak' };
    const chart = panelsChart(
      { name: 'x', title: '', description: '', rows: ['a'], panels: [{ title: 'read', bars, limit }] },
      WIDE,
    );
    const found = (pattern: RegExp) => Number(pattern.exec(chart)?.[1]);
    return {
      limit: found(/class="limit" d="M([\d.]+)/),
      label: found(/class="halo" x="([\d.]+)"[^>]*>6\.91/),
    };
  };
  for (const value of [0, 1, 3, 5, 8, 9.9, 10]) {
    const { limit, label } = at(value);
    const end = label + textWidth('6.91 GB/s · 1.13 MiB/token');
    t.true(end <= limit || label >= limit, `${value}: from ${label} to ${end}, the line at ${limit}`);
    t.true(end <= WIDE);
  }
});

test('charts of nothing are still charts', (t) => {
  for (const width of [WIDE, NARROW]) {
    for (const svg of [
      opsChart([], width),
      memoryMapChart([], width),
      positionsChart([], 3, width),
      busChart(run.simulated, [], 3, width),
    ]) {
      t.notRegex(svg, /NaN|Infinity|undefined/);
    }
  }
});

test('names from outside stay text', (t) => {
  const svgs = [
    opsChart(hostileRun.ops, WIDE),
    memoryMapChart(hostileRun.memoryMap, WIDE),
    positionsChart(hostileRun.positions, 2, WIDE),
    endianChart(hostileRun.comparison ?? [], WIDE),
  ];
  for (const svg of svgs) {
    t.false(svg.includes('<script') || svg.includes('<img') || svg.includes(HOSTILE));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
    t.notRegex(svg, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
  }
});

test('labels are cut to their place', (t) => {
  t.is(fit('short', 100), 'short');
  const cut = fit('a very long name of a run', 80);
  t.true(cut.endsWith('…') && textWidth(cut) <= 80 && cut.length > 5);
});

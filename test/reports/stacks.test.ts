import test from 'ava';
import { annotateReport } from '../../reports/annotate-report.js';
import { stacksByOperation, stacksChart, swatch } from '../../reports/charts/stacks.js';
import { NB, percent } from '../../reports/format.js';
import { runReport } from '../../reports/run-report.js';
import { annotation } from './annotate-fixture.js';
import { run } from './fixture.js';
import { stacks } from './stacks-fixture.js';

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

test('a chart of stacks has a mark for every cause of every operation', (t) => {
  const rows = stacksByOperation(stacks);
  const chart = stacksChart('s', 'Stacks', rows, stacks.leaves, 720);
  const marks = rows.flatMap(({ cycles }) => cycles.filter((n) => n > 0)).length;
  t.is(chart.match(/class="mark/g)?.length, marks);
  t.true(rows.every((row, i) => i === 0 || sum(rows[i - 1].cycles) >= sum(row.cycles)));
  t.is(rows[0].name, 'matmul');
});

test('no two causes look the same', (t) => {
  const looks = new Map<string, string>();
  for (const leaf of stacks.leaves) {
    const { style, opacity } = swatch(leaf, stacks.leaves);
    const look = `${style} ${opacity.toFixed(2)}`;
    t.is(looks.get(look), undefined, `${leaf.name} is ${look}`);
    looks.set(look, leaf.name);
  }
});

test('a run with stacks says why, one without does not', (t) => {
  const page = runReport({ ...run, stacks });
  for (const part of ['Why it takes that time', 'load from DRAM', 'By layer', 'Every cause at every place']) {
    t.true(page.includes(part), part);
  }
  t.false(page.includes('instruction cache misses'), 'causes that do not occur');
  t.false(runReport(run).includes('Why it takes that time'));
});

test('places of a listing have their shares of all cycles, as in the table below', (t) => {
  const [place] = annotation.places;
  const page = annotateReport({ ...annotation, places: [place] });
  const share = percent(place.cycles, annotation.cycles);
  t.is(share, `92.7${NB}%`);
  t.true(page.includes(`>${share} · 5.00${NB}million<`));
});

import test from 'ava';
import { comparePrograms, functionRows, reasonOf } from '../../reports/programs.js';
import { programsCsv, programsMarkdown, programsReport } from '../../reports/programs-report.js';
import { builds, hostileBuilds, scalarBuild, stormyBuild } from './programs-fixture.js';

test('load-hit-store is named as the reason where it is, and only there', (t) => {
  const { number, rest } = builds.answer;
  t.is(number, '4.50 times the cycles');
  t.regex(rest, /O3 takes compared with O2, with 0\.900 times its instructions: 100\.0\s% .*load-hit-store/u);
  t.regex(reasonOf(stormyBuild), /^load-hit-store: 87\.8/);
  const calm = comparePrograms([scalarBuild, { ...stormyBuild, loadHitStoreCycles: 200_000 }]).answer;
  t.regex(calm.rest, /load-hit-store explains 1\.4\s% of the difference/u);
  t.regex(comparePrograms([stormyBuild]).answer.rest, /for 900\sthousand instructions; load-hit-store: 87/u);
});

test('what differed beside the builds is told in place of the compiler', (t) => {
  const machine = 'xbox360, l2.sizeBytes=262144';
  const rest = (run: typeof stormyBuild) => comparePrograms([scalarBuild, run]).answer.rest;
  const calm = { ...stormyBuild, loadHitStoreCycles: 200_000 };
  t.regex(rest(calm), /; instructions and their order do the rest\.$/);
  t.regex(rest({ ...calm, machine }), /of the difference; their machines differed, too\.$/);
  t.regex(rest({ ...stormyBuild, machine }), /\(load-hit-store\); their machines differed, too\.$/);
  t.regex(
    rest({ ...calm, roi: undefined, arguments: ['x'] }),
    /their arguments and what was measured of them differed, too\.$/,
  );
});

test('functions stand side by side, the dearest first', (t) => {
  const rows = functionRows(builds.runs);
  t.deepEqual(
    rows.map(({ name }) => name),
    ['product', 'only_O3', 'only_O2'],
  );
  t.is(rows[1].costs[0], undefined);
  t.is(functionRows(builds.runs, 1).length, 1);
});

test('page, Markdown and CSV have the figures, whatever names contain', (t) => {
  const page = programsReport(builds);
  for (const text of ['4.50 times the cycles', '7,900,000', '87.8', 'calls of forward', '–'])
    t.true(page.includes(text), text);
  t.true(programsMarkdown(builds).includes('| O3 | 900,000 | 9,000,000 | 10.00 | 7,900,000 |'));
  t.true(programsCsv(builds).includes('O3,xbox360,product,720000,8100000,7900000\n'));
  t.false(programsReport(hostileBuilds).includes('<b>&'));
  t.false(programsReport(hostileBuilds).includes('</script>,'));
});

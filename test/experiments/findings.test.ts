import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import { runOptions } from '../../experiments/cli/run.js';
import { readExperiment } from '../../experiments/run/read-experiment.js';
import { parseRequest, type RunOptions } from '../../experiments/run/request.js';
import { simulate } from '../../experiments/run/simulate.js';
import { shippedExperiments } from '../../experiments/sweep/load.js';
import type { ExperimentResult } from '../../reports/experiment.js';
import { experimentReport } from '../../reports/experiment-report.js';
import { answerParts, nominalRows } from '../../reports/experiment-text.js';
import { chartFiles } from '../../reports/svg-files.js';
import { golden } from '../support/golden.js';

/**
 * What the README shows: docs/findings/NAME/experiment.json as `xenon experiment NAME` wrote it, and charts as
 * `xenon report docs/findings/NAME --svg docs/findings/NAME` writes them. UPDATE_GOLDENS=1 writes charts and text.
 */
const FOLDER = 'docs/findings';
const BEGIN = '<!-- findings: UPDATE_GOLDENS=1 npx ava dist/test/experiments/findings.test.js -->\n';
const END = '<!-- end of findings -->';

const names = readdirSync(FOLDER).sort();
const findings = names.map((name) => readExperiment(join(FOLDER, name)) as ExperimentResult);

/** The chart that the README shows of each. */
const chartOf = (result: ExperimentResult) => chartFiles(experimentReport(result))[0];

function sectionOf(result: ExperimentResult): string {
  const { number, interval, rest } = answerParts(result);
  const text = `**${number}** ${interval} ${rest}`.replaceAll('\u00a0', ' ');
  const path = `${FOLDER}/${result.name}/${chartOf(result).name}`;
  const computed = result.analytic === true ? ' (computed, not simulated)' : '';
  return (
    `**${result.question}**${computed} ${text}\n\n![${result.question}](${path})\n\n` +
    `\`${result.provenance.command}\`\n`
  );
}

test('charts of the findings are those that the command draws', (t) => {
  t.true(findings.length >= 3);
  for (const result of findings) {
    const { name, svg } = chartOf(result);
    golden(t, `../${FOLDER}/${result.name}/${name}`, svg);
    t.true(svg.length < 40_000, `${name}: ${svg.length} bytes`);
    t.deepEqual(readdirSync(join(FOLDER, result.name)).sort(), [name, 'experiment.json'].sort());
  }
});

test('the README says what the findings say', (t) => {
  const readme = readFileSync('README.md', 'utf8');
  const [from, to] = [readme.indexOf(BEGIN) + BEGIN.length, readme.indexOf(END)];
  t.true(from >= BEGIN.length && to >= from, 'the marks stand in the README');
  const wanted = `\n${findings.map(sectionOf).join('\n')}\n`;
  if (process.env.UPDATE_GOLDENS === '1')
    writeFileSync('README.md', readme.slice(0, from) + wanted + readme.slice(to));
  else t.is(readme.slice(from, to), wanted);
});

test('findings are of whole runs in full form, of experiments as they are now', async (t) => {
  const shipped = new Map(
    (await shippedExperiments()).map(({ experiment }) => [experiment.name, experiment]),
  );
  for (const result of findings) {
    t.false(result.quick, result.name);
    t.deepEqual(result.failures, [], result.name);
    t.true(result.headline?.low !== undefined, `${result.name} has an interval`);
    t.is(shipped.get(result.name)?.question, result.question);
    t.deepEqual(
      Object.keys(shipped.get(result.name)?.measure as object),
      result.measures.map(({ name }) => name),
    );
  }
});

/** A change of the simulator may move numbers a little; a finding that moved more has to be made again. */
const STILL = 0.15;

test('a run of the findings still comes out as it did', async (t) => {
  const result = findings.find(({ name }) => name === '04-threads') as ExperimentResult;
  const row = nominalRows(result).find(({ levels }) => levels.threads === 6);
  const measured = row?.values[result.measures.findIndex(({ name }) => name === 'tokensPerSecond')] ?? 0;
  const command = runOptions(new Command()).exitOverride();
  const words = (row?.command ?? '').match(/'[^']*'|\S+/g) ?? [];
  command.parse(
    words.slice(2).map((word) => word.replace(/^'(.*)'$/, '$1')),
    { from: 'user' },
  );
  const { simulated } = await simulate(parseRequest(command.opts<RunOptions>()));
  t.true(
    Math.abs(simulated.tokensPerSecond / measured - 1) < STILL,
    `${simulated.tokensPerSecond} tokens per second, the README says ${measured}: make the findings again ` +
      `(xenon experiment ${names.join(' ')}) and copy experiment.json of each to ${FOLDER}`,
  );
});

test('every finding is a folder with its data', (t) => {
  for (const name of names) t.true(existsSync(join(FOLDER, name, 'experiment.json')));
});

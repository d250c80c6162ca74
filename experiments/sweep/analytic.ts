import type { ExperimentResult, Levels, Swing } from '../../reports/experiment.js';
import { withUnit } from '../../reports/format.js';
import { deviation } from '../../reports/interval.js';
import type { Threat } from '../../reports/results.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { UsageError } from '../../sim/machine/errors.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import type {
  AnalyticExperiment,
  AnalyticFactors,
  AnalyticMeasures,
  AnalyticResults,
  NumberOf,
} from '../api.js';
import { codeHash } from '../node/code-hash.js';
import { packageVersion } from '../node/package.js';
import { combinations, matches, type PlanOptions } from './plan.js';

/** A number that arithmetic may read. */
type Input = Threat & { readonly value: number };

/** The result of an experiment that is arithmetic: every row at once, and the interval by its inputs' ranges. */
export function analyticResult(
  experiment: AnalyticExperiment,
  options: Pick<PlanOptions, 'quick' | 'set'>,
  command: string,
): ExperimentResult {
  const { analytic } = experiment;
  const inputs = inputsOf(experiment, options.set);
  const cells = combinations(experiment, options.quick);
  const measures = Object.entries(analytic.measure as AnalyticMeasures<AnalyticFactors>);
  const read = new Set<string>();
  const computed = (moved: Readonly<Record<string, number>>): AnalyticResults<never, never> => {
    const number: NumberOf = (path) => {
      const input = inputs.get(path);
      if (input === undefined) throw new UsageError(`${experiment.name} reads '${path}', which is no number`);
      read.add(path);
      return moved[path] ?? input.value;
    };
    const rows = cells.map((levels) => ({
      levels,
      values: Object.fromEntries(
        measures.map(([name, measure]) => [name, measure.of(levels as never, number)]),
      ),
    }));
    const value = (measure: string, wanted: Levels = {}): number => {
      const found = rows.filter(({ levels }) => matches(levels, wanted));
      if (found.length !== 1) throw new Error(`${found.length} rows with ${JSON.stringify(wanted)}`);
      return found[0].values[measure];
    };
    return { rows, value } as never;
  };
  const results = computed({});
  const { headline } = analytic;
  const swings = headline.uncertain.flatMap((path: string): Swing[] => {
    const { low, high, unit } = inputs.get(path) ?? { unit: '' };
    if (low === undefined || high === undefined || low === high) return [];
    const at = (input: number) => headline.of(computed({ [path]: input }) as never);
    return [{ path, unit, lowInput: low, highInput: high, atLow: at(low), atHigh: at(high) }];
  });
  const value = headline.of(results as never);
  return {
    schema: 'xenon-experiment/1',
    name: experiment.name,
    question: experiment.question,
    quick: options.quick,
    analytic: true,
    factors: Object.entries(analytic.factors as AnalyticFactors).map(([name, levels]) => ({
      name,
      levels: levels.filter((level) => cells.some((cell) => cell[name] === level)),
    })),
    measures: measures.map(([name, { title, unit }]) => ({
      name,
      title,
      ...(unit === undefined ? {} : { unit }),
    })),
    headline: { value, unit: headline.unit, ...deviation(value, swings), swings },
    answer: analytic.answer(results as never),
    charts: analytic.show as ExperimentResult['charts'],
    rows: (results.rows as readonly { levels: Levels; values: Record<string, number> }[]).map((row) => ({
      id: '',
      levels: row.levels,
      values: measures.map(([name]) => (Number.isFinite(row.values[name]) ? row.values[name] : null)),
      command: '',
    })),
    failures: [],
    notes: analytic.notes ?? [],
    common: [...read].map((path) => [path, valueText(inputs.get(path) as Input)]),
    threats: [...read].map((path) => inputs.get(path) as Input).filter(({ low, high }) => low !== high),
    provenance: { command, version: packageVersion(), code: codeHash() },
  };
}

/** Numbers of the machine, and of the experiment itself. */
function inputsOf({ analytic }: AnalyticExperiment, set: readonly string[]): Map<string, Input> {
  const machine = describeMachine(applyOverrides(presetNamed(analytic.machine), set));
  return new Map<string, Input>([
    ...machine
      .filter((line): line is typeof line & { value: number } => typeof line.value === 'number')
      .map((line) => [line.path, line] as const),
    ...Object.entries(analytic.inputs).map(([path, input]) => [path, { path, ...input }] as const),
  ]);
}

const valueText = ({ value, unit, note }: Input): string =>
  `${withUnit(value, unit)}${note === undefined ? '' : ` (${note})`}`;

import type { Command } from 'commander';
import { nearest } from '../../sim/asm/nearest.js';
import { RunError, UsageError } from '../../sim/machine/errors.js';
import { machineNamed } from '../../sim/machine/named.js';
import { failures, type RowResult, runRow, summarize } from '../validate/judge.js';
import type { MachineOf, Row } from '../validate/row.js';
import { ROWS } from '../validate/rows.js';
import { validationText } from '../validate/text.js';
import {
  leaveOneOut,
  machinesWith,
  presetsOf,
  tunedParameters,
  untunedMachines,
  type Values,
} from '../validate/tuning.js';
import { LiveLine, writeJson } from './output.js';

interface Options {
  readonly json?: string;
  readonly untuned?: boolean;
  readonly tuning?: boolean;
}

export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description(
      'the simulator against figures measured on real machines: relatives of the console, and two of it',
    )
    .argument('[names...]', `rows by name or number: ${ROWS.map(({ name }) => name).join(', ')}`)
    .option('--untuned', 'with every number as it was before it was compared with a figure')
    .option('--tuning', 'also what was tuned, and what a fit without each row predicts for it (many minutes)')
    .option('--json <file>', 'results as JSON, - for standard output')
    .addHelpText('after', '\nExample:\n  xenon validate raid6 bus-speed')
    .action((names: readonly string[], options: Options) => validate(names, options));
}

function validate(names: readonly string[], options: Options): void {
  const rows = names.length === 0 ? ROWS : names.map(rowNamed);
  const live = new LiveLine();
  const run = (machineOf: MachineOf) =>
    rows.map((row) => runRow(row, machineOf, (name) => live.update(() => name)));
  const presets = presetsOf(rows);
  const parameters = tunedParameters(presets);
  const results = run(options.untuned === true ? untunedMachines(presets) : asTheyAre);
  const failed = failures(results, rows === ROWS);
  const untuned = options.tuning === true ? run(untunedMachines(presets)) : undefined;
  const predictions =
    options.tuning === true
      ? leaveOneOut(
          rows.filter(({ gated }) => gated),
          parameters,
          (row: Row, values: Values) => {
            live.update(() => `fitting: row ${row.number} with ${values.join(', ')}`);
            return runRow(row, machinesWith(parameters, values)).error;
          },
        )
      : undefined;
  live.clear();
  const of = (some: (row: RowResult) => boolean) => summarize(results.filter(some));
  const result = {
    schema: 'xenon-validate/1' as const,
    untuned: options.untuned === true,
    rows: results,
    /** Relatives on loops of their own: rows 7 to 12; ratios and rules of thumb: rows 1 to 6. */
    relatives: of((row) => row.number >= 7),
    ratios: of((row) => row.number <= 6),
    gated: of((row) => row.gated),
    failures: failed,
    tuning: { parameters, untuned, predictions },
  };
  if (options.json !== undefined) writeJson(options.json, result);
  if (options.json !== '-') process.stdout.write(`${validationText(result)}\n`);
  if (failed.length > 0) throw new RunError(`outside: ${failed.join('; ')}`);
}

const asTheyAre: MachineOf = (preset) => machineNamed(preset);

function rowNamed(name: string): Row {
  const row = ROWS.find((candidate) => candidate.name === name || String(candidate.number) === name);
  if (row !== undefined) return row;
  const known = ROWS.map((candidate) => candidate.name);
  const close = nearest(name, known);
  throw new UsageError(
    `no row '${name}': there are ${known.join(', ')}${close === undefined ? '' : ` (nearest: ${close})`}`,
  );
}

import type { Command } from 'commander';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { weightBytes } from '../../models/fit.js';
import { OPS } from '../../models/kernels/ops.js';
import { PRECISIONS, type Precision } from '../../models/quantize/precisions.js';
import { countParameters, type ModelShape, ZOO } from '../../models/zoo.js';
import { nearest } from '../../sim/asm/nearest.js';
import { ROWS } from '../../sim/isa/table.js';
import { describeMachine, describeText } from '../../sim/machine/describe.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineNamed } from '../../sim/machine/named.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { PRESETS, presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { type DramFigures, dramFigures } from '../../sim/memory/dram-figures.js';
import { kernelNames } from '../node/files.js';
import { largestContext, missingBytes } from '../run/memory-report.js';
import { writeJson } from './output.js';
import { formatTable, grouped, mib } from './table.js';

interface Options {
  readonly json?: string;
  readonly set?: readonly string[];
  readonly dram?: boolean;
}

/** The commands that say what there is. */
export function registerListings(program: Command): void {
  listing(
    program,
    'machines',
    'machine presets; with a name, every number with source, grade and range',
    'machines xbox360 --set l2.sizeBytes=2MiB',
  )
    .argument('[preset]')
    .option('--set <path=value...>', 'with overrides')
    .option('--dram', 'measure its DRAM alone: latency and bandwidth of the modelled chips and controllers')
    .action((name: string | undefined, options: Options) => machines(name, options));
  listing(
    program,
    'models',
    'models of the zoo: dimensions, bytes by precision, what fits the console',
    'models --json models.json',
  ).action((options: Options) => models(options));
  listing(program, 'kernels', 'guest kernels: operations and their variants', 'kernels').action(
    (options: Options) => kernels(options),
  );
  listing(
    program,
    'isa',
    'the instruction set: encodings and meaning; with a name, one instruction',
    'isa vmaddfp128',
  )
    .argument('[name]')
    .action((name: string | undefined, options: Options) => isa(name, options));
}

function listing(program: Command, name: string, description: string, example: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--json <file>', 'as JSON, - for standard output')
    .addHelpText('after', `\nExample:\n  xenon ${example}`);
}

function dramText(title: string, figures: DramFigures): string {
  const ns = (value: number) => `${value.toFixed(1)} ns`;
  const rate = (value: number) => `${value.toFixed(2)} GB/s, ${((100 * value) / figures.peak).toFixed(1)} %`;
  const { open, closed, conflict, peak, bandwidth, commands, illegal } = figures;
  return [
    title,
    `first data of a lone read: ${ns(open)} (row open), ${ns(closed)} (closed), ${ns(conflict)} (conflict)`,
    `peak: ${peak.toFixed(1)} GB/s`,
    formatTable([
      ['reads in flight', 'sequential', 'random lines'],
      ...bandwidth.map((b) => [String(b.depth), rate(b.sequential), rate(b.random)]),
    ]),
    `${grouped(commands)} commands checked against the timing table: ${illegal.length} illegal`,
    ...illegal.slice(0, 10),
  ].join('\n');
}

function machines(name: string | undefined, options: Options): void {
  if (name === undefined) {
    if (options.dram) throw new UsageError('--dram measures one machine: name it, for instance xbox360');
    if (options.set) throw new UsageError('--set changes one machine: name it, for instance xbox360');
    const rows = PRESETS.map(({ name: preset, title }) => ({ name: preset, title }));
    return show(options, { schema: 'xenon-machines/1', machines: rows }, () =>
      formatTable([['preset', 'what'], ...rows.map((r) => [r.name, r.title])]),
    );
  }
  const machine = applyOverrides(presetNamed(name), options.set ?? []);
  if (options.dram) {
    if (machine.plainMemory.enabled.value)
      throw new UsageError(`--dram: the memory of ${name} is a latency and a bus, no DRAM is modelled`);
    const figures = dramFigures(newMemory(), resolve(name, machine));
    const { title } = PRESETS.find((preset) => preset.name === name)!;
    return show(options, { schema: 'xenon-dram/1', preset: name, title, ...figures }, () =>
      dramText(title, figures),
    );
  }
  show(options, { schema: 'xenon-machine/1', preset: name, parameters: describeMachine(machine) }, () =>
    describeText(machine),
  );
}

/** Positions at which the listing says whether a model fits. */
const ASKED_CONTEXT = 256;
const THREADS = 6;

interface Fit {
  readonly precision: Precision;
  readonly bytes: number;
  readonly missingBytes: number;
  readonly largestContext: number;
  /** The same with keys and values in signed bytes. */
  readonly largestContextInt8: number;
}

/** How a model fits into the console's memory in each precision, as the pool answers. */
function fitsOf(shape: ModelShape): Fit[] {
  const machine = machineNamed('xbox360');
  const checkpoint = syntheticCheckpoint(shape, 'size');
  const context = Math.min(ASKED_CONTEXT, shape.sequence);
  return PRECISIONS.map((quant) => {
    const fit = { checkpoint, quant, context, threads: THREADS };
    return {
      precision: quant,
      bytes: weightBytes(shape, quant),
      missingBytes: missingBytes(machine, fit),
      largestContext: largestContext(machine, fit),
      largestContextInt8: largestContext(machine, { ...fit, kvCache: 'int8' }),
    };
  });
}

function models(options: Options): void {
  const rows = ZOO.map(({ name, shape, source }) => ({
    name,
    shape,
    parameters: countParameters(shape).stored,
    source,
    askedContext: Math.min(ASKED_CONTEXT, shape.sequence),
    fits: fitsOf(shape),
  }));
  const cell = ({ bytes, missingBytes: missing, largestContext: most, largestContextInt8 }: Fit): string => {
    const context = largestContextInt8 > most ? `${most} / ${largestContextInt8}` : `${most}`;
    return missing > 0 ? `${mib(bytes)}, lacks ${mib(missing)}` : `${mib(bytes)}, context ${context}`;
  };
  show(options, { schema: 'xenon-models/1', models: rows }, () =>
    [
      formatTable([
        ['model', 'dim', 'hidden', 'layers', 'heads', 'kv heads', 'vocabulary', 'context', 'parameters'],
        ...rows.map(({ name, shape: s, parameters }) => [
          name,
          `${s.dim}`,
          `${s.hiddenDim}`,
          `${s.layers}`,
          `${s.heads}`,
          `${s.kvHeads}`,
          `${s.vocabulary}`,
          `${s.sequence}`,
          grouped(parameters),
        ]),
      ]),
      '',
      `Weights in guest memory by precision, and the largest context that fits beside them, ${THREADS} threads`,
      `(after the stroke with --kv-cache int8, where that is more); or what is missing at ${ASKED_CONTEXT} positions:`,
      '',
      formatTable([['model', ...PRECISIONS], ...rows.map(({ name, fits }) => [name, ...fits.map(cell)])]),
    ].join('\n'),
  );
}

function kernels(options: Options): void {
  const files = kernelNames();
  const rows = Object.keys(OPS).map((op) => ({
    op,
    variants: files.filter((name) => name.startsWith(`${op}.`)).map((name) => name.slice(op.length + 1)),
  }));
  show(options, { schema: 'xenon-kernels/1', kernels: rows }, () =>
    formatTable([['operation', 'variants'], ...rows.map((r) => [r.op, r.variants.join(', ')])]),
  );
}

function isa(name: string | undefined, options: Options): void {
  const rows = ROWS.filter((row) => name === undefined || row.name === name).map((row) => ({
    name: row.name,
    syntax: row.syntax,
    form: row.form.name,
    bits: row.bits.toString(16).padStart(8, '0'),
    mask: (row.mask >>> 0).toString(16).padStart(8, '0'),
    timing: row.timing,
    chapter: row.chapter,
    meaning: row.meaning,
  }));
  if (name !== undefined && rows.length === 0) throw unknownInstruction(name);
  show(options, { schema: 'xenon-isa/1', instructions: rows }, () =>
    formatTable([
      ['instruction', 'operands', 'form', 'bits', 'mask', 'timing', 'meaning'],
      ...rows.map((r) => [r.name, r.syntax, r.form, r.bits, r.mask, r.timing, r.meaning]),
    ]),
  );
}

function unknownInstruction(name: string): UsageError {
  const close = nearest(
    name,
    ROWS.map((row) => row.name),
  );
  return new UsageError(`no instruction '${name}'${close === undefined ? '' : `: did you mean ${close}?`}`);
}

function show(options: Options, json: unknown, text: () => string): void {
  if (options.json !== undefined) writeJson(options.json, json);
  else process.stdout.write(`${text()}\n`);
}

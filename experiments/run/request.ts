import { LINE_BYTES, MOST_POSITIONS } from '../../models/batch.js';
import { ACTIVATION_TYPES, type ActivationType } from '../../models/checkpoint/tensors.js';
import { ENDIAN_STRATEGIES, type EndianStrategy } from '../../models/endian.js';
import { KV_CACHES, type KvCache } from '../../models/kv-cache.js';
import { PRECISIONS, type Precision } from '../../models/quantize/precisions.js';
import { nearest } from '../../sim/asm/nearest.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineNamed } from '../../sim/machine/named.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { ENGINES, MODES } from './works.js';

const RUN_MODES = [...MODES, 'sampled'] as const;

/** Options as they come from the command line. */
export interface RunOptions {
  readonly model: string;
  readonly tokenizer?: string;
  readonly prompt: string;
  readonly steps: string;
  readonly temperature: string;
  readonly topP: string;
  readonly seed: string;
  readonly ignoreEos?: boolean;
  readonly context?: string;
  readonly machine: string;
  readonly set?: readonly string[];
  readonly threads: string;
  readonly placement: string;
  readonly kernels: string;
  readonly endian: string;
  readonly quant?: string;
  readonly activations?: string;
  readonly kvCache?: string;
  readonly prefillBatch?: string;
  readonly stream?: string;
  readonly weightsAt?: string;
  readonly chat?: boolean;
  readonly mode: string;
  readonly skipTokens?: boolean;
  readonly engine: string;
  readonly stack?: boolean;
  readonly logits?: string;
  readonly saveSnapshot?: string;
  readonly fromSnapshot?: string;
  readonly json?: string;
  readonly out: string;
}

export { ENDIAN_STRATEGIES };

const QUANTS = PRECISIONS;

/** Devices that can bring weights, named as the machine's numbers are. */
const STREAM_DEVICES = ['usb', 'hdd', 'dvd'] as const;
export type StreamDevice = (typeof STREAM_DEVICES)[number];

/** What to simulate, checked as far as that goes without opening files. */
export interface RunRequest {
  readonly model: string;
  readonly tokenizer: string | undefined;
  readonly prompt: string;
  /** Positions in all; 0 means the whole context. */
  readonly steps: number;
  readonly temperature: number;
  readonly topP: number;
  readonly seed: number;
  readonly ignoreEos: boolean;
  readonly context: number | undefined;
  readonly machine: string;
  readonly overrides: readonly string[];
  readonly placement: readonly number[];
  /** Variant for all ops, and for single ops. */
  readonly kernels: { readonly variant: string; readonly ops: Readonly<Record<string, string>> };
  readonly endian: EndianStrategy;
  /** Precision of the matrices; what the file holds where it is not given. */
  readonly quant: Precision | undefined;
  /** How numbers meet matrices in groups; as the file's format means it where it is not given. */
  readonly activations: ActivationType | undefined;
  readonly kvCache: KvCache;
  /** Positions of the prompt that go through the layers together; 1: one after the other. */
  readonly prefillBatch: number;
  /** Device that brings the weights of layers that do not fit, for every pass. */
  readonly stream: StreamDevice | undefined;
  /** Bytes behind a cache line at which the file's weights begin; undefined: at one. */
  readonly weightsAt: number | undefined;
  /** The prompt is a user's message, put into the model's chat template. */
  readonly chat: boolean;
  readonly mode: (typeof RUN_MODES)[number];
  /** Sampled: only the measured positions are executed, on a cache of random numbers, so there is no text. */
  readonly skipTokens: boolean | undefined;
  readonly engine: (typeof ENGINES)[number];
  /** Keep where each cycle went. Changes no result, adds to it. */
  readonly stack: boolean | undefined;
  readonly logits: string | undefined;
  /** Files that the machine goes to once it has loaded, and that it comes from in place of loading. */
  readonly saveSnapshot: string | undefined;
  readonly fromSnapshot: string | undefined;
  readonly out: string;
}

/** Checks the options; throws a UsageError that says what was given, what is allowed and the nearest valid value. */
export function parseRequest(options: RunOptions): RunRequest {
  const threads = integer(options.threads, '--threads', 1, 6);
  return {
    model: options.model,
    tokenizer: options.tokenizer,
    prompt: options.prompt,
    steps: integer(options.steps, '--steps', 0, 1 << 20),
    temperature: decimal(options.temperature, '--temperature', 0, 100),
    topP: decimal(options.topP, '--top-p', 0, 1),
    seed: integer(options.seed, '--seed', 0, Number.MAX_SAFE_INTEGER),
    ignoreEos: options.ignoreEos ?? false,
    context: options.context === undefined ? undefined : integer(options.context, '--context', 1, 1 << 20),
    machine: options.machine,
    overrides: options.set ?? [],
    placement: placementOf(options, threads),
    kernels: kernelsOf(options.kernels),
    endian: oneOf(options.endian, ENDIAN_STRATEGIES, '--endian'),
    quant: options.quant === undefined ? undefined : oneOf(options.quant, QUANTS, '--quant'),
    activations:
      options.activations === undefined
        ? undefined
        : oneOf(options.activations, ACTIVATION_TYPES, '--activations'),
    kvCache: oneOf(options.kvCache ?? 'fp32', KV_CACHES, '--kv-cache'),
    prefillBatch: integer(options.prefillBatch ?? '1', '--prefill-batch', 1, MOST_POSITIONS),
    stream: options.stream === undefined ? undefined : oneOf(options.stream, STREAM_DEVICES, '--stream'),
    // Nothing where it changes nothing, so that ids of other runs stay what they are.
    weightsAt: integer(options.weightsAt ?? '0', '--weights-at', 0, LINE_BYTES - 1) || undefined,
    chat: options.chat ?? false,
    ...modeOf(options),
    engine: oneOf(options.engine, ENGINES, '--engine'),
    // Not there unless asked for, so that ids of other runs stay what they are.
    stack: options.stack ? true : undefined,
    logits: options.logits,
    ...snapshotsOf(options),
    out: options.out,
  };
}

/** Files of snapshots, and whether what was asked for besides is possible with them. */
function snapshotsOf({ saveSnapshot, fromSnapshot, stack, stream }: RunOptions) {
  const given = fromSnapshot === undefined ? saveSnapshot && '--save-snapshot' : '--from-snapshot';
  if (given !== undefined && stack)
    throw new UsageError(`--stack counts from the start: leave ${given} away`);
  if (given !== undefined && stream !== undefined)
    throw new UsageError(`${given} does not keep what a device was doing: leave --stream away`);
  return { saveSnapshot, fromSnapshot };
}

/** The mode, and whether what was asked for besides is possible in it. */
function modeOf(options: RunOptions): Pick<RunRequest, 'mode' | 'skipTokens'> {
  const mode = oneOf(options.mode, RUN_MODES, '--mode');
  if (options.stack && mode === 'functional') throw new UsageError('--stack needs --mode detailed');
  if (options.skipTokens && mode !== 'sampled') throw new UsageError('--skip-tokens needs --mode sampled');
  if (mode !== 'sampled') return { mode, skipTokens: undefined };
  const refused: readonly (readonly [string, boolean])[] = [
    ['--stack', options.stack === true],
    ['--stream', options.stream !== undefined],
    ['--engine reference', options.engine === 'reference'],
    ['--logits', options.logits !== undefined && options.skipTokens === true],
  ];
  for (const [option, isGiven] of refused) {
    if (isGiven) throw new UsageError(`${option} needs every position in detail: take --mode detailed`);
  }
  return { mode, skipTokens: options.skipTokens ? true : undefined };
}

/** Hardware threads 2c and 2c + 1 are the two of core c. */
const threadsOf = ({ count, threadsPerCore }: { readonly count: number; readonly threadsPerCore: number }) =>
  [0, 1, 2, 3, 4, 5].filter((t) => t >> 1 < count && (t & 1) < threadsPerCore);

/** Refuses hardware threads that the machine has not. */
export function checkPlacement({ name, core }: Machine, placement: readonly number[]): void {
  const there = threadsOf(core);
  if (placement.every((t) => there.includes(t))) return;
  throw new UsageError(
    there.length === 1
      ? `${name} has one hardware thread: --threads 1`
      : `${name} has hardware threads ${there.join(', ')}: --threads 1 to ${there.length}, and these in --placement`,
  );
}

/** Refuses sampled runs of a machine whose caches nothing keeps warm between the positions that are timed. */
export function checkWarming({ name, core }: Machine): void {
  if (core.window.entries === 0) return;
  throw new UsageError(`${name} issues out of order: its runs cannot be sampled, only timed in detail`);
}

const PLACEMENTS: Readonly<Record<string, readonly number[]>> = {
  spread: [0, 2, 4, 1, 3, 5],
  pack: [0, 1, 2, 3, 4, 5],
};

/** Names take what the machine has of their order; where that is not enough `checkPlacement` says so. */
function placementOf({ placement: text, machine, set = [] }: RunOptions, threads: number): readonly number[] {
  if (Object.hasOwn(PLACEMENTS, text)) {
    const { core } = machineNamed(machine, set);
    const there = PLACEMENTS[text].filter((t) => threadsOf(core).includes(t));
    return (there.length < threads ? PLACEMENTS[text] : there).slice(0, threads);
  }
  const list = text.split(',').map((part) => integer(part, '--placement', 0, 5));
  if (new Set(list).size !== list.length)
    throw new UsageError(`--placement ${text} names a hardware thread twice`);
  if (list.length !== threads) {
    throw new UsageError(
      `--placement ${text} names ${list.length} hardware threads, --threads asks for ${threads}`,
    );
  }
  return list;
}

function kernelsOf(text: string): RunRequest['kernels'] {
  const [variant, ...rest] = text.split(',');
  const ops: Record<string, string> = {};
  for (const part of rest) {
    const [op, choice, more] = part.split('=');
    if (!op || !choice || more !== undefined) {
      throw new UsageError(
        `--kernels takes VARIANT[,op=variant...], for example vmx128,matmul=scalar; got '${part}'`,
      );
    }
    ops[op] = choice;
  }
  if (variant.includes('='))
    throw new UsageError(`--kernels begins with a variant for all ops, for example vmx128,${text}`);
  return { variant, ops };
}

export function oneOf<T extends string>(value: string, allowed: readonly T[], option: string): T {
  if ((allowed as readonly string[]).includes(value)) return value as T;
  const close = nearest(value, allowed);
  throw new UsageError(
    `${option} '${value}' is unknown: choose ${allowed.join(', ')}${close ? ` (nearest: ${close})` : ''}`,
  );
}

export function integer(text: string, option: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < low || value > high) {
    throw new UsageError(`${option} takes a whole number from ${low} to ${high}, got '${text}'`);
  }
  return value;
}

function decimal(text: string, option: string, low: number, high: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= low && value <= high)) {
    throw new UsageError(`${option} takes a number from ${low} to ${high}, got '${text}'`);
  }
  return value;
}

import { type Assembled, assemble } from '../sim/asm/assemble.js';
import { nearest } from '../sim/asm/nearest.js';
import { rowOf } from '../sim/isa/table.js';
import { UsageError } from '../sim/machine/errors.js';
import type { Strategy } from './endian.js';
import { OPS } from './kernels/ops.js';

/**
 * Guest assembly by its path below models/, such as `kernels/matmul.scalar.s`; throws where there is none.
 */
export type KernelSources = (name: string) => string;

/** Which variant each operation takes: one for all, others for single operations. */
export interface KernelChoice {
  readonly variant: string;
  readonly ops: Readonly<Record<string, string>>;
}

/**
 * Operation whose variant the endian strategy decides (it and its special cases), and operations that read
 * little-endian weights under fused-vperm.
 */
export const SWAP_OP = 'byteswap';
const LITTLE_OPS: readonly string[] = ['', '-bf16', '-fp16'].flatMap((kind) => [
  `matmul${kind}`,
  `matmul${kind}-batch`,
  `embedding${kind}`,
]);

/** The choice that depends on the model: see `resolveKernels`. */
export const AUTO = 'auto';
const FASTEST = 'vmx128';
/** Operations whose fastest kernels sum or round in another order than llama2.c; all others do as it does. */
const ROUNDED: readonly string[] = ['rmsnorm', 'rope', 'attention', 'swiglu'];

/**
 * `auto` in words: the fastest kernels, and where runq.c's arithmetic is asked for (`exactly`: weights and
 * activations in groups of bytes) kernels that round as it does in every step. There each rounding of an
 * activation to a byte makes a last bit into a whole step, and a story goes another way.
 */
export function resolveKernels(choice: KernelChoice, exactly: boolean): KernelChoice {
  if (choice.variant !== AUTO) return choice;
  const exact = exactly ? Object.fromEntries(ROUNDED.map((op) => [op, 'exact'])) : {};
  return { variant: FASTEST, ops: { ...exact, ...choice.ops } };
}

/** Whether a kernel variant reads weights as a little-endian file has them. */
export const readsLittle = (variant: string): boolean => /-(le|lwbrx)$/.test(variant);

/** `rope` of `rope-half`: a choice made for an operation holds for its special cases too. */
const familyOf = (op: string): string => op.split('-')[0];

/**
 * Variant of an operation, refused where there is no such operation. `fused`: weights stay little-endian, and
 * this is how kernels turn them; rows of the embedding table are always turned by vector.
 */
export function variantOf(op: string, choice: KernelChoice, fused: Strategy['fused']): string {
  const variant = choice.ops[op] ?? choice.ops[familyOf(op)] ?? choice.variant;
  if (fused === undefined || !LITTLE_OPS.includes(op)) return variant;
  return `${variant}-${familyOf(op) === 'embedding' ? 'le' : fused}`;
}

export function checkChoice(choice: KernelChoice): void {
  for (const op of Object.keys(choice.ops)) {
    if (!(op in OPS) || op === SWAP_OP) {
      const known = Object.keys(OPS).filter((name) => name !== SWAP_OP);
      const close = nearest(op, known);
      throw new UsageError(
        `no operation '${op}' to choose a kernel for: there are ${known.join(', ')}${close ? ` (nearest: ${close})` : ''}`,
      );
    }
  }
}

/** A guest source file assembled at its place in memory. */
export interface CodeUnit {
  /** `matmul.vmx128`, or `runtime`. */
  readonly name: string;
  readonly op: string;
  readonly variant: string;
  readonly assembled: Assembled;
}

/** Whether code has instructions of VMX128, which the console's relatives have not; constants may look like them. */
export const needsVmx128 = ({ assembled }: CodeUnit): boolean =>
  assembled.words.some((word, i) => {
    const row = rowOf(word);
    const isVmx128 = row?.form.name.startsWith('VX128') === true;
    return isVmx128 && assembled.lines(assembled.base + 4 * i)?.text.includes(row.name) === true;
  });

const LINE = 128;

/**
 * Assembles the runtime and the kernels named, one behind the other, each on a cache line of its own; `place`
 * is asked for room for all of them and gives the effective address.
 */
export function assembleAll(
  kernels: readonly { op: string; variant: string }[],
  sources: KernelSources,
  place: (bytes: number) => number,
): CodeUnit[] {
  const wanted = [{ op: 'runtime', variant: '' }, ...kernels].map(({ op, variant }) => {
    const file = op === 'runtime' ? 'runtime/runtime.s' : `kernels/${op}.${variant}.s`;
    return {
      op,
      variant,
      file,
      name: op === 'runtime' ? 'runtime' : `${op}.${variant}`,
      source: sourceOf(sources, file, op, variant),
    };
  });
  let size = 0;
  const units = wanted.map(({ op, variant, file, name, source }) => {
    const assembled = assembledOnce(source, file, sources);
    const offset = size;
    size += Math.ceil(assembled.bytes.length / LINE) * LINE;
    return { op, variant, name, assembled, offset };
  });
  const base = place(size);
  return units.map(({ offset, ...unit }) => ({ ...unit, assembled: moved(unit.assembled, base + offset) }));
}

/** Files that were assembled before, by where they are from: the programs of a sweep are made of the same ones. */
const known = new WeakMap<KernelSources, Map<string, Assembled>>();

function assembledOnce(source: string, file: string, sources: KernelSources): Assembled {
  const files = known.get(sources) ?? new Map<string, Assembled>();
  known.set(sources, files);
  const assembled = files.get(file) ?? assemble(source, { file, include: sources });
  files.set(file, assembled);
  return assembled;
}

/** The same code so much farther on: it does not depend on where it stands, only its labels do. */
function moved(assembled: Assembled, by: number): Assembled {
  const { base, labels, lines } = assembled;
  const move = (symbols: ReadonlyMap<string, number>): Map<string, number> =>
    new Map([...symbols].map(([name, value]) => [name, labels.has(name) ? value + by : value]));
  return {
    ...assembled,
    base: base + by,
    symbols: move(assembled.symbols),
    labels: move(labels),
    lines: (address) => lines(address - by),
  };
}

function sourceOf(sources: KernelSources, file: string, op: string, variant: string): string {
  try {
    return sources(file);
  } catch {
    throw new UsageError(`no kernel '${variant}' for ${op}: there is no models/${file}`);
  }
}

/** A kernel may ask that the head size be a multiple of its symbol HEAD_MULTIPLE. */
export function checkHeadSize(unit: CodeUnit, headSize: number): void {
  const multiple = unit.assembled.symbols.get('HEAD_MULTIPLE');
  if (multiple !== undefined && headSize % multiple !== 0) {
    throw new UsageError(
      `${unit.name} needs a head size that is a multiple of ${multiple}, this model's is ${headSize}:` +
        ` choose another variant, for example --kernels ${unit.op}=scalar`,
    );
  }
}

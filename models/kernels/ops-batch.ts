import { batchWord, LINE_BYTES } from '../batch.js';
import { quantizeInt8 } from '../quantize/groups.js';
import { matmul, matmulGroups } from '../reference.js';
import { at, type CallBuffer, gaussian, type KernelOp, type Operand, type Sizes } from './call.js';
import { buffer, EXACT, empty, SUM } from './operands.js';
import { BF16, BIASED_SUM, FP16, groups, type Halves, halfBytes, halves } from './ops-narrow.js';

const lines = (bytes: number): number => Math.ceil(bytes / LINE_BYTES);

const WIDE: readonly Sizes[] = [
  { rows: 8, columns: 64, positions: 4 },
  { rows: 7, columns: 288, positions: 6 },
  { rows: 1, columns: 36, positions: 1 },
  { rows: 6, columns: 56, positions: 3 },
  { rows: 5, columns: 7, positions: 2 },
  { rows: 2, columns: 33, positions: 5 },
  { rows: 4, columns: 12, positions: 9 },
];
const NARROW: readonly Sizes[] = [
  { rows: 8, columns: 64, positions: 4 },
  { rows: 7, columns: 96, positions: 6 },
  { rows: 1, columns: 32, positions: 1 },
  { rows: 6, columns: 160, positions: 3 },
  { rows: 3, columns: 320, positions: 2 },
];
const GROUPED: readonly Sizes[] = NARROW.map((sizes) => ({ ...sizes, group: 32 }));
const BYTES: readonly Sizes[] = [
  ...GROUPED,
  { rows: 5, columns: 256, positions: 5, group: 64 },
  { rows: 3, columns: 172, positions: 2, group: 4 },
  { rows: 5, columns: 64, positions: 3, group: 32, skew: 4 },
];

interface Kind {
  readonly name: string;
  readonly examples: readonly Sizes[];
  readonly halves?: Halves;
  readonly bits?: 4 | 8;
  readonly activations?: boolean;
}

/** Weights in guest memory and what the console reads from them. */
function weightsOf({ halves: format, bits }: Kind, sizes: Sizes, random: () => number, little: boolean) {
  const { rows, columns, group, skew = 0 } = sizes;
  if (bits !== undefined) {
    const w = groups(bits, rows * columns, group, random);
    const read = Float32Array.from(w.integers, (q, i) => q * w.scales[Math.floor(i / group)]);
    return { w: { bytes: w.bytes, skew }, read, grouped: w };
  }
  const values = gaussian(rows * columns, random, 1 / Math.sqrt(columns));
  if (format === undefined) return { w: buffer(values, little), read: values };
  const { bits: raw, read } = halves(format, values);
  return { w: { bytes: halfBytes(raw, little) }, read };
}

function matmulBatch(kind: Kind): KernelOp {
  const { bits, activations = false, halves: format } = kind;
  const what = format?.name ?? (bits === undefined ? 'fp32' : `groups of ${bits}-bit numbers`);
  return {
    name: kind.name,
    meaning:
      `out[b][rows] = w[rows][columns] x[b][columns] for several positions b, w in ${what}` +
      (activations ? ', x in groups of bytes' : ''),
    examples: kind.examples,
    call(sizes, random, little) {
      const { rows, columns, positions, group } = sizes;
      const { w, read, grouped } = weightsOf(kind, sizes, random, little);
      const inputLines = lines(4 * columns) + (activations ? lines((4 * columns) / group) : 0);
      const outputLines = lines(4 * rows);
      const x = new Float32Array((positions * inputLines * LINE_BYTES) / 4);
      const expected = Array.from({ length: positions }, (_, b) => {
        const values = gaussian(columns, random);
        const out = new Float32Array(rows);
        const start = (b * inputLines * LINE_BYTES) / 4;
        if (activations && grouped) {
          const integers = new Int8Array(columns);
          const scales = new Float32Array(columns / group);
          quantizeInt8(values, group, integers, scales);
          x.set(integers, start);
          x.set(scales, start + (lines(4 * columns) * LINE_BYTES) / 4);
          matmulGroups(out, { integers, scales }, grouped, group);
        } else {
          x.set(values, start);
          matmul(out, values, read);
        }
        const tolerance = activations ? EXACT : bits === 4 ? BIASED_SUM : SUM;
        return { buffer: 'out', offset: b * outputLines * LINE_BYTES, floats: out, tolerance };
      });
      const batch = batchWord(positions, inputLines, outputLines);
      const operands: Operand[] = [at('out'), at('x'), at('w'), columns, rows];
      const buffers: Record<string, CallBuffer> = {
        out: empty((positions * outputLines * LINE_BYTES) / 4),
        x: buffer(x),
        w,
      };
      if (grouped) buffers.scales = buffer(grouped.scales);
      return {
        buffers,
        registers: grouped ? [...operands, at('scales'), group, batch] : [...operands, batch],
        expected,
        flops: 2 * rows * columns * positions,
        bytes: w.bytes.length + 4 * ((grouped?.scales.length ?? 0) + positions * (columns + rows)),
      };
    },
  };
}

/** Products of a matrix with several positions at once. */
export const BATCH_OPS: readonly KernelOp[] = [
  matmulBatch({ name: 'matmul-batch', examples: WIDE }),
  matmulBatch({ name: 'matmul-bf16-batch', examples: NARROW, halves: BF16 }),
  matmulBatch({ name: 'matmul-fp16-batch', examples: NARROW, halves: FP16 }),
  matmulBatch({ name: 'matmul-q80-batch', examples: BYTES, bits: 8 }),
  matmulBatch({ name: 'matmul-q80a8-batch', examples: BYTES, bits: 8, activations: true }),
  matmulBatch({ name: 'matmul-q4-batch', examples: GROUPED, bits: 4 }),
  matmulBatch({ name: 'matmul-q4a8-batch', examples: GROUPED, bits: 4, activations: true }),
];

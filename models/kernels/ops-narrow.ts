import {
  bf16Bits,
  bf16Value,
  consoleFp16Bits,
  consoleFp16Value,
  fp16Bits,
  fp16Value,
} from '../quantize/formats.js';
import { q4Integer, quantizeInt8, quantizeQ4 } from '../quantize/groups.js';
import { matmul, matmulGroups } from '../reference.js';
import {
  at,
  type CallBuffer,
  floatBytes,
  gaussian,
  type KernelCall,
  type KernelOp,
  type Operand,
  type Sizes,
  type Tolerance,
} from './call.js';
import { buffer, control, EXACT, empty, SUM } from './operands.js';

/** Numbers in 16 bits each: their bytes, and what the console reads. */
export interface Halves {
  readonly name: string;
  bits(value: number): number;
  value(bits: number): number;
  /** Bit patterns that a file may have where the format's ends are. */
  readonly edges: readonly number[];
}

export const BF16: Halves = {
  name: 'bf16',
  bits: bf16Bits,
  value: bf16Value,
  edges: [0x0080, 0x8080, 0x7f7f, 0x8000],
};
export const FP16: Halves = {
  name: 'fp16',
  bits: consoleFp16Bits,
  value: consoleFp16Value,
  // Denormals, the smallest and the largest ordinary number, and exponent 31, which is an ordinary one here.
  edges: [0x0001, 0x83ff, 0x0400, 0x8400, 0x7bff, 0x7c00, 0xfc01, 0x7fff, 0x8000],
};

export function halfBytes(bits: readonly number[], little: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * bits.length);
  const view = new DataView(bytes.buffer);
  bits.forEach((value, i) => {
    view.setUint16(2 * i, value, little);
  });
  return bytes;
}

export function halves(
  { bits, value }: Halves,
  values: Float32Array,
): { bits: number[]; read: Float32Array } {
  const all = Array.from(values, bits);
  return { bits: all, read: Float32Array.from(all, value) };
}

function matmulHalves(format: Halves): KernelOp {
  return {
    name: `matmul-${format.name}`,
    meaning: `out[rows] = w[rows][columns] x[columns], w in ${format.name}`,
    examples: [
      { rows: 8, columns: 64 },
      { rows: 1, columns: 32 },
      { rows: 7, columns: 96 },
      { rows: 6, columns: 320 },
    ],
    call({ rows, columns }, random, little) {
      const x = gaussian(columns, random);
      const w = gaussian(rows * columns, random, 1 / Math.sqrt(columns));
      // Where halves end: the console's unpack instruction has no denormals.
      w.set([1e-5, -1e-5, 3e-5, 4e-5, -0]);
      const { bits, read } = halves(format, w);
      const out = new Float32Array(rows);
      matmul(out, x, read);
      return {
        buffers: {
          out: empty(rows),
          x: buffer(x),
          w: { bytes: halfBytes(bits, little) },
          scratch: empty(4),
        },
        registers: [at('out'), at('x'), at('w'), columns, rows, at('scratch')],
        expected: [{ buffer: 'out', floats: out, tolerance: SUM }],
        flops: 2 * rows * columns,
        bytes: 2 * rows * columns + 4 * (columns + rows),
      };
    },
  };
}

function embeddingHalves(format: Halves): KernelOp {
  return {
    name: `embedding-${format.name}`,
    meaning: `copies the token's row of the embedding table, held in ${format.name}`,
    examples: [
      { count: 64, rows: 5 },
      { count: 32, rows: 3 },
    ],
    call({ count, rows }, random, little) {
      const { bits, read } = halves(format, gaussian(rows * count, random, 1e-3));
      const token = rows - 2;
      format.edges.forEach((edge, i) => {
        bits[token * count + i] = edge;
        read[token * count + i] = format.value(edge);
      });
      return {
        buffers: {
          out: empty(count),
          table: { bytes: halfBytes(bits, little) },
          control: control({ token }),
        },
        registers: [at('out'), at('table'), count, 2 * count, at('control')],
        expected: [
          { buffer: 'out', floats: read.slice(token * count, (token + 1) * count), tolerance: EXACT },
        ],
        flops: 0,
        bytes: 6 * count,
      };
    },
  };
}

/** Random weights in groups: bytes as a kernel reads them, integers, scales. */
export function groups(bits: number, count: number, group: number, random: () => number) {
  const values = gaussian(count, random, 0.05);
  values.fill(0, 0, group);
  const scales = new Float32Array(count / group);
  const integers = new Int8Array(count);
  if (bits === 8) {
    quantizeInt8(values, group, integers, scales);
    return { bytes: new Uint8Array(integers.buffer), integers, scales };
  }
  const bytes = new Uint8Array(count / 2);
  quantizeQ4(values, bytes, scales);
  for (let i = 0; i < count; i++) integers[i] = q4Integer(bytes, i >> 5, i & 31);
  return { bytes, integers, scales };
}

/** Sums of 128 + n, from which 136 times the sum of x was taken: the kernel's bits are spent on the 136. */
export const BIASED_SUM: Tolerance = { relative: 0, absolute: 1e-5 };

const GROUP_SIZES: readonly Sizes[] = [
  { rows: 8, columns: 64, group: 32 },
  { rows: 1, columns: 32, group: 32 },
  { rows: 7, columns: 160, group: 32 },
  { rows: 6, columns: 576, group: 32 },
];
/** Signed bytes come in other groups too. */
const BYTE_SIZES: readonly Sizes[] = [
  ...GROUP_SIZES,
  { rows: 5, columns: 256, group: 64 },
  { rows: 5, columns: 172, group: 4 },
  { rows: 2, columns: 80, group: 16 },
  { rows: 5, columns: 64, group: 32, skew: 4 },
];

function matmulGroup(name: string, bits: number, activations: boolean): KernelOp {
  return {
    name: `matmul-${name}`,
    meaning: `out[rows] = w[rows][columns] x[columns], w in groups of ${bits}-bit numbers${
      activations ? ', x in groups of bytes; every step rounded as in runq.c' : ''
    }`,
    examples: bits === 8 ? BYTE_SIZES : GROUP_SIZES,
    call({ rows, columns, group, skew = 0 }, random): KernelCall {
      const w = groups(bits, rows * columns, group, random);
      const x = gaussian(columns, random);
      const xq = new Int8Array(columns);
      const xs = new Float32Array(columns / group);
      quantizeInt8(x, group, xq, xs);
      const out = new Float32Array(rows);
      if (activations) matmulGroups(out, { integers: xq, scales: xs }, w, group);
      else
        matmul(
          out,
          x,
          Float32Array.from(w.integers, (q, i) => q * w.scales[Math.floor(i / group)]),
        );
      const weights: CallBuffer = { bytes: w.bytes, skew };
      const buffers: Record<string, CallBuffer> = {
        out: empty(rows),
        x: buffer(activations ? Float32Array.from(xq) : x),
        w: weights,
        scales: buffer(w.scales),
      };
      const registers: Operand[] = [at('out'), at('x'), at('w'), columns, rows, at('scales'), group];
      if (activations) {
        buffers.xs = buffer(xs);
        registers.push(at('xs'));
      }
      return {
        buffers,
        registers,
        expected: [
          { buffer: 'out', floats: out, tolerance: activations ? EXACT : bits === 4 ? BIASED_SUM : SUM },
        ],
        flops: 2 * rows * columns,
        bytes: w.bytes.length + 4 * (w.scales.length + columns + rows),
      };
    },
  };
}

function embeddingGroup(name: string, bits: number): KernelOp {
  return {
    name: `embedding-${name}`,
    meaning: `part of the token's row of an embedding table held in groups of ${bits}-bit numbers`,
    examples: [
      { count: 64, rows: 4, columns: 64, start: 0, group: 32 },
      { count: 32, rows: 3, columns: 96, start: 32, group: 32 },
      ...(bits === 8 ? [{ count: 24, rows: 3, columns: 128, start: 40, group: 64 }] : []),
    ],
    call({ count, rows, columns, start, group }, random) {
      const table = groups(bits, rows * columns, group, random);
      const token = rows - 2;
      const first = token * columns + start;
      const floats = Float32Array.from(
        { length: count },
        (_, i) => table.integers[first + i] * table.scales[Math.floor((first + i) / group)],
      );
      return {
        buffers: {
          out: empty(count),
          table: { bytes: table.bytes },
          scales: buffer(table.scales),
          control: control({ token }),
        },
        registers: [
          at('out'),
          at('table', (start * bits) / 8),
          count,
          (columns * bits) / 8,
          at('control'),
          at('scales'),
          group,
          start,
        ],
        expected: [{ buffer: 'out', floats, tolerance: EXACT }],
        flops: count,
        bytes: (count * bits) / 8 + 4 * count,
      };
    },
  };
}

export const quantize: KernelOp = {
  name: 'quantize',
  meaning: 'x[n] as groups of bytes, kept as floats, and their scales: what runq.c does to activations',
  examples: [
    { n: 64, group: 32 },
    { n: 576, group: 64 },
    { n: 172, group: 4 },
    { n: 8, group: 8 },
  ],
  call({ n, group }, random) {
    const x = gaussian(n, random, 3);
    if (n > 64) x.fill(0, 0, group);
    // Halves: 127 makes the scale 1.
    x.set([127, 0.5, -1.5, 0.49999997], n - 4);
    const quants = new Int8Array(n);
    const scales = new Float32Array(n / group);
    quantizeInt8(x, group, quants, scales);
    return {
      buffers: { out: empty(n), scales: empty(n / group), x: buffer(x) },
      registers: [at('out'), at('scales'), at('x'), n, group],
      expected: [
        { buffer: 'out', floats: Float32Array.from(quants), tolerance: EXACT },
        { buffer: 'scales', floats: scales, tolerance: EXACT },
      ],
      flops: 5 * n,
      bytes: 8 * n,
    };
  },
};

const byteswap16: KernelOp = {
  name: 'byteswap16',
  meaning: 'little-endian halfwords to big-endian ones, to another place or in place',
  examples: [{ halves: 256 }, { halves: 77 }, { halves: 3, copy: 1 }, { halves: 192, copy: 1 }],
  call({ halves: count, copy = 0 }, random) {
    const bits = Array.from({ length: count }, () => Math.floor(random() * 65536));
    const target = copy ? 'target' : 'source';
    const buffers: Record<string, CallBuffer> = { source: { bytes: halfBytes(bits, true) } };
    if (copy) buffers.target = { bytes: new Uint8Array(2 * count) };
    return {
      buffers,
      registers: [at(target), at('source'), count],
      expected: [{ buffer: target, bytes: halfBytes(bits, false) }],
      flops: 0,
      bytes: 4 * count,
    };
  },
};

function repack(name: string, bytesEach: number): KernelOp {
  return {
    name: `repack-${name}`,
    meaning: `GGUF's blocks of ${bytesEach + 2} bytes to bytes and scales apart`,
    examples: [{ blocks: 8 }, { blocks: 3 }, { blocks: 1 }],
    call({ blocks }, random) {
      const source = new Uint8Array((bytesEach + 2) * blocks).map(() => Math.floor(random() * 256));
      const bytes = new Uint8Array(bytesEach * blocks);
      const scales = new Float32Array(blocks);
      const view = new DataView(source.buffer);
      for (let i = 0; i < blocks; i++) {
        const start = (bytesEach + 2) * i;
        // Ordinary scales, and one so small that it is a denormal half.
        view.setUint16(start, fp16Bits(i === 1 ? 3e-6 : gaussian(1, random, 0.01)[0]), true);
        scales[i] = fp16Value(view.getUint16(start, true));
        bytes.set(source.subarray(start + 2, start + 2 + bytesEach), bytesEach * i);
      }
      return {
        buffers: {
          out: { bytes: new Uint8Array(bytes.length) },
          source: { bytes: source, skew: 2 },
          scales: empty(blocks),
        },
        registers: [at('out'), at('source'), blocks, at('scales')],
        expected: [
          { buffer: 'out', bytes },
          { buffer: 'scales', bytes: floatBytes(scales) },
        ],
        flops: 0,
        bytes: 2 * (bytesEach + 3) * blocks,
      };
    },
  };
}

/** Operations on weights of fewer than 32 bits, and what makes them. */
export const NARROW_OPS: readonly KernelOp[] = [
  matmulHalves(BF16),
  matmulHalves(FP16),
  matmulGroup('q80', 8, false),
  matmulGroup('q80a8', 8, true),
  matmulGroup('q4', 4, false),
  matmulGroup('q4a8', 4, true),
  embeddingHalves(BF16),
  embeddingHalves(FP16),
  embeddingGroup('q80', 8),
  embeddingGroup('q4', 4),
  quantize,
  byteswap16,
  repack('q80', 32),
  repack('q4', 16),
];

import { VR } from '../isa/registers.js';
import type { Semantics, VBinary, VUnary } from '../isa/semantics.js';
import {
  eitherOf,
  type MaybeClass,
  type NumberClass,
  productOf,
  roundedOf,
  sumOf,
  ZERO,
} from './number-class.js';
import type { Instruction } from './regions.js';

/**
 * Where the vectors of a block come from, as far as float arithmetic goes: an interpretation of the instructions on
 * nodes. `at` is the number of the instruction in its block.
 */
export type Node =
  | { readonly kind: 'opaque' }
  /** What the register holds at the head of the block. */
  | { readonly kind: 'head'; readonly reg: number }
  /** A whole quadword from memory. */
  | { readonly kind: 'load'; readonly at: number }
  | { readonly kind: 'known'; readonly class: NumberClass }
  /** All or no bits of each word. */
  | { readonly kind: 'mask' }
  /** Each word is one of these. */
  | { readonly kind: 'words'; readonly of: readonly Node[] }
  /** Arithmetic whose result is of a class when its operands are. */
  | {
      readonly kind: 'float';
      readonly at: number;
      readonly operands: readonly Node[];
      /** A comparison needs no more than operands that are not denormal. */
      readonly compares?: boolean;
      readonly result: (...operands: MaybeClass[]) => MaybeClass;
    };
export type FloatNode = Extract<Node, { kind: 'float' }>;

export interface VectorGraph {
  readonly floats: readonly FloatNode[];
  /** Value of every vector register that the block writes, at its end. */
  readonly written: ReadonlyMap<number, Node>;
  readonly loads: readonly number[];
}

const OPAQUE: Node = { kind: 'opaque' };
const MASK: Node = { kind: 'mask' };
const zero: Node = { kind: 'known', class: ZERO };

const fusedOf = (a: MaybeClass, c: MaybeClass, b: MaybeClass): MaybeClass => sumOf(productOf(a, c), b);
/** Four products: twice a bit more. */
const dotOf = (a: MaybeClass, b: MaybeClass): MaybeClass => {
  const product = productOf(a, b);
  return sumOf(sumOf(product, product), sumOf(product, product));
};

const FLOATS: Readonly<Partial<Record<VBinary, (a: MaybeClass, b: MaybeClass) => MaybeClass>>> = {
  'f32x4.add': sumOf,
  'f32x4.sub': sumOf,
  'f32x4.mul': productOf,
  'f32x4.max': eitherOf,
  'f32x4.min': eitherOf,
  dot3: dotOf,
  dot4: dotOf,
};
const ROUNDINGS: readonly VUnary[] = [
  'f32x4.roundNearest',
  'f32x4.roundZero',
  'f32x4.roundPlus',
  'f32x4.roundMinus',
];
const isCompare = (op: string): boolean => /^[fi]32x4\.cmp(eq|gt|ge|gts|gtu)$/.test(op);
/** What vupkd3d128 makes: 1.0 plus a byte's 2^-23, or half floats, whose exponents end at 2^16. */
const UNPACKED: Readonly<Record<number, NumberClass>> = {
  0: { unit: 23, bound: 1 },
  3: { unit: 24, bound: 17 },
  5: { unit: 24, bound: 17 },
};

export function vectorGraph(instructions: readonly Instruction[], sf: boolean): VectorGraph {
  const floats: FloatNode[] = [];
  const loads: number[] = [];
  const registers = new Map<number, Node>();
  const heads = new Map<number, Node>();
  let written = new Map<number, Node>();
  let at = 0;

  const headOf = (reg: number): Node => {
    if (!heads.has(reg)) heads.set(reg, { kind: 'head', reg });
    return heads.get(reg)!;
  };
  const float = (operands: readonly Node[], result: FloatNode['result'], compares = false): Node => {
    const node: FloatNode = { kind: 'float', at, operands, compares, result };
    floats.push(node);
    return node;
  };
  const operations: Partial<Record<keyof Semantics, unknown>> = {
    sf,
    pc: 0,
    vr: (n: number): Node => registers.get(VR + n) ?? headOf(VR + n),
    setVr: (n: number, value: Node) => void written.set(VR + n, value),
    loadV: (): Node => {
      loads.push(at);
      return { kind: 'load', at };
    },
    v2(op: VBinary, a: Node, b: Node): Node {
      const result = FLOATS[op];
      if (result !== undefined) return float([a, b], result);
      if (isCompare(op)) {
        if (op.startsWith('f32x4')) float([a, b], () => undefined, true);
        return MASK;
      }
      if (op === 'or' && a === b) return a;
      if (op === 'xor' && a === b) return zero;
      if (op === 'and' && b.kind === 'mask') return { kind: 'words', of: [a, zero] };
      if (op === 'and' && a.kind === 'mask') return { kind: 'words', of: [b, zero] };
      if (op === 'andc' && b.kind === 'mask') return { kind: 'words', of: [a, zero] };
      return OPAQUE;
    },
    v1: (op: VUnary, a: Node): Node => (ROUNDINGS.includes(op) ? float([a], roundedOf) : OPAQUE),
    vmadd: (a: Node, c: Node, b: Node) => float([a, c, b], fusedOf),
    vnmsub: (a: Node, c: Node, b: Node) => float([a, c, b], fusedOf),
    vselect: (a: Node, b: Node, mask: Node): Node =>
      mask.kind === 'mask' ? { kind: 'words', of: [a, b] } : OPAQUE,
    vshuffle(a: Node, b: Node, order: readonly number[]): Node {
      const words = [0, 4, 8, 12].map((w) => order.slice(w, w + 4));
      if (!words.every(([first, ...rest]) => first % 4 === 0 && rest.every((n, i) => n === first + i + 1)))
        return OPAQUE;
      const of = [a, b].filter((_, which) => words.some(([first]) => first >> 4 === which));
      return { kind: 'words', of };
    },
    vconst: (bytes: readonly number[]): Node => (bytes.every((byte) => byte === 0) ? zero : OPAQUE),
    vfromInt: (_: Node, scale: number): Node => ({
      kind: 'known',
      class: { unit: scale, bound: 32 - scale },
    }),
    vunpackD3d: (type: number): Node =>
      UNPACKED[type] === undefined ? OPAQUE : { kind: 'known', class: UNPACKED[type] },
    vsat: () => ({ value: OPAQUE, saturated: OPAQUE }),
    vtoInt: () => ({ value: OPAQUE, saturated: OPAQUE }),
  };
  const semantics = new Proxy(operations, {
    get: (known, name: keyof Semantics) => known[name] ?? (() => OPAQUE),
  }) as unknown as Semantics;

  for (const [i, { decoded }] of instructions.entries()) {
    at = i;
    written = new Map();
    decoded.row.exec(semantics, decoded.fields);
    for (const [reg, node] of written) registers.set(reg, node);
  }
  return { floats, loads, written: registers };
}

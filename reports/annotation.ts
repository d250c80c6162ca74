import type { Stacks } from './results.js';

/** `xenon annotate --json`: what every instruction cost, and why. Cycles are thread-cycles. */
export interface AnnotateResult {
  readonly schema: 'xenon-annotate/1';
  readonly title: string;
  readonly machine: string;
  readonly cycles: number;
  readonly executions: number;
  readonly leaves: Stacks['leaves'];
  /** Kernels or functions, the dearest first. */
  readonly places: readonly AnnotatedPlace[];
}

/** Cycles by the name of a leaf, of leaves that occur. */
export type Causes = Readonly<Record<string, number>>;

export interface AnnotatedPlace {
  readonly name: string;
  readonly start: number;
  /** Address behind the last instruction. */
  readonly end: number;
  readonly executions: number;
  readonly cycles: number;
  /** Of all cycles. */
  readonly share: number;
  readonly causes: Causes;
  readonly lines: readonly AnnotatedLine[];
  readonly loops: readonly AnnotatedLoop[];
}

export interface AnnotatedLine {
  readonly address: number;
  readonly word: number;
  readonly text: string;
  readonly executions: number;
  readonly cycles: number;
  readonly share: number;
  readonly cpi: number;
  /** Cache lines it has brought from the L2 cache and from memory, those included that were on their way. */
  readonly l2Lines: number;
  readonly dramLines: number;
  readonly causes: Causes;
  /** What most of its cycles beyond issue went to, and the address of the instruction that caused most of that. */
  readonly main?: { readonly leaf: string; readonly cycles: number; readonly by?: number };
}

export interface AnnotatedLoop {
  readonly head: number;
  /** Address of the branch back. */
  readonly end: number;
  /** 0 for an outermost loop. */
  readonly depth: number;
  readonly iterations: number;
  readonly cyclesPerIteration: number;
  readonly instructionsPerIteration: number;
  /** Cycles that an iteration takes at least, by what could bind it; of innermost loops. */
  readonly bounds?: readonly { readonly name: string; readonly cycles: number }[];
  /** Cycles of an iteration with all loads in the L1 cache, where the body is one straight line. */
  readonly core?: number;
  /** One such iteration; cycles from its first issue. */
  readonly timeline?: readonly TimelineRow[];
}

export interface TimelineRow {
  readonly address: number;
  readonly text: string;
  /** Issue of the instruction before it. */
  readonly previous: number;
  readonly issued: number;
  /** When it left the vector queue, if it was in there. */
  readonly queued?: number;
  readonly ready: number;
}

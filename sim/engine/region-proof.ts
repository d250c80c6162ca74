import { accessOf } from '../timing/rules.js';
import { contains, eitherOf, type MaybeClass, type NumberClass, OPERAND, widened } from './number-class.js';
import { type Constants, constantsOf } from './region-constants.js';
import { edgesOf, type Layout } from './region-layout.js';
import type { Instruction } from './regions.js';
import { type FloatNode, type Node, type VectorGraph, vectorGraph } from './vector-graph.js';
import { distinct, headAddresses, type LoadGroup, type Member } from './weave-groups.js';

/**
 * Which vector arithmetic of a region needs no tests for denormals and NaNs, and what must hold for that at the head
 * of each block: claims on registers, and cache lines that hold numbers of ordinary size (number-class.ts says why that
 * is enough). A block has a proved body for when both hold, and a tested one. While blocks follow each other in proved
 * bodies the claims hold by themselves; after others they are tested again.
 */
export interface BlockProof {
  /** What must be known of registers at the head, for this block and for those that may come after it. */
  readonly claims: ReadonlyMap<number, NumberClass>;
  /**
   * And which general registers that loads take as an index must hold a constant. Where they do, those of the next block
   * hold behind either body.
   */
  readonly constants: Constants;
  /** Loads that must come from lines of class OPERAND, by base register; addresses as the head sees them. */
  readonly lines: readonly LoadGroup[];
  /** Numbers of the instructions that need no tests then; empty where a second body is not worth it. */
  readonly proven: ReadonlySet<number>;
  /** Whether the claims of the block that comes next hold after the proved body, and after the tested one. */
  readonly keeps: { readonly proved: boolean; readonly tested: boolean };
}

/**
 * Whether a proof holds straight after the proved body of another one: `earlier` says to which base register's line there
 * the loads of a base register go.
 */
export const stands = (
  before: BlockProof | undefined,
  { lines }: BlockProof,
  earlier: (base: number) => number,
): boolean =>
  before?.keeps.proved === true &&
  lines.every(({ base }) => before.lines.some((group) => group.base === earlier(base)));

/** Instructions freed of their tests that are worth a second body. */
const LEAST_PROVEN = 2;
/** How often a loop may widen a claim by what it finds before it is taken for a running sum. */
const MOST_STEPS = 3;

interface Piece {
  readonly graph: VectorGraph;
  readonly next: readonly number[];
  readonly previous: number[];
  /** Loads whose lines can be looked at before the block begins, since no store comes before them. */
  readonly loads: ReadonlyMap<number, Member>;
  readonly claims: Map<number, NumberClass>;
  readonly steps: Map<number, number>;
  readonly neededAtHead: Set<number>;
  readonly neededLoads: Set<number>;
  proves: boolean;
  /** Floats whose operands and result are of a class under the claims. */
  proven: ReadonlySet<FloatNode>;
}

/** By number of the block; undefined when there is nothing to prove. */
export function proofsOf(
  layout: Layout,
  pointers: ReadonlySet<number>,
  sf: boolean,
): readonly BlockProof[] | undefined {
  const { blocks, numbers } = layout;
  const pieces = blocks.map((block): Piece => {
    const { instructions } = block;
    const graph = vectorGraph(instructions, sf);
    const next = edgesOf(block).flatMap(({ pc }) => numbers.get(pc) ?? []);
    const proves = new Set(graph.floats.map(({ at }) => at)).size >= LEAST_PROVEN;
    return {
      graph,
      next,
      previous: [],
      loads: proves ? visibleLoads(instructions, graph, pointers) : new Map(),
      claims: new Map(),
      steps: new Map(),
      neededAtHead: new Set(),
      neededLoads: new Set(),
      proves,
      proven: new Set(),
    };
  });
  for (const [i, { next }] of pieces.entries()) for (const number of next) pieces[number].previous.push(i);
  for (;;) {
    if (!pieces.some(({ proves }) => proves)) return undefined;
    // Whatever cannot be needed takes no part.
    findNeeds(pieces, ({ graph, proves }) => (proves ? new Set(graph.floats) : new Set()));
    findClaims(pieces);
    for (const piece of pieces) piece.proven = provenFloats(piece);
    const poor = pieces.filter((piece) => piece.proves && provenIn(piece).size < LEAST_PROVEN);
    if (poor.length === 0) break;
    for (const piece of poor) piece.proves = false;
  }
  findNeeds(pieces, ({ proven }) => proven);
  const members = pieces.flatMap(({ proves, loads }) => (proves ? [...loads.values()] : []));
  const indices = new Set(members.map(({ index }) => index));
  const constants = constantsOf(layout, indices);
  return pieces.map((piece, number) => proofOf(piece, pieces, constants[number]));
}

function visibleLoads(
  instructions: readonly Instruction[],
  { loads }: VectorGraph,
  pointers: ReadonlySet<number>,
): ReadonlyMap<number, Member> {
  const writes = instructions.findIndex(({ decoded, flow }) =>
    ['store', 'zero'].includes(accessOf(flow, decoded.row.timing)?.kind ?? ''),
  );
  const addresses = headAddresses(instructions, pointers);
  return new Map(
    loads.flatMap((at) => {
      const member = writes >= 0 && at > writes ? undefined : addresses.get(at);
      return member === undefined ? [] : [[at, member] as const];
    }),
  );
}

const claimOf = ({ claims }: Piece, reg: number): NumberClass => claims.get(reg) ?? OPERAND;

/** Classes of nodes under the claims at the head. */
function classifier(piece: Piece): (node: Node) => MaybeClass {
  const known = new Map<Node, MaybeClass>();
  const find = (node: Node): MaybeClass => {
    switch (node.kind) {
      case 'head':
        return claimOf(piece, node.reg);
      case 'known':
        return node.class;
      case 'load':
        return piece.loads.has(node.at) && piece.proves ? OPERAND : undefined;
      case 'words':
        return node.of.map(classOf).reduce(eitherOf);
      case 'float':
        return piece.proves ? node.result(...node.operands.map(classOf)) : undefined;
      default:
        return undefined;
    }
  };
  const classOf = (node: Node): MaybeClass => {
    if (!known.has(node)) known.set(node, find(node));
    return known.get(node);
  };
  return classOf;
}

/** Widens the claims at every head until they hold after the blocks before it, as far as those tell anything. */
function findClaims(pieces: readonly Piece[]): void {
  for (const { claims, steps } of pieces) {
    claims.clear();
    steps.clear();
  }
  const pending = new Set(pieces);
  for (const piece of pending) {
    pending.delete(piece);
    const classOf = classifier(piece);
    for (const number of piece.next) {
      const after = pieces[number];
      for (const reg of after.neededAtHead) {
        const node = piece.graph.written.get(reg);
        const left = node === undefined ? claimOf(piece, reg) : classOf(node);
        const claim = claimOf(after, reg);
        if (left === undefined || contains(claim, left)) continue;
        const count = (after.steps.get(reg) ?? 0) + 1;
        const wider = count > MOST_STEPS ? widened(claim, left) : eitherOf(claim, left);
        if (wider === undefined || contains(claim, wider)) continue;
        after.steps.set(reg, count);
        after.claims.set(reg, wider);
        pending.add(after);
      }
    }
  }
}

function provenFloats(piece: Piece): Set<FloatNode> {
  if (!piece.proves) return new Set();
  const classOf = classifier(piece);
  return new Set(
    piece.graph.floats.filter(
      (node) =>
        node.operands.every((operand) => classOf(operand) !== undefined) &&
        (node.compares || classOf(node) !== undefined),
    ),
  );
}

function provenIn({ graph, proven }: Piece): Set<number> {
  const open = new Set(graph.floats.filter((node) => !proven.has(node)).map(({ at }) => at));
  return new Set([...proven].map(({ at }) => at).filter((at) => !open.has(at)));
}

/** Which registers at the heads, and which loads, the given floats rest on. */
function findNeeds(pieces: readonly Piece[], floatsOf: (piece: Piece) => ReadonlySet<FloatNode>): void {
  const needs = pieces.map((piece) => {
    const floats = floatsOf(piece);
    const seen = new Set<Node>();
    const need = (node: Node): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === 'head') piece.neededAtHead.add(node.reg);
      else if (node.kind === 'load') piece.neededLoads.add(node.at);
      else if (node.kind === 'words') node.of.forEach(need);
      else if (node.kind === 'float' && floats.has(node)) node.operands.forEach(need);
    };
    piece.neededAtHead.clear();
    piece.neededLoads.clear();
    floats.forEach(need);
    return need;
  });
  const pending = new Set([...pieces.keys()].reverse());
  for (const number of pending) {
    pending.delete(number);
    const piece = pieces[number];
    const before = piece.neededAtHead.size;
    for (const reg of neededAfter(piece, pieces)) {
      const node = piece.graph.written.get(reg);
      if (node === undefined) piece.neededAtHead.add(reg);
      else needs[number](node);
    }
    if (piece.neededAtHead.size !== before) for (const earlier of piece.previous) pending.add(earlier);
  }
}

const neededAfter = ({ next }: Piece, pieces: readonly Piece[]): Set<number> =>
  new Set(next.flatMap((number) => [...pieces[number].neededAtHead]));

function proofOf(piece: Piece, pieces: readonly Piece[], constants: Constants): BlockProof {
  const { graph, loads } = piece;
  const classOf = classifier(piece);
  const holds = (reg: number, after: Piece): boolean => {
    const node = graph.written.get(reg);
    const left = node === undefined ? claimOf(piece, reg) : classOf(node);
    return left !== undefined && contains(claimOf(after, reg), left);
  };
  const after = piece.next.map((number) => pieces[number]);
  const proved = after.every((next) => [...next.neededAtHead].every((reg) => holds(reg, next)));
  const untouched = (reg: number, next: Piece): boolean => !graph.written.has(reg) && holds(reg, next);
  return {
    claims: new Map([...piece.neededAtHead].map((reg) => [reg, claimOf(piece, reg)])),
    constants,
    lines: byBase(piece.proves ? [...piece.neededLoads].flatMap((at) => loads.get(at) ?? []) : []),
    proven: provenIn(piece),
    keeps: {
      proved,
      tested: piece.proves
        ? after.every((next) => [...next.neededAtHead].every((reg) => untouched(reg, next)))
        : proved,
    },
  };
}

function byBase(members: readonly Member[]): LoadGroup[] {
  const bases = [...new Set(members.map(({ base }) => base))];
  return bases.map((base) => ({ base, members: distinct(members.filter((m) => m.base === base)) }));
}

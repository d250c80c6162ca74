import { LR } from '../isa/registers.js';
import { type Decoded, decode } from '../isa/table.js';
import { syncKindOf } from '../timing/rules.js';
import { branchTarget, dataflow, type Flow } from './dataflow.js';

/**
 * Pieces of guest code that become one WebAssembly function: the blocks that direct branches and straight-line flow
 * reach from an entry, without following calls, returns and other indirect branches.
 */

/** Straight-line code may yield wherever it enters a multiple of this. */
export const YIELD_BYTES = 256;
const MAXIMUM_INSTRUCTIONS = 400;

export interface Instruction {
  readonly pc: number;
  readonly decoded: Decoded;
  readonly flow: Flow;
}

/** A way from one block to the next instruction. */
export interface Edge {
  readonly pc: number;
  /** The thread may yield here: a taken branch backward, or straight-line flow into a multiple of YIELD_BYTES. */
  readonly yields: boolean;
}

/** How a block ends after its instructions. */
export type BlockEnd =
  | { readonly kind: 'fall'; readonly next: Edge }
  | { readonly kind: 'branch'; readonly taken: Edge; readonly next: Edge | undefined }
  | { readonly kind: 'indirect'; readonly next: Edge | undefined }
  /** The next instruction is executed alone: by the evaluator, or (sync) in time order among all threads. */
  | { readonly kind: 'single' | 'sync'; readonly pc: number };

export interface Block {
  readonly pc: number;
  readonly instructions: readonly Instruction[];
  readonly end: BlockEnd;
}

export interface Region {
  readonly entry: number;
  /** By ascending address, none inside another. */
  readonly blocks: readonly Block[];
  /** Set when there are no blocks because the instruction at the entry must be executed alone. */
  readonly end: 'single' | 'sync' | undefined;
}

/** Code words; undefined where there is no memory. */
export type Fetch = (pc: number) => number | undefined;

/** What instructions turned out to be, by address: regions overlap, so others have mostly been looked at before. */
export type Examined = Map<number, { readonly word: number | undefined; readonly found: Found }>;
type Found = Instruction | 'single' | 'sync';

/**
 * The region that begins at `entry`. `isSingle` tells the instructions that have no translation; `examined` is kept
 * from one call to the next by whoever asks again with the same `sf` and `isSingle`. Nothing but the entry is taken in
 * that is not `within`.
 */
export function findRegion(
  entry: number,
  fetch: Fetch,
  sf: boolean,
  isSingle: (instruction: Instruction) => boolean,
  limit = MAXIMUM_INSTRUCTIONS,
  examined: Examined = new Map(),
  within: (pc: number) => boolean = () => true,
): Region {
  const look = (pc: number): Found => {
    const word = fetch(pc);
    const known = examined.get(pc);
    if (known !== undefined && known.word === word) return known.found;
    const found = examine(pc, word, sf, isSingle);
    examined.set(pc, { word, found });
    return found;
  };
  const { leaders, members } = reach(entry, look, limit, within);
  const blocks = [...leaders]
    .filter((pc) => members.has(pc))
    .sort((a, b) => a - b)
    .map((pc) => blockAt(pc, look, leaders, members));
  const first = look(entry);
  return { entry, blocks, end: typeof first === 'string' ? first : undefined };
}

/** The one synchronising instruction at an address that has one, for when it is its turn. */
export function synchronisingRegion(pc: number, word: number, sf: boolean): Region {
  const decoded = decode(word)!;
  const instructions = [{ pc, decoded, flow: dataflow(decoded.row, decoded.fields, { sf }) }];
  const next = { pc: after(pc), yields: false };
  return { entry: pc, blocks: [{ pc, instructions, end: { kind: 'fall', next } }], end: undefined };
}

function examine(
  pc: number,
  word: number | undefined,
  sf: boolean,
  isSingle: (instruction: Instruction) => boolean,
): Found {
  const decoded = word === undefined ? undefined : decode(word);
  if (decoded === undefined) return 'single';
  if (syncKindOf(decoded) !== undefined) return 'sync';
  const instruction = { pc, decoded, flow: dataflow(decoded.row, decoded.fields, { sf }) };
  return isSingle(instruction) ? 'single' : instruction;
}

const after = (pc: number): number => (pc + 4) >>> 0;

/** Which direct branch target belongs to the same region: calls do not. */
function localTarget({ pc, flow }: Instruction): number | undefined {
  if (flow.branch === undefined || flow.writes.some(({ reg }) => reg === LR)) return undefined;
  return branchTarget(flow.branch, pc);
}

/** Breadth first, so that near code comes before far code when the limit cuts. */
function reach(
  entry: number,
  look: (pc: number) => Found,
  limit: number,
  within: (pc: number) => boolean,
): { leaders: Set<number>; members: Set<number> } {
  const leaders = new Set([entry]);
  const members = new Set<number>();
  const queue = [entry];
  for (let pc = queue.shift(); pc !== undefined; pc = queue.shift()) {
    for (let at = pc; !members.has(at) && members.size < limit; at = after(at)) {
      const found = look(at);
      if (typeof found === 'string' || (at !== entry && !within(at))) break;
      if (at % YIELD_BYTES === 0) leaders.add(at);
      members.add(at);
      const { branch } = found.flow;
      if (branch === undefined) continue;
      const target = localTarget(found);
      if (target !== undefined) {
        leaders.add(target);
        queue.push(target);
      }
      leaders.add(after(at));
      if (!branch.conditional) break;
    }
  }
  return { leaders, members };
}

function blockAt(
  start: number,
  look: (pc: number) => Found,
  leaders: ReadonlySet<number>,
  members: ReadonlySet<number>,
): Block {
  const instructions: Instruction[] = [];
  const fall = (pc: number): Edge => ({ pc, yields: pc % YIELD_BYTES === 0 });
  for (let pc = start; ; pc = after(pc)) {
    const found = look(pc);
    if (pc !== start && (leaders.has(pc) || !members.has(pc))) {
      const yields = pc % YIELD_BYTES === 0;
      if (typeof found === 'string' && !yields) return { pc: start, instructions, end: { kind: found, pc } };
      return { pc: start, instructions, end: { kind: 'fall', next: fall(pc) } };
    }
    const instruction = found as Instruction;
    instructions.push(instruction);
    const { branch } = instruction.flow;
    if (branch === undefined) continue;
    const next = branch.conditional ? fall(after(pc)) : undefined;
    const target = branchTarget(branch, pc);
    if (target === undefined) return { pc: start, instructions, end: { kind: 'indirect', next } };
    return {
      pc: start,
      instructions,
      end: { kind: 'branch', taken: { pc: target, yields: target <= pc }, next },
    };
  }
}

import { dataflow, type Flow } from '../engine/dataflow.js';
import { CRF, FPSCR, LR, VSCR } from '../isa/registers.js';
import type { TimingClass } from '../isa/row.js';
import type { Decoded } from '../isa/table.js';
import type { SyncKind } from '../memory/system.js';
import { type CoreTiming, mayPair } from './core-timing.js';
import type { AccessPlan, BranchPlan, IssuePlan, Result, VectorPipe, Wait } from './plan.js';

const SYNC: Partial<Record<TimingClass, SyncKind>> = {
  loadReserve: 'loadReserve',
  storeConditional: 'storeConditional',
  sync: 'sync',
  lwsync: 'lwsync',
  eieio: 'eieio',
};

/** Whether the instruction must run alone, in time order: engines stop before it. */
export function syncKindOf(decoded: Decoded | undefined): SyncKind | undefined {
  if (decoded === undefined) return undefined;
  if (decoded.row.timing === 'threadHint')
    return decoded.row.name.startsWith('cctp') ? 'priority' : undefined;
  return SYNC[decoded.row.timing];
}

/** Cycles that a thread hint keeps its thread from issuing, undefined for other instructions. */
function delayOf(name: string, core: CoreTiming): number | undefined {
  const hints: Readonly<Record<string, number>> = {
    db8cyc: core.delayHint.or28,
    db10cyc: core.delayHint.or29,
    db12cyc: core.delayHint.or30,
    db16cyc: core.delayHint.or31,
  };
  return hints[name];
}

/**
 * The plan of the instruction at `pc`, after the instruction `before` it in memory (undefined at the start of an
 * aligned pair or where there is none). Pure: depends on the two words, the address, the mode and the machine.
 */
export function planOf(
  decoded: Decoded,
  before: Decoded | undefined,
  pc: number,
  sf: boolean,
  core: CoreTiming,
): IssuePlan {
  const { row, fields } = decoded;
  const timing = row.timing;
  const flow = dataflow(row, fields, { sf, pc });
  const access = accessOf(flow, timing);
  const sync = syncKindOf(decoded);
  const unit = core.unit[timing];
  const pipe: VectorPipe | undefined = unit === 'arithmetic' || unit === 'permute' ? unit : undefined;
  const isDouble = DOUBLE_PRODUCT.test(row.name);
  const storeData = flow.reads.filter((r) => r.role === 'storeData').map((r) => r.reg);
  return {
    timing,
    unit,
    pairs: pc % 8 === 4 && before !== undefined && mayPair(core, before.row.timing, timing),
    pipe,
    waits: waitsOf(flow, timing, access, core),
    results: resultsOf(flow, timing, core, isDouble ? core.doubleMultiply.extraLatency : 0),
    storeData: access?.kind === 'store' ? storeData : [],
    access: sync === undefined ? access : undefined,
    branch: branchOf(flow, timing),
    sync,
    blockCycles: Math.max(
      delayOf(row.name, core) ?? core.block[timing],
      isDouble ? core.doubleMultiply.blockCycles : 0,
    ),
  };
}

/** What an instruction does in memory, as timing and warming see it. */
export function accessOf(flow: Flow, timing: TimingClass): AccessPlan | undefined {
  if (timing === 'cacheHint') return { kind: 'prefetch' };
  if (timing === 'cacheZero') return { kind: 'zero' };
  if (timing === 'cacheFlush') return { kind: 'flush' };
  const first = flow.accesses[0];
  if (first === undefined) return undefined;
  return { kind: first.kind === 'load' ? 'load' : 'store', size: first.size };
}

/** Status registers keep sticky bits that nobody waits for, except the instructions that move them. */
function tracked(reg: number, timing: TimingClass): boolean {
  return (reg !== FPSCR || timing === 'floatStatus') && (reg !== VSCR || timing === 'vectorStatus');
}

function waitsOf(flow: Flow, timing: TimingClass, access: AccessPlan | undefined, core: CoreTiming): Wait[] {
  const waits = new Map<number, number>();
  for (const { reg, role } of flow.reads) {
    if (!tracked(reg, timing)) continue;
    if (role === 'storeData' && access?.kind === 'store') continue;
    const extra = role === 'address' ? 2 * core.addressExtra : 0;
    waits.set(reg, Math.max(waits.get(reg) ?? 0, extra));
  }
  return [...waits].map(([reg, extra]) => ({ reg, extra })).sort((a, b) => a.reg - b.reg);
}

/** fmul, fmadd, fmsub, fnmadd, fnmsub: not those that round to single. */
const DOUBLE_PRODUCT = /^f(mul|n?madd|n?msub)\.?$/;

function resultsOf(flow: Flow, timing: TimingClass, core: CoreTiming, extra: number): Result[] {
  const memory = timing.startsWith('load') || timing === 'storeConditional';
  return flow.writes
    .filter(({ reg }) => tracked(reg, timing))
    .map(({ reg, loaded }) => {
      // The updated base register of a load comes from the adder, not from memory.
      const isBase = memory && !loaded;
      const cycles = isBase ? core.updateLatencyCycles : latencyOf(reg, timing, core) + extra;
      return { reg, latency: 2 * cycles, fromMemory: memory && !isBase };
    });
}

function latencyOf(reg: number, timing: TimingClass, core: CoreTiming): number {
  if (reg < CRF || reg >= LR) return core.latency[timing];
  switch (timing) {
    case 'compare':
      return core.crToBranch.compare;
    case 'floatCompare':
      return core.crToBranch.floatCompare;
    case 'vectorCompareFloat':
      return core.crToBranch.vectorCompareFloat;
    case 'vectorCompareInteger':
      return core.crToBranch.vectorCompareInteger;
    case 'crLogical':
    case 'moveToCr':
    case 'storeConditional':
      return core.latency[timing];
    default:
      return core.crToBranch.record;
  }
}

function branchOf(flow: Flow, timing: TimingClass): BranchPlan | undefined {
  if (flow.branch === undefined) return undefined;
  const { kind, conditional } = flow.branch;
  const links = flow.writes.some(({ reg }) => reg === LR);
  if (timing !== 'branchIndirect') return { conditional, kind: links ? 'call' : 'direct', links };
  return { conditional, kind: kind === 'return' ? 'return' : 'indirect', links };
}

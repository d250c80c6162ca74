import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan, Unit } from '../timing/plan.js';
import { type SteadyLoop, steadyLoop } from './timeline.js';

/** An executed instruction as loops see it. */
export interface LoopLine {
  readonly pc: number;
  readonly plan: IssuePlan;
  readonly executions: number;
  /** Half-cycles. */
  readonly halfCycles: number;
  /** Lines it has brought, or awaited, from memory. */
  readonly dramLines: number;
  /** Target of a direct branch. */
  readonly target: number | undefined;
}

/** Units of cores without an issue window: only those are annotated. */
type InOrderUnit = Exclude<Unit, 'none' | 'float' | 'vectorFloat' | 'vectorComplex'>;

/** Cycles that an iteration which another one follows takes at least, by what could bind it. */
export interface LoopBounds {
  /** Issue slots, with instructions that hold the front end. */
  readonly issue: number;
  /** The same with the bubble of the branch that closes the loop. */
  readonly issueAndBranch: number;
  readonly units: Readonly<Record<InOrderUnit, number>>;
  /** The longest chain of results from one iteration to the next. */
  readonly dependency: number;
  /** The lines it brings from memory, at the bus's peak. */
  readonly memory: number;
  /** The whole core with every load in the L1 cache; undefined where the body is not one straight line. */
  readonly core: number | undefined;
}

export interface Loop {
  readonly head: number;
  /** Address of the last branch back. */
  readonly end: number;
  /** 0 for an outermost loop. */
  readonly depth: number;
  readonly isInnermost: boolean;
  readonly iterations: number;
  readonly cyclesPerIteration: number;
  readonly instructionsPerIteration: number;
  /** Of innermost loops. */
  readonly bounds: LoopBounds | undefined;
  readonly steady: SteadyLoop | undefined;
}

/** How often an instruction must run in an iteration to belong to its usual way. */
const USUAL = 0.5;
const LINE_BYTES = 128;

/** Loops of a function: stretches from the target of an executed branch back to that branch. */
export function findLoops(lines: readonly LoopLine[], core: CoreTiming, readBytesPerCycle: number): Loop[] {
  const ends = new Map<number, { end: number; executions: number }>();
  const known = new Map(lines.map((line) => [line.pc, line.executions]));
  for (const { pc, target, executions } of lines) {
    if (target === undefined || target > pc || executions === 0 || !known.has(target)) continue;
    const before = ends.get(target) ?? { end: 0, executions: 0 };
    ends.set(target, { end: Math.max(before.end, pc), executions: before.executions + executions });
  }
  const ranges = [...ends]
    // A branch back that is rarely come to returns from code out of line.
    .filter(([head, { executions }]) => executions >= USUAL * known.get(head)!)
    .map(([head, { end }]) => ({ head, end }))
    .sort((a, b) => a.head - b.head || b.end - a.end);
  const within = (a: { head: number; end: number }, b: { head: number; end: number }) =>
    a !== b && a.head >= b.head && a.end <= b.end;
  return ranges.flatMap((range) => {
    const body = lines.filter(({ pc }) => pc >= range.head && pc <= range.end);
    const iterations = body[0].executions;
    if (iterations === 0) return [];
    const isInnermost = !ranges.some((other) => within(other, range));
    const sum = (of: (line: LoopLine) => number) =>
      body.reduce((total, line) => total + of(line), 0) / iterations;
    const usual = body.filter(({ executions }) => executions >= USUAL * iterations);
    const isStraight = isInnermost && usual.every(({ plan }, i) => goesOn(plan, i === usual.length - 1));
    const steady = isStraight ? steadyLoop(usual, core) : undefined;
    return [
      {
        ...range,
        depth: ranges.filter((other) => within(range, other)).length,
        isInnermost,
        iterations,
        cyclesPerIteration: sum(({ halfCycles }) => halfCycles / 2),
        instructionsPerIteration: sum(({ executions }) => executions),
        bounds: isInnermost
          ? { ...boundsOf(body, iterations, core, readBytesPerCycle), core: steady?.cyclesPerIteration }
          : undefined,
        steady,
      },
    ];
  });
}

/** Whether control mostly goes on behind the instruction: it is no call, return or fence. */
const goesOn = ({ branch, sync }: IssuePlan, isLast: boolean): boolean =>
  sync === undefined && (branch === undefined || isLast || (branch.conditional && branch.kind === 'direct'));

function boundsOf(
  body: readonly LoopLine[],
  iterations: number,
  core: CoreTiming,
  readBytesPerCycle: number,
): Omit<LoopBounds, 'core'> {
  const units = { integer: 0, loadStore: 0, branch: 0, arithmetic: 0, permute: 0 };
  let [issue, linesRead] = [0, 0];
  for (const { plan, executions, dramLines } of body) {
    const often = executions / iterations;
    if (!plan.pairs) issue += often;
    if (plan.pipe === undefined) issue += often * Math.max(0, plan.blockCycles - 1);
    if (plan.unit in units)
      units[plan.unit as InOrderUnit] +=
        often * (plan.pipe === undefined ? 1 : Math.max(1, plan.blockCycles));
    linesRead += dramLines / iterations;
  }
  return {
    issue,
    issueAndBranch: issue + core.takenBranchCycles - 1,
    units,
    dependency: chain(body.filter(({ executions }) => executions >= USUAL * iterations)),
    memory: (LINE_BYTES * linesRead) / readBytesPerCycle,
  };
}

const ROUNDS = 64;

/** Cycles by which results move from one iteration to the next when nothing but results is waited for. */
function chain(body: readonly LoopLine[]): number {
  const ready = new Map<number, number>();
  const at = (reg: number) => ready.get(reg) ?? 0;
  const latest: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { plan } of body) {
      const start = Math.max(0, ...plan.waits.map(({ reg, extra }) => at(reg) + extra));
      const data = Math.max(start, ...plan.storeData.map(at));
      for (const { reg, latency } of plan.results) ready.set(reg, data + latency);
    }
    latest.push(Math.max(0, ...ready.values()));
  }
  return (latest[ROUNDS - 1] - latest[ROUNDS / 2 - 1]) / (ROUNDS / 2) / 2;
}

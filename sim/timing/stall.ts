/**
 * What a thread's half-cycles go to.
 *
 * The attribution rule. Time of a thread is the slot `s` of its youngest issued instruction (plan.ts), so every
 * half-cycle belongs to the instruction over which `s` passed it. An instruction moves `s` in steps, in the order of
 * the timing rules, and each step is charged, where it is made, to what made it:
 *
 * 1. Its own slot: `base`. The second slot of the cycle before, where it could not share that cycle: `dualIssue`.
 * 2. A wait for a register is charged to the instruction that produces the register: by its class to
 *    `dependencyInteger`, `dependencyFloat` or `dependencyVector`; to where the line came from for a load: `loadUse`
 *    (its latency, the line being in the L1 cache), `loadL2` or `loadDram` (a line that anything had asked of memory
 *    before, and that is still on its way, counts as from memory); to `synchronisation` for lwarx and stwcx.
 * 3. A full vector queue is charged to what its oldest entry waits for: a register as in 2; the pipe, still busy with
 *    an instruction that is not pipelined: `structural`; an entry before it, since the queue issues in order: what
 *    that one waited for.
 * 4. A full store queue is charged to what its oldest entry waits for: store data as in 2; a gather buffer:
 *    `storeGather`; the entry before it: what that one waited for; else `storeQueue`. So is dcbz or dcbf that waits
 *    for the one before.
 * 5. A load that restarts behind a store: `loadHitStore`. All miss slots busy: `missSlots`.
 *    An address that must be translated beyond the ERAT: `translation`.
 * 6. Microcode, instructions that are not pipelined and misaligned accesses: `structural`; thread hints and fences:
 *    `synchronisation`.
 * 7. Behind a branch: `branchTaken` or `branchMispredict`.
 * 8. Where a step ends later only because the thread must leave cycles to its sibling, the difference is `sibling`.
 * 9. Time that passes while a thread does not run, because it has ended, has not begun or sleeps in a system call,
 *    is `idle`.
 *
 * 10. Time in which issue is closed because an instruction's line is not in the instruction cache is `fetch`, of that
 *    instruction.
 *
 * All time in code named as waiting for other threads is gathered under `barrier`, whatever else it went to.
 */
export interface Leaf<N extends string = string> {
  readonly name: N;
  readonly group: string;
  readonly title: string;
  readonly meaning: string;
}

const leaf = <N extends string>(name: N, group: string, title: string, meaning: string): Leaf<N> => ({
  name,
  group,
  title,
  meaning,
});

export const LEAVES = [
  leaf('base', 'base', 'base', 'slots in which instructions issue'),
  leaf(
    'dualIssue',
    'base',
    'dual issue lost',
    'second slots of cycles that the next instruction could not share',
  ),
  leaf(
    'dependencyInteger',
    'dependency',
    'integer result',
    'waits for integer, condition or address results',
  ),
  leaf('dependencyFloat', 'dependency', 'float result', 'waits for floating-point results'),
  leaf('dependencyVector', 'dependency', 'vector result', 'waits for vector results'),
  leaf('loadUse', 'dependency', 'load-use (L1 latency)', 'waits for loads that hit the L1 cache'),
  leaf(
    'structural',
    'structural',
    'structural',
    'microcode, pipes held by one instruction, misaligned accesses',
  ),
  leaf('branchTaken', 'branch', 'taken branch', 'bubbles of taken branches'),
  leaf('branchMispredict', 'branch', 'mispredicted branch', 'flushes after mispredicted branches'),
  leaf('fetch', 'fetch', 'instruction fetch', 'waits for lines that the instruction cache has not'),
  leaf('loadL2', 'load', 'load from L2', 'waits for lines from the L2 cache'),
  leaf('loadDram', 'load', 'load from DRAM', 'waits for lines from memory'),
  leaf('missSlots', 'load', 'miss slots full', 'loads and prefetches that found every miss slot busy'),
  leaf(
    'loadHitStore',
    'loadHitStore',
    'load-hit-store',
    'loads restarted behind a store to the same quadword',
  ),
  leaf(
    'storeQueue',
    'store',
    'store queue full',
    'stores that found the store queue full; dcbz and dcbf in a row',
  ),
  leaf('storeGather', 'store', 'store gathering', 'the store queue waits for a gather buffer'),
  leaf('translation', 'translation', 'translation', 'ERAT and TLB misses'),
  leaf('synchronisation', 'synchronisation', 'synchronisation', 'fences, lwarx and stwcx., thread hints'),
  leaf('barrier', 'barrier', 'barrier', 'code that waits for other threads'),
  leaf('sibling', 'sibling', 'sibling thread', "cycles left to the core's other thread"),
  leaf('idle', 'idle', 'idle', 'the thread does not run'),
] as const satisfies readonly Leaf[];
export type LeafName = (typeof LEAVES)[number]['name'];

/** Leaves by number: the order of LEAVES. */
export const LEAF = Object.fromEntries(LEAVES.map(({ name }, i) => [name, i])) as Readonly<
  Record<LeafName, number>
>;

import type { PhaseCost } from '../../reports/results.js';
import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import type { SiteProfile } from '../../sim/observe/site-profile.js';

/** What has been counted up to a moment at which no thread runs. */
export interface PhaseReading {
  readonly cycles: number;
  /** Of each hardware thread in use, those of spinning at barriers included. */
  readonly threads: readonly { readonly thread: number; readonly instructions: number }[];
  /** Of the machine's own memory system, where it has one. */
  readonly memory: MemoryStatistics | undefined;
}

type Counts = Record<string, number>;

/**
 * Cuts a run into phases: loading, then one forward pass after another. Each is the difference of two readings, so that
 * phases add up to the run, counter by counter.
 */
export class PhaseRecorder {
  readonly phases: PhaseCost[] = [];
  private from: PhaseReading;
  private sites: ReturnType<typeof sitesNow>;

  constructor(
    private readonly read: () => PhaseReading,
    private readonly profile: SiteProfile,
    private readonly ops: readonly { readonly op: string }[],
    private readonly clock: number,
  ) {
    this.from = read();
    this.sites = sitesNow(profile);
  }

  /** A phase begins now. */
  begin(): void {
    this.from = this.read();
    this.sites = sitesNow(this.profile);
  }

  /** Loading has ended; a device may have been waited for, so that it took longer than its cycles. */
  endLoading(seconds: number): void {
    this.end({ phase: 'load', positions: 0, seconds });
  }

  /** A forward pass has ended, the next begins. */
  endPass(position: number, positions: number, promptTokens: number): void {
    this.end({ phase: position < promptTokens ? 'prefill' : 'decode', position, positions });
  }

  private end(
    what: Pick<PhaseCost, 'phase' | 'position' | 'positions'> & { readonly seconds?: number },
  ): void {
    const { from, sites } = this;
    this.begin();
    const cycles = this.from.cycles - from.cycles;
    const ops = this.opsSince(sites);
    this.phases.push({
      ...what,
      cycles,
      seconds: what.seconds ?? cycles / this.clock,
      spinInstructions: ops.barrier?.instructions ?? 0,
      threads: this.from.threads.map(({ thread, instructions }, i) => ({
        thread,
        instructions: instructions - from.threads[i].instructions,
      })),
      ops,
      ...(this.from.memory === undefined ? {} : { memory: difference(from.memory, this.from.memory) }),
    });
  }

  private opsSince(before: ReturnType<typeof sitesNow>): PhaseCost['ops'] {
    const costs: Record<string, { calls: number; cycles: number; instructions: number }> = {};
    this.ops.forEach(({ op }, i) => {
      const calls = this.sites.calls[i] - before.calls[i];
      const cycles = (this.sites.halfCycles[i] - before.halfCycles[i]) / 2;
      if (calls === 0 && cycles === 0) return;
      costs[op] ??= { calls: 0, cycles: 0, instructions: 0 };
      const cost = costs[op];
      cost.calls += calls;
      cost.cycles += cycles;
      cost.instructions += this.sites.instructions[i] - before.instructions[i];
    });
    return costs;
  }
}

const sitesNow = ({ calls, halfCycles, instructions }: SiteProfile) => ({
  calls: calls.slice(),
  halfCycles: halfCycles.slice(),
  instructions: instructions.slice(),
});

/** Of the counters that add up; shares of time are made of them later. What did not move is left out. */
function difference(from: MemoryStatistics | undefined, to: MemoryStatistics): Counts {
  const moved: Counts = {};
  for (const [name, value] of Object.entries(to)) {
    const by = value - ((from as Counts | undefined)?.[name] ?? 0);
    if (!name.endsWith('Utilisation') && by !== 0) moved[name] = by;
  }
  return moved;
}

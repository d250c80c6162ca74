import type { LinuxProcess } from '../../sim/linux/process.js';
import { HARDWARE_THREADS } from '../../sim/linux/threads.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import type { RegionOfInterest } from '../../sim/observe/function-profile.js';
import type { MadeWorks, Mode } from './works.js';

/** Cycles and instructions of the whole run or of the region of interest; cycles are null without timing. */
export interface Span {
  readonly cycles: number | null;
  readonly seconds: number | null;
  readonly instructions: number;
  /** Elapsed cycles an instruction, and its inverse. */
  readonly cpi: number | null;
  readonly ipc: number | null;
  /** Of the cycles: those that loads waited for stores to the same quadword, summed over threads. */
  readonly loadHitStoreCycles: number | null;
}

interface Counted {
  readonly cycles: number;
  readonly instructions: number;
  readonly loadHitStoreCycles: number;
}

interface Reading extends Counted {
  readonly memory: MemoryStatistics | undefined;
}

/** Reads time and counters of a process. */
export class Meter {
  constructor(
    private readonly process: LinuxProcess,
    private readonly works: MadeWorks,
    private readonly mode: Mode,
    private readonly machine: Machine,
  ) {}

  /** Of one thread's time, or the latest. */
  read(thread?: number): Reading {
    const { xenon } = this.process;
    const threads: readonly number[] = HARDWARE_THREADS;
    return {
      cycles: thread === undefined ? xenon.cycles(threads) : xenon.time(thread) / 2,
      instructions: threads.reduce((sum, t) => sum + xenon.instructions(t), 0),
      loadHitStoreCycles: threads.reduce((sum, t) => sum + xenon.loadHitStoreCycles(t), 0),
      memory: this.works.counted?.statistics(),
    };
  }

  span({ cycles, instructions, loadHitStoreCycles }: Counted): Span {
    if (this.mode === 'functional') {
      return { cycles: null, seconds: null, instructions, cpi: null, ipc: null, loadHitStoreCycles: null };
    }
    return {
      cycles,
      seconds: cycles / this.machine.clock,
      instructions,
      cpi: instructions === 0 ? null : cycles / instructions,
      ipc: cycles === 0 ? null : instructions / cycles,
      loadHitStoreCycles,
    };
  }
}

/** What happens inside a function, what it calls included. */
export interface RegionCost extends Span {
  readonly symbol: string;
  readonly calls: number;
  /** Counters of the memory system. */
  readonly memory: Readonly<Record<string, number>>;
}

/** Adds up what happens while any thread is between entry and return of a function. */
export class RegionMeter implements RegionOfInterest {
  calls = 0;
  /** Threads that are inside. */
  private threads = 0;
  private cycles = 0;
  private instructions = 0;
  private loadHitStoreCycles = 0;
  private readonly memory = new Map<string, number>();
  private start: Reading | undefined;

  constructor(
    readonly name: string,
    private readonly meter: Meter,
  ) {}

  onEnter(thread: number): void {
    this.calls++;
    if (this.threads++ === 0) this.start = this.meter.read(thread);
  }

  onLeave(thread: number): void {
    if (--this.threads === 0) this.end(this.meter.read(thread));
  }

  /** Also where the program ends inside. */
  end(end: Reading): void {
    const start = this.start;
    if (start === undefined) return;
    // Who leaves last may be a little behind who entered first.
    this.cycles += Math.max(0, end.cycles - start.cycles);
    this.instructions += end.instructions - start.instructions;
    this.loadHitStoreCycles += end.loadHitStoreCycles - start.loadHitStoreCycles;
    for (const [name, value] of Object.entries(end.memory ?? {})) {
      if (name.endsWith('Utilisation')) continue;
      const before = (start.memory as Readonly<Record<string, number>> | undefined)?.[name] ?? 0;
      this.memory.set(name, (this.memory.get(name) ?? 0) + value - before);
    }
    this.start = undefined;
  }

  result(): RegionCost {
    const { cycles, instructions, loadHitStoreCycles } = this;
    const span = this.meter.span({ cycles, instructions, loadHitStoreCycles });
    return { symbol: this.name, calls: this.calls, ...span, memory: Object.fromEntries(this.memory) };
  }
}

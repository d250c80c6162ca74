import { type ProgramMarks, programMarks } from '../../models/profile.js';
import type { GuestProgram } from '../../models/program.js';
import { MEMORY_BYTES, STATE_BASE } from '../../sim/engine/context.js';
import { runFunctional } from '../../sim/machine/functional.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { type SavedXenon, Xenon } from '../../sim/machine/xenon.js';
import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import { SiteProfile } from '../../sim/observe/site-profile.js';
import type { Moment } from './fed-pass.js';
import type { Onlookers } from './onlookers.js';
import type { RunObserver } from './run-observer.js';
import { bytesMoved, type MadeWorks } from './works.js';

/** A machine and the threads of a program on it: runs them, and tells what they have done. */
export class GuestMachine {
  readonly bytes: Uint8Array;
  readonly sites: ProgramMarks['sites'];
  readonly profile: SiteProfile;
  private readonly xenon: Xenon;
  /** Host seconds spent in guest code. */
  private hostSeconds = 0;
  /** Instructions retired between moments that the machine went back from. */
  private undone = 0;

  constructor(
    readonly machine: Machine,
    /** Hardware threads that the program's run on. */
    readonly placement: readonly number[],
    program: GuestProgram,
    memory: WebAssembly.Memory,
    private readonly works: MadeWorks,
    private readonly onlookers: Onlookers,
    private readonly observer: Pick<RunObserver, 'onProgress'>,
  ) {
    this.xenon = new Xenon(memory, machine, works);
    this.bytes = this.xenon.bytes;
    const { sites, marks } = programMarks(program, this.bytes, placement);
    this.sites = sites;
    this.profile = new SiteProfile(memory.buffer, sites.length, marks);
    works.engine.profile = this.profile;
    onlookers.follow(this.profile, (thread) => this.xenon.time(thread) / 2);
    for (const [i, { pc, registers }] of program.threads.entries())
      this.xenon.place(placement[i], pc, registers);
  }

  // Running.

  /** Runs the threads until all are done. `what` they do, and what is known of the run `soFar`, is told as progress. */
  runThreads(what: string, soFar = ''): void {
    const { observer, onlookers, placement, xenon } = this;
    const { counting } = this.works;
    const began = performance.now();
    const tell = (cycles: number, running: number) =>
      observer.onProgress?.(() => {
        const simulated = `${this.seconds(cycles).toFixed(3)} s simulated`;
        return `${what}: ${soFar}${simulated}, ${this.mips(running).toFixed(0)} MIPS`;
      });
    let looks = 0;
    if (counting !== undefined) runFunctional(this.bytes.buffer, counting, placement);
    else {
      const onTime = (cycles: number): void => {
        this.look(cycles);
        if (++looks % (onlookers.lookClosely ? 4096 : 16) !== 0) return;
        tell(cycles, (performance.now() - began) / 1000);
      };
      xenon.run(placement, onTime, onlookers.lookClosely);
      // Waiting for the last thread is part of this pass, not of the next.
      xenon.meet(placement);
      for (const thread of placement) this.profile.settle(thread);
      this.look(this.cycles());
    }
    this.hostSeconds += (performance.now() - began) / 1000;
    tell(this.cycles(), 0);
  }

  private look(cycle: number): void {
    this.onlookers.look(cycle, () => ({ cycle: this.cycles(), instructions: this.retired() }));
  }

  /** The same without time: only the caches are kept warm. */
  warm(what: string): void {
    const began = performance.now();
    this.xenon.warm(this.placement, this.works.warming!);
    this.hostSeconds += (performance.now() - began) / 1000;
    this.observer.onProgress?.(() => `${what}: caches kept warm`);
  }

  // Moments at which no thread runs.

  /** To go back to. */
  moment(): Moment {
    return { xenon: this.save(), state: this.bytes.slice(STATE_BASE, MEMORY_BYTES) };
  }

  /** Caches, queues and time become what they were; guest memory stays. */
  goBack({ xenon, state }: Moment): void {
    const before = this.instructions();
    this.bytes.set(state, STATE_BASE);
    this.restore(xenon);
    this.undone += before - this.instructions();
  }

  /** All that the machine knows besides its bytes. */
  save(): SavedXenon {
    return this.xenon.save();
  }

  restore(saved: SavedXenon): void {
    this.xenon.restore(saved);
  }

  // What has been counted.

  get hasTime(): boolean {
    return this.works.counting === undefined;
  }

  /** The latest time of all threads. */
  cycles(): number {
    return this.hasTime ? this.xenon.cycles(this.placement) : 0;
  }

  seconds(cycles: number): number {
    return cycles / this.machine.clock;
  }

  /** Instructions retired, those of waiting at barriers left out. */
  instructions(): number {
    return this.retired() - this.spinInstructions();
  }

  spinInstructions(): number {
    return this.sites.reduce(
      (sum, { op }, i) => sum + (op === 'barrier' ? this.profile.instructions[i] : 0),
      0,
    );
  }

  private retired(): number {
    return this.instructionsByThread().reduce((sum, { instructions }) => sum + instructions, 0);
  }

  instructionsByThread(): { readonly thread: number; readonly instructions: number }[] {
    const { xenon } = this;
    return this.placement.map((thread) => ({ thread, instructions: xenon.instructions(thread) }));
  }

  /** Bytes between memory and caches; those of the console are counted from `clearStatistics` on. */
  bytesMoved(): { readonly read: number; readonly written: number } {
    return bytesMoved(this.works, this.machine) ?? { read: 0, written: 0 };
  }

  /** Of the console's memory system; `elapsed` half-cycles turn busy times into shares. */
  statistics(elapsed?: number): MemoryStatistics | undefined {
    return this.works.counted?.statistics(elapsed);
  }

  clearStatistics(): void {
    this.works.counted?.clearStatistics();
  }

  /** Million instructions a second of the host; `running`: seconds that are not in `hostSeconds` yet. */
  mips(running = 0): number {
    return (this.undone + this.instructions()) / 1e6 / Math.max(1e-3, this.hostSeconds + running);
  }
}

import type { Hardware, OpCost, PhaseCost, Simulated } from '../../reports/results.js';
import type { GuestMachine } from './guest-machine.js';
import { combined, costNow, type PassCost } from './pass-cost.js';
import { PhaseRecorder } from './phases.js';
import type { WeightDevice } from './stream.js';

type Traffic = Pick<Simulated, 'dramReadBytes' | 'dramWriteBytes' | 'busReadUtilisation'>;

/** What all forward passes of a run have taken. */
export type Total = Pick<Simulated, 'cycles' | 'instructions' | 'spinInstructions'> & Traffic;

/** What a run costs, loading apart from the forward passes; of a sampled run, what these are estimated to cost. */
export class RunAccount {
  /** Of every run with time. */
  private readonly recorder: PhaseRecorder | undefined;
  /** What had been counted when loading ended; the cost of that alone, and with it the estimate of all. */
  private loaded: Counts;
  private loadCost: PassCost | undefined;
  private estimated: PassCost | undefined;

  constructor(
    private readonly guest: GuestMachine,
    /** Brings weights while threads wait. */
    private readonly device: WeightDevice | undefined,
  ) {
    const { machine, profile, sites } = guest;
    const read = () => ({
      cycles: guest.cycles() + this.waitCycles,
      threads: guest.instructionsByThread(),
      memory: guest.statistics(),
    });
    if (guest.hasTime) this.recorder = new PhaseRecorder(read, profile, sites, machine.clock);
    this.loaded = countsOf(guest);
  }

  /** Loading has ended, after so many seconds. */
  endLoading(seconds: number): void {
    this.recorder?.endLoading(seconds);
    this.guest.clearStatistics();
    this.beginPasses();
  }

  /** The same of a machine that has been restored; `phase`: loading as it was then. */
  resume(phase: PhaseCost | undefined): void {
    if (phase !== undefined) this.recorder?.phases.push(phase);
    this.beginPasses();
  }

  /** From here on is the forward passes' own; threads begin by walking the tape. */
  private beginPasses(): void {
    const { guest } = this;
    const dispatch = guest.sites.findIndex(({ op }) => op === 'dispatch');
    for (const thread of guest.placement) guest.profile.enter(thread, dispatch);
    this.loaded = countsOf(guest);
    this.loadCost = this.cost();
    this.recorder?.begin();
  }

  endPass(position: number, positions: number, promptTokens: number): void {
    this.recorder?.endPass(position, positions, promptTokens);
  }

  /** Loading and every forward pass; undefined without time. */
  get phases(): readonly PhaseCost[] | undefined {
    return this.recorder?.phases;
  }

  /** Cycles since the first forward pass began, those of waiting for a device included. */
  elapsed(): number {
    return this.guest.hasTime ? this.guest.cycles() - this.loaded.cycles + this.waitCycles : 0;
  }

  private get waitCycles(): number {
    return this.device?.waitCycles ?? 0;
  }

  /** Everything so far; undefined where no memory system of the console's counts. */
  cost(): PassCost | undefined {
    const { guest } = this;
    const statistics = guest.statistics();
    if (statistics === undefined) return undefined;
    return costNow(this.elapsed(), guest.instructions(), guest.spinInstructions(), guest.profile, statistics);
  }

  /** Makes an estimate the result: the costs of some passes, weighted so, stand for all. */
  adopt(costs: readonly PassCost[], weights: readonly number[]): void {
    const total = combined([this.loadCost!, ...costs], [1, ...weights]);
    this.estimated = { ...total, siteCycles: noneBelowZero(total.siteCycles) };
  }

  total(): Total {
    const { estimated, guest, loaded } = this;
    const { instructions, spinInstructions } = estimated ?? countsOf(guest);
    return {
      cycles: estimated?.cycles ?? this.elapsed(),
      instructions: instructions - loaded.instructions,
      spinInstructions: spinInstructions - loaded.spinInstructions,
      ...(estimated === undefined ? this.traffic() : trafficOf(estimated)),
    };
  }

  private traffic(): Traffic {
    const { device, guest, loaded } = this;
    const { bus } = guest.machine;
    const elapsed = this.elapsed();
    const { read, written } = guest.bytesMoved();
    const dramReadBytes = read - loaded.moved.read;
    return {
      dramReadBytes,
      // What a device brings is written to the same memory.
      dramWriteBytes: written - loaded.moved.written + (device?.bytes ?? 0),
      busReadUtilisation:
        guest.statistics(2 * elapsed)?.busReadUtilisation ??
        dramReadBytes / (bus.readBandwidth * bus.efficiency * Math.max(1, elapsed)),
    };
  }

  /** What the machine counted since loading; nothing where passes are estimated, or its memory is not the console's. */
  hardware(): Hardware | undefined {
    const { guest, loaded } = this;
    const memory = guest.statistics(2 * this.elapsed());
    if (memory === undefined || this.estimated !== undefined) return undefined;
    return {
      threads: guest.instructionsByThread().map(({ thread, instructions }, i) => ({
        thread,
        instructions: instructions - loaded.threads[i].instructions,
      })),
      memory: { ...memory },
    };
  }

  /** Cost by call site, the conversion of weights included. */
  ops(): OpCost[] {
    const { estimated } = this;
    const { profile, sites } = this.guest;
    const calls = estimated?.calls ?? profile.calls;
    const instructions = estimated?.siteInstructions ?? profile.instructions;
    return sites
      .map(({ op, site, layer }, i) => ({
        op,
        site,
        layer,
        calls: calls[i],
        cycles: estimated?.siteCycles[i] ?? profile.halfCycles[i] / 2,
        instructions: instructions[i],
      }))
      .filter((cost) => cost.calls > 0);
  }
}

type Counts = ReturnType<typeof countsOf>;

const countsOf = (guest: GuestMachine) => ({
  cycles: guest.cycles(),
  instructions: guest.instructions(),
  spinInstructions: guest.spinInstructions(),
  threads: guest.instructionsByThread(),
  moved: guest.bytesMoved(),
});

const trafficOf = ({ cycles, dramReadBytes, dramWriteBytes, busReadBusy }: PassCost): Traffic => ({
  dramReadBytes,
  dramWriteBytes,
  busReadUtilisation: busReadBusy / cycles,
});

/**
 * Estimates of which none is below zero, as a line through a few of what scatters may be; the others give way in
 * proportion, so that the sum stays.
 */
function noneBelowZero(estimates: Float64Array): Float64Array {
  const sum = (of: Float64Array) => of.reduce((a, b) => a + b, 0);
  const raised = estimates.map((estimate) => Math.max(0, estimate));
  const share = sum(estimates) / sum(raised);
  return raised.map((estimate) => estimate * share);
}

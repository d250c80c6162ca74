import { prefillPieces } from '../../models/batch.js';
import type { FootprintTimes } from '../../models/footprint.js';
import { programMarks } from '../../models/profile.js';
import type { GuestProgram } from '../../models/program.js';
import type {
  Hardware,
  MemoryViewResult,
  OpCost,
  PhaseCost,
  PositionCost,
  RunResult,
  Stacks,
} from '../../reports/results.js';
import { MEMORY_BYTES, STATE_BASE } from '../../sim/engine/context.js';
import { runFunctional } from '../../sim/machine/functional.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { type SavedXenon, Xenon } from '../../sim/machine/xenon.js';
import type { Region } from '../../sim/memory/pool.js';
import type { MemoryView } from '../../sim/observe/memory-view.js';
import { SiteProfile } from '../../sim/observe/site-profile.js';
import type { StallTable } from '../../sim/observe/stall-table.js';
import type { FedPass, Moment, Sampling } from './fed-pass.js';
import { LogitsFile } from './logits-file.js';
import { memoryViewOf } from './memory-view.js';
import type { OpenModel } from './model.js';
import { between, combined, costNow, type PassCost } from './pass-cost.js';
import { type PhaseReading, PhaseRecorder } from './phases.js';
import type { RunRequest } from './request.js';
import type { RunObserver, Seeing } from './run-observer.js';
import type { RunTimeline, TimelineReading } from './run-timeline.js';
import { stacksOf } from './stacks.js';
import { readCycles, WeightDevice } from './stream.js';
import { unloadedLatency } from './unloaded-latency.js';
import { bytesMoved, type MadeWorks } from './works.js';

/** What a run that has been loaded knows besides its linear memory. */
export interface SavedRun {
  readonly xenon: SavedXenon;
  readonly convertCycles: number;
  readonly loadCycles: number;
  readonly loadBytes: number;
  readonly forwardFrom: number;
  readonly loading: PhaseCost | undefined;
}

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

/** Bytes. */
interface Traffic {
  readonly read: number;
  readonly written: number;
}
const NO_TRAFFIC: Traffic = { read: 0, written: 0 };

/** One machine with its program while it runs. */
export class GuestRun {
  readonly positions: PositionCost[] = [];
  text = '';
  /** The observer has ended it before its last position. */
  interrupted = false;
  /** Host seconds spent in guest code. */
  private hostSeconds = 0;
  private readonly xenon: Xenon;
  private readonly profile: SiteProfile;
  private readonly recorder: PhaseRecorder | undefined;
  private readonly sites: readonly { op: string; site: string; layer: number }[];
  readonly bytes: Uint8Array;
  private convertCycles = 0;
  /** From the start of loading until the first forward pass can begin. */
  private loadCycles = 0;
  private loadBytes = 0;
  private forwardFrom = 0;
  private traffic = { read: 0, write: 0, utilisation: 0 };
  private loadTraffic = NO_TRAFFIC;
  /** Instructions that loading has retired. */
  private loadInstructions = { useful: 0, spinning: 0, threads: [] as PhaseReading['threads'] };
  private readonly device: WeightDevice | undefined;
  private passes = 0;
  /** Instructions retired between moments that the run went back from. */
  private undone = 0;
  /** What was counted while loading, and, of a sampled run, the estimate of the rest. */
  private loaded: PassCost | undefined;
  private estimated: PassCost | undefined;

  constructor(
    private readonly request: RunRequest,
    private readonly machine: Machine,
    private readonly model: OpenModel,
    private readonly program: GuestProgram,
    memory: WebAssembly.Memory,
    private readonly works: MadeWorks,
    private readonly observer: RunObserver,
    private readonly seeing: Seeing = {},
  ) {
    this.xenon = new Xenon(memory, machine, works);
    this.bytes = this.xenon.bytes;
    const { placement } = request;
    const { sites, marks } = programMarks(program, this.bytes, placement);
    this.sites = sites;
    this.profile = new SiteProfile(memory.buffer, sites.length, marks);
    works.engine.profile = this.profile;
    this.follow();
    this.device = request.stream === undefined ? undefined : new WeightDevice(machine, request.stream);
    if (request.mode !== 'functional')
      this.recorder = new PhaseRecorder(() => this.phaseReading(), this.profile, sites, machine.clock);
    for (const [i, { pc, registers }] of program.threads.entries())
      this.xenon.place(placement[i], pc, registers);
  }

  /** Keeps the site of each thread where those who look on want it. */
  private follow(): void {
    const { stalls, watch, timeline } = this.seeing;
    if (stalls === undefined) return;
    const none = stalls.sites - 1;
    stalls.site.fill(none);
    watch?.begin(0);
    this.profile.onChange = (thread, site) => {
      this.works.readStalls(thread);
      stalls.site[thread] = site < 0 ? none : site;
      timeline?.enter(thread, site, this.xenon.time(thread) / 2);
    };
  }

  /** Lets those who look on take what there is up to a cycle. */
  private look(cycle: number): void {
    const { watch, timeline } = this.seeing;
    if (watch !== undefined) watch.collect(this.works.counted!);
    timeline?.sample(() => this.reading(), cycle);
    this.seeing.occupancy?.sample(cycle, () => this.works.counted!.statistics());
  }

  private reading(): TimelineReading {
    const { placement } = this.request;
    const { dramReadBytes, dramWriteBytes } = this.works.counted!.statistics();
    return {
      cycle: this.cycles(),
      instructions: placement.reduce((sum, t) => sum + this.xenon.instructions(t), 0),
      readBytes: dramReadBytes,
      writtenBytes: dramWriteBytes,
    };
  }

  /** What the caches and the memory did, by tensor and region. */
  memoryView(view: MemoryView, regions: readonly Region[]): MemoryViewResult {
    const { occupancy } = this.seeing;
    return memoryViewOf(view, this.program.tensors, regions, occupancy!, this.works.counted!.statistics());
  }

  /** All time up to now, by cause. */
  stacks(stalls: StallTable): Stacks {
    const { placement } = this.request;
    for (const thread of placement) this.works.readStalls(thread);
    return stacksOf(stalls, placement, [...this.sites, { op: 'none', site: 'no site', layer: -1 }]);
  }

  /** Reads the file at the device's rate, then converts the weights in the guest where the strategy asks for it. */
  load(): void {
    this.program.load(this.bytes);
    this.loadBytes = this.program.fileBytes;
    if (this.program.loads) {
      this.program.startLoad(this.bytes);
      // What is read while earlier pieces are converted has arrived when it is wanted, or is waited for.
      for (const bytes of this.program.loadStages) {
        const before = this.cycles();
        this.runThreads('converting weights');
        const spent = this.cycles() - before;
        this.convertCycles += spent;
        this.loadCycles = Math.max(this.loadCycles, readCycles(this.machine, bytes)) + spent;
      }
    }
    this.loadCycles = Math.max(this.loadCycles, readCycles(this.machine, this.loadBytes));
    this.recorder?.endLoading(this.seconds(this.loadCycles));
    this.forwardFrom = this.cycles();
    this.works.counted?.clearStatistics();
    this.markLoaded();
  }

  /** After `load`: see SavedRun. */
  save(): SavedRun {
    const { convertCycles, loadCycles, loadBytes, forwardFrom } = this;
    const loading = this.recorder?.phases[0];
    return { xenon: this.xenon.save(), convertCycles, loadCycles, loadBytes, forwardFrom, loading };
  }

  /** In place of `load`, with the bytes of memory as they were at `save`. */
  restore({ xenon, loading, ...saved }: SavedRun): void {
    this.xenon.restore(xenon);
    if (loading !== undefined) this.recorder?.phases.push(loading);
    Object.assign(this, saved);
    this.markLoaded();
  }

  /** From here on is the forward passes' own; threads begin by walking the tape. */
  private markLoaded(): void {
    const dispatch = this.sites.findIndex(({ op }) => op === 'dispatch');
    for (const thread of this.request.placement) this.profile.enter(thread, dispatch);
    this.loadTraffic = this.bytesMoved();
    this.loadInstructions = {
      useful: this.instructions(),
      spinning: this.spinInstructions(),
      threads: this.instructionsByThread(),
    };
    this.loaded = this.counted();
    this.recorder?.begin();
  }

  /** To go back to, while no thread runs. */
  moment(): Moment {
    return { xenon: this.xenon.save(), state: this.bytes.slice(STATE_BASE, MEMORY_BYTES) };
  }

  /** Caches, queues and time become what they were; guest memory stays. */
  goBack({ xenon, state }: Moment): void {
    const before = this.instructions();
    this.bytes.set(state, STATE_BASE);
    this.xenon.restore(xenon);
    this.undone += before - this.instructions();
  }

  /**
   * Forwards position after position, each in detail unless `sampling` says otherwise; gives the whole sequence of
   * ids, BOS first.
   */
  async generate(prompt: readonly number[], steps: number, sampling?: Sampling): Promise<number[]> {
    const { observer, program, request } = this;
    const { tokenizer } = this.model;
    const decoder = new TextDecoder();
    const logits = request.logits === undefined ? undefined : new LogitsFile(request.logits);
    const tokens = [prompt[0]];
    if (prompt[0] !== tokenizer.bos)
      this.text += decoder.decode(tokenizer.decode(tokenizer.bos, prompt[0]), { stream: true });
    const pieces = prefillPieces(prompt.length, request.prefillBatch);
    for (let position = 0; position < steps; ) {
      const count = pieces.shift() ?? 1;
      const end = position + count;
      const fed = tokens.concat(prompt.slice(tokens.length, end)).slice(position, end);
      const isPrompt = end < prompt.length;
      const before = this.elapsed();
      const began = this.seeing.timeline && this.cycles();
      const readBefore = this.bytesMoved().read;
      const pass = { position, tokens: fed, draws: !isPrompt };
      this.feed(pass);
      const what = count > 1 ? `positions ${position + 1} to ${end}/${steps}` : `position ${end}/${steps}`;
      if (sampling === undefined) this.forward(what);
      else if (sampling.isMeasured(position)) sampling.note(pass, this.measured(what));
      else this.warm(what);
      logits?.keep(program.logits(this.bytes));
      this.recorder?.endPass(position, count, prompt.length);
      const seconds = this.seconds(this.elapsed() - before) / count;
      const dramReadBytes = (this.bytesMoved().read - readBefore) / count;
      let stopped = false;
      fed.forEach((token, i) => {
        const isLast = i === count - 1;
        const next = isLast && !isPrompt ? program.next(this.bytes) : prompt[position + i + 1];
        tokens.push(next);
        const ends = next === tokenizer.bos || next === tokenizer.eos;
        const piece = ends ? '' : decoder.decode(tokenizer.decode(token, next), { stream: true });
        const together = count > 1 ? { together: count } : {};
        if (began !== undefined && isLast) this.seeing.timeline!.token(position, piece, began, this.cycles());
        this.positions.push({ position: position + i, token, piece, seconds, dramReadBytes, ...together });
        if (ends) stopped ||= isLast && !isPrompt && !request.ignoreEos;
        else {
          this.text += piece;
          observer.onText?.(piece);
        }
      });
      position = end;
      if (stopped) break;
      // Lets output drain, and signals arrive, between tokens.
      await new Promise((go) => setImmediate(go));
      if (observer.goesOn?.() === false && position < steps) {
        this.interrupted = true;
        break;
      }
    }
    this.measureTraffic();
    logits?.write();
    return tokens;
  }

  /** One forward pass: as many starts as layers have to be brought, and one. */
  private forward(what: string): void {
    const { device, program } = this;
    this.passes++;
    this.runThreads(what);
    if (device === undefined) return;
    let isFirst = true;
    for (const layer of program.streamed) {
      device.bring(layer, isFirst, this.elapsed());
      layer.bring(this.bytes);
      this.runThreads(`${what}, layer ${layer.layer}`);
      device.release(layer, this.elapsed());
      isFirst = false;
    }
  }

  /** One forward pass in detail, and what it costs. */
  private measured(what: string): PassCost {
    const before = this.counted()!;
    this.forward(what);
    return between(before, this.counted()!);
  }

  /** One forward pass that only keeps the caches warm. */
  private warm(what: string): void {
    const began = performance.now();
    this.xenon.warm(this.request.placement, this.works.warming!);
    this.hostSeconds += (performance.now() - began) / 1000;
    this.observer.onProgress?.(() => `${what}: caches kept warm`);
  }

  private feed({ position, tokens, draws }: FedPass): void {
    this.program.feed(this.bytes, tokens, position, draws);
  }

  /** What a pass costs, on the caches as they are. */
  measure(pass: FedPass): PassCost {
    this.feed(pass);
    return this.measured(`position ${pass.position + 1}`);
  }

  /** Makes a pass that only keeps the caches warm. */
  pass(pass: FedPass): void {
    this.feed(pass);
    this.warm(`position ${pass.position + 1}`);
  }

  /** Makes the estimate of a sampled run its result. `costs`, weighted so, give the total. */
  adopt(positions: readonly PositionCost[], costs: readonly PassCost[], weights: readonly number[]): void {
    this.positions.splice(0, this.positions.length, ...positions);
    const total = combined([this.loaded!, ...costs], [1, ...weights]);
    this.estimated = { ...total, siteCycles: noneBelowZero(total.siteCycles) };
    const { dramReadBytes, dramWriteBytes, busReadBusy, cycles } = this.estimated;
    this.traffic = { read: dramReadBytes, write: dramWriteBytes, utilisation: busReadBusy / cycles };
  }

  /** Everything counted so far; undefined without time. */
  private counted(): PassCost | undefined {
    const { counted } = this.works;
    if (counted === undefined) return undefined;
    const spinning = this.spinInstructions();
    return costNow(this.elapsed(), this.instructions(), spinning, this.profile, counted);
  }

  /** Moments of the run, seconds since loading began. */
  times(): FootprintTimes {
    const read = this.deviceReadSeconds();
    const converted = this.seconds(this.loadCycles);
    let seconds = converted;
    return {
      read,
      converted,
      passes: this.positions.map((cost) => {
        seconds += cost.seconds;
        return { seconds, positions: cost.position + 1 };
      }),
    };
  }

  streaming(): RunResult['streaming'] {
    const { device, program, request } = this;
    const { streamed } = program;
    if (device === undefined || request.stream === undefined || streamed.length === 0) return undefined;
    return {
      device: request.stream,
      residentLayers: program.shape.layers - streamed.length,
      streamedLayers: streamed.length,
      buffers: new Set(streamed.map(({ slot }) => slot)).size,
      bytesPerPass: device.bytes / this.passes,
      bytes: device.bytes,
      waitSeconds: request.mode === 'functional' ? 0 : this.seconds(device.waitCycles),
    };
  }

  private deviceReadSeconds(): number {
    return this.seconds(readCycles(this.machine, this.loadBytes));
  }

  simulated(promptTokens: number): Omit<RunResult['simulated'], 'peakMemoryBytes'> {
    const { positions, machine } = this;
    const { estimated } = this;
    const cycles = estimated?.cycles ?? this.elapsed();
    const seconds = this.seconds(cycles);
    const instructions = (estimated?.instructions ?? this.instructions()) - this.loadInstructions.useful;
    const spinInstructions =
      (estimated?.spinInstructions ?? this.spinInstructions()) - this.loadInstructions.spinning;
    const sum = (from: number) => positions.slice(from).reduce((total, p) => total + p.seconds, 0);
    const rate = (from: number) =>
      positions.length > from && sum(from) > 0 ? (positions.length - from) / sum(from) : 0;
    const deviceReadSeconds = this.deviceReadSeconds();
    const convertSeconds = this.seconds(this.convertCycles);
    const prefillSeconds = sum(0) - sum(promptTokens);
    const readGBPerSecond = seconds > 0 ? this.traffic.read / seconds / 1e9 : 0;
    return {
      cycles,
      seconds,
      instructions,
      spinInstructions,
      ipc: cycles > 0 ? instructions / cycles : 0,
      tokensPerSecond: rate(1),
      decodeTokensPerSecond: rate(promptTokens),
      prefillSeconds,
      positionsForwarded: positions.length,
      loadSeconds: this.seconds(this.loadCycles),
      deviceReadSeconds,
      convertSeconds,
      timeToFirstTokenSeconds: this.seconds(this.loadCycles) + prefillSeconds,
      dramReadBytes: this.traffic.read,
      dramWriteBytes: this.traffic.write,
      busReadUtilisation: this.traffic.utilisation,
      readGBPerSecond,
      readPercentOfPeak: (100 * readGBPerSecond * 1e9) / (machine.bus.readBandwidth * machine.clock),
      unloadedMemoryLatencyCycles: unloadedLatency(machine),
    };
  }

  /** What the machine counted since loading; nothing where passes are estimated, or its memory is not the console's. */
  hardware(): Hardware | undefined {
    const { counted } = this.works;
    if (counted === undefined || this.estimated !== undefined) return undefined;
    return {
      threads: this.instructionsByThread().map(({ thread, instructions }, i) => ({
        thread,
        instructions: instructions - this.loadInstructions.threads[i].instructions,
      })),
      memory: { ...counted.statistics(2 * this.elapsed()) },
    };
  }

  /** Loading and every forward pass, where all of them were simulated in detail. */
  phases(): readonly PhaseCost[] | undefined {
    return this.request.mode === 'detailed' ? this.recorder?.phases : undefined;
  }

  private phaseReading(): PhaseReading {
    return {
      cycles: this.cycles() + (this.device?.waitCycles ?? 0),
      threads: this.instructionsByThread(),
      memory: this.works.counted?.statistics(),
    };
  }

  private instructionsByThread(): { thread: number; instructions: number }[] {
    const { xenon } = this;
    return this.request.placement.map((thread) => ({ thread, instructions: xenon.instructions(thread) }));
  }

  /** Cost by call site, the conversion of weights included. */
  ops(): OpCost[] {
    const { profile, estimated } = this;
    const calls = estimated?.calls ?? profile.calls;
    const instructions = estimated?.siteInstructions ?? profile.instructions;
    return this.sites
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

  /** Instructions retired, those of waiting at barriers left out. */
  instructions(): number {
    const { placement } = this.request;
    return placement.reduce((sum, t) => sum + this.xenon.instructions(t), 0) - this.spinInstructions();
  }

  private spinInstructions(): number {
    return this.sites.reduce(
      (sum, { op }, i) => sum + (op === 'barrier' ? this.profile.instructions[i] : 0),
      0,
    );
  }

  private runThreads(what: string): void {
    const { placement } = this.request;
    const began = performance.now();
    let looks = 0;
    const { counting } = this.works;
    const { watch, timeline, occupancy } = this.seeing;
    const isSeen = [watch, timeline, occupancy].some((one) => one !== undefined);
    if (counting !== undefined) runFunctional(this.bytes.buffer, counting, placement);
    else {
      const onTime = (cycles: number): void => {
        this.look(cycles);
        if (++looks % (isSeen ? 4096 : 16) !== 0) return;
        this.observer.onProgress?.(() => this.progress(what, cycles, (performance.now() - began) / 1000));
      };
      this.xenon.run(placement, onTime, isSeen);
      // Waiting for the last thread is part of this pass, not of the next.
      this.xenon.meet(placement);
      for (const thread of placement) this.profile.settle(thread);
      this.look(this.cycles());
    }
    this.hostSeconds += (performance.now() - began) / 1000;
    this.observer.onProgress?.(() => this.progress(what, this.cycles(), 0));
  }

  private progress(what: string, cycles: number, running: number): string {
    const mips = this.mips(running);
    const done = this.positions.reduce((sum, p) => sum + p.seconds, 0);
    const rate = done > 0 ? `${(this.positions.length / done).toFixed(2)} tokens/s simulated, ` : '';
    return `${what}: ${rate}${this.seconds(cycles).toFixed(3)} s simulated, ${mips.toFixed(0)} MIPS`;
  }

  /** Million instructions a second of the host; `running`: seconds that are not in `hostSeconds` yet. */
  mips(running = 0): number {
    return (this.undone + this.instructions()) / 1e6 / Math.max(1e-3, this.hostSeconds + running);
  }

  private measureTraffic(): void {
    const statistics = this.works.counted?.statistics(2 * this.elapsed());
    const { read, written } = this.bytesMoved();
    const { bus } = this.machine;
    this.traffic = {
      read: read - this.loadTraffic.read,
      // What a device brings is written to the same memory.
      write: written - this.loadTraffic.written + (this.device?.bytes ?? 0),
      utilisation:
        statistics?.busReadUtilisation ??
        (read - this.loadTraffic.read) / (bus.readBandwidth * bus.efficiency * Math.max(1, this.elapsed())),
    };
  }

  /** Between memory and caches up to now; those of the console are counted from the end of loading on. */
  private bytesMoved(): Traffic {
    return bytesMoved(this.works, this.machine) ?? NO_TRAFFIC;
  }

  /** Cycles since the first forward pass began, those of waiting for a device included. */
  private elapsed(): number {
    if (this.request.mode === 'functional') return 0;
    return this.cycles() - this.forwardFrom + (this.device?.waitCycles ?? 0);
  }

  get timeline(): RunTimeline | undefined {
    return this.seeing.timeline;
  }

  /** The latest time of all threads. */
  cycles(): number {
    return this.request.mode === 'functional' ? 0 : this.xenon.cycles(this.request.placement);
  }

  private seconds(cycles: number): number {
    return cycles / this.machine.clock;
  }
}

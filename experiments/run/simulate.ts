import { availableParallelism } from 'node:os';
import { poolAllocator } from '../../models/memory.js';
import { programMarks } from '../../models/profile.js';
import { buildProgram, type GuestProgram } from '../../models/program.js';
import type { OpCost, PositionCost, RunResult } from '../../reports/results.js';
import { describeMachine } from '../../sim/machine/describe.js';
import { UsageError } from '../../sim/machine/errors.js';
import { runFunctional } from '../../sim/machine/functional.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { SiteProfile } from '../../sim/observe/site-profile.js';
import { kernelNames, kernelSource, writeAtomically } from '../node/files.js';
import { activationsOf, chatPrompt, type OpenModel, openModel, precisionOf } from './model.js';
import { oneOf, type RunRequest } from './request.js';
import { type MadeWorks, worksFor } from './works.js';

/** Where a run tells what it does while it does it. */
export interface RunObserver {
  /** Text as it is generated, the prompt included. */
  onText?(piece: string): void;
  /** A line on how far it is; called often, build the text only when asked. */
  onProgress?(text: () => string): void;
  onMessage?(text: string): void;
}

/** Runs a request to its end. Throws UsageError for bad input, MemoryFull when the model does not fit. */
export async function simulate(request: RunRequest, observer: RunObserver = {}): Promise<RunResult> {
  const began = performance.now();
  const config = applyOverrides(presetNamed(request.machine), request.overrides);
  const machine = resolve(request.machine, config);
  const model = openModel(request.model, request.tokenizer, request.seed);
  const { shape } = model.checkpoint;
  const steps = request.steps === 0 ? shape.sequence : request.steps;
  const context = request.context ?? steps;
  if (steps > shape.sequence) {
    throw new UsageError(
      `--steps ${steps} is beyond the context of ${model.name}, ${shape.sequence} positions`,
    );
  }
  if (steps > context) throw new UsageError(`--steps ${steps} does not fit --context ${context}`);
  const { tokenizer } = model;
  const prompt = request.chat ? chatPrompt(model, request.prompt) : tokenizer.encode(request.prompt);
  if (prompt.length > steps) {
    throw new UsageError(
      `the prompt has ${prompt.length} tokens: --steps must be at least that, it is ${steps}`,
    );
  }
  if (model.synthetic) observer.onMessage?.(`${model.name}: synthetic weights, the text means nothing`);

  checkKernels(request.kernels);
  const memory = newMemory();
  const pool = newMemoryPool(machine);
  const program = buildProgram({
    checkpoint: model.checkpoint,
    sources: kernelSource,
    kernels: request.kernels,
    endian: request.endian,
    quant: request.quant,
    threads: request.placement.length,
    context,
    sampling: { temperature: request.temperature, topP: request.topP, seed: BigInt(request.seed) || 1n },
    addressBase: machine.memoryMap.linkAddress,
    allocate: poolAllocator(pool),
  });
  const works = worksFor(request.engine, request.mode, memory, machine);
  const run = new Run(request, machine, model, program, memory, works, observer);
  run.load();
  const tokens = await run.generate(prompt, steps);
  const seconds = (performance.now() - began) / 1000;
  return {
    schema: 'xenon-run/1',
    tokens,
    text: run.text,
    promptTokens: prompt.length,
    model: { name: model.name, sha256: model.sha256, shape, synthetic: model.synthetic },
    machine: {
      preset: request.machine,
      ...Object.fromEntries(describeMachine(config).map(({ path, value }) => [path, value])),
    },
    settings: {
      threads: request.placement.length,
      placement: request.placement,
      kernels: Object.fromEntries(
        program.code.filter((u) => u.op !== 'runtime').map((u) => [u.op, u.variant]),
      ),
      endian: request.endian,
      quant: precisionOf(model.checkpoint, request.quant),
      activations: activationsOf(model.checkpoint, request.quant),
      chat: request.chat,
      mode: request.mode,
      engine: request.engine,
      prompt: request.prompt,
      steps,
      temperature: request.temperature,
      topP: request.topP,
      seed: request.seed,
      ignoreEos: request.ignoreEos,
      context,
      overrides: request.overrides,
    },
    simulated: { ...run.simulated(prompt.length), peakMemoryBytes: pool.peakBytes() },
    ops: run.ops(),
    positions: run.positions,
    memoryMap: pool.regions().map(({ name, owner, start, bytes }) => ({ name, owner, start, bytes })),
    host: {
      seconds,
      mips: run.instructions() / 1e6 / Math.max(run.hostSeconds, 1e-9),
      node: process.version,
      cores: availableParallelism(),
    },
  };
}

/** Refuses variants that no kernel file has, naming those there are. */
function checkKernels({ variant, ops }: RunRequest['kernels']): void {
  const names = kernelNames();
  const variantsOf = (op: string) =>
    names
      .filter((name) => name.startsWith(`${op}.`) && !name.endsWith('-le'))
      .map((name) => name.slice(op.length + 1));
  const check = (op: string, wanted: string, what: string) => {
    const variants = variantsOf(op);
    // An unknown operation is the program's to refuse.
    if (variants.length > 0) oneOf(wanted, variants, what);
  };
  check('matmul', variant, '--kernels');
  for (const [op, wanted] of Object.entries(ops)) check(op, wanted, `--kernels ${op}=`);
}

/** One machine with its program while it runs. */
class Run {
  readonly positions: PositionCost[] = [];
  text = '';
  /** Host seconds spent in guest code. */
  hostSeconds = 0;
  private readonly xenon: Xenon;
  private readonly profile: SiteProfile;
  private readonly sites: readonly { op: string; site: string; layer: number }[];
  private readonly bytes: Uint8Array;
  private readonly logits: Uint8Array[] = [];
  private convertCycles = 0;
  private loadBytes = 0;
  private forwardFrom = 0;
  private traffic = { read: 0, write: 0, utilisation: 0 };

  constructor(
    private readonly request: RunRequest,
    private readonly machine: Machine,
    private readonly model: OpenModel,
    private readonly program: GuestProgram,
    memory: WebAssembly.Memory,
    private readonly works: MadeWorks,
    private readonly observer: RunObserver,
  ) {
    this.xenon = new Xenon(memory, machine, works);
    this.bytes = this.xenon.bytes;
    const { placement } = request;
    const { sites, marks } = programMarks(program, this.bytes, placement);
    this.sites = sites;
    this.profile = new SiteProfile(memory.buffer, sites.length, marks);
    works.engine.profile = this.profile;
    for (const [i, { pc, registers }] of program.threads.entries())
      this.xenon.place(placement[i], pc, registers);
  }

  /** Reads the file at the device's rate, then converts the weights in the guest where the strategy asks for it. */
  load(): void {
    this.program.load(this.bytes);
    this.loadBytes = this.program.fileBytes;
    if (this.program.loads) {
      this.program.startLoad(this.bytes);
      this.runThreads('converting weights');
      this.convertCycles = this.cycles();
    }
    this.forwardFrom = this.cycles();
    this.works.counted?.clearStatistics();
  }

  /** Forwards position after position; gives the whole sequence of ids, BOS first. */
  async generate(prompt: readonly number[], steps: number): Promise<number[]> {
    const { observer, program, request } = this;
    const { tokenizer } = this.model;
    const decoder = new TextDecoder();
    const tokens = [prompt[0]];
    if (prompt[0] !== tokenizer.bos)
      this.text += decoder.decode(tokenizer.decode(tokenizer.bos, prompt[0]), { stream: true });
    for (let position = 0; position < steps; position++) {
      const token = tokens[position];
      const isPrompt = position + 1 < prompt.length;
      const before = this.cycles();
      const readBefore = this.readBytes();
      program.feed(this.bytes, token, position, !isPrompt);
      this.runThreads(`position ${position + 1}/${steps}`);
      if (request.logits !== undefined) this.keepLogits();
      const next = isPrompt ? prompt[position + 1] : program.next(this.bytes);
      tokens.push(next);
      const ends = next === tokenizer.bos || next === tokenizer.eos;
      const piece = ends ? '' : decoder.decode(tokenizer.decode(token, next), { stream: true });
      this.positions.push({
        position,
        token,
        piece,
        seconds: this.seconds(this.cycles() - before),
        dramReadBytes: this.readBytes() - readBefore,
      });
      if (!ends) {
        this.text += piece;
        observer.onText?.(piece);
      }
      if (ends && !isPrompt && !request.ignoreEos) break;
      // Lets output drain between tokens.
      await new Promise((go) => setImmediate(go));
    }
    this.measureTraffic();
    if (request.logits !== undefined) this.writeLogits(request.logits);
    return tokens;
  }

  simulated(promptTokens: number): Omit<RunResult['simulated'], 'peakMemoryBytes'> {
    const { positions, machine } = this;
    const cycles = this.cycles() - this.forwardFrom;
    const seconds = this.seconds(cycles);
    const instructions = this.instructions();
    const sum = (from: number) => positions.slice(from).reduce((total, p) => total + p.seconds, 0);
    const rate = (from: number) =>
      positions.length > from && sum(from) > 0 ? (positions.length - from) / sum(from) : 0;
    const device = machine.devices[`${machine.devices.loadFrom}Bandwidth`];
    const deviceReadSeconds = this.seconds(this.loadBytes / device);
    const convertSeconds = this.seconds(this.convertCycles);
    const prefillSeconds = sum(0) - sum(promptTokens);
    const readGBPerSecond = seconds > 0 ? this.traffic.read / seconds / 1e9 : 0;
    return {
      cycles,
      seconds,
      instructions,
      spinInstructions: this.spinInstructions(),
      ipc: cycles > 0 ? instructions / cycles : 0,
      tokensPerSecond: rate(1),
      decodeTokensPerSecond: rate(promptTokens),
      prefillSeconds,
      positionsForwarded: positions.length,
      loadSeconds: deviceReadSeconds + convertSeconds,
      deviceReadSeconds,
      convertSeconds,
      timeToFirstTokenSeconds: deviceReadSeconds + convertSeconds + prefillSeconds,
      dramReadBytes: this.traffic.read,
      dramWriteBytes: this.traffic.write,
      busReadUtilisation: this.traffic.utilisation,
      readGBPerSecond,
      readPercentOfPeak: (100 * readGBPerSecond * 1e9) / (machine.bus.readBandwidth * machine.clock),
      unloadedMemoryLatencyCycles: machine.memory.latencyCycles,
    };
  }

  /** Cost by call site, the conversion of weights included. */
  ops(): OpCost[] {
    const { profile } = this;
    return this.sites
      .map(({ op, site, layer }, i) => ({
        op,
        site,
        layer,
        calls: profile.calls[i],
        cycles: profile.halfCycles[i] / 2,
        instructions: profile.instructions[i],
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
    let windows = 0;
    const { counting } = this.works;
    if (counting !== undefined) runFunctional(this.bytes.buffer, counting, placement);
    else {
      this.xenon.run(placement, (cycles) => {
        if (++windows % 4096 !== 0) return;
        this.observer.onProgress?.(() => this.progress(what, cycles, (performance.now() - began) / 1000));
      });
      for (const thread of placement) this.profile.settle(thread);
    }
    this.hostSeconds += (performance.now() - began) / 1000;
    this.observer.onProgress?.(() => this.progress(what, this.cycles(), 0));
  }

  private progress(what: string, cycles: number, running: number): string {
    const mips = this.instructions() / 1e6 / Math.max(1e-3, this.hostSeconds + running);
    const done = this.positions.reduce((sum, p) => sum + p.seconds, 0);
    const rate = done > 0 ? `${(this.positions.length / done).toFixed(2)} tokens/s simulated, ` : '';
    return `${what}: ${rate}${this.seconds(cycles).toFixed(3)} s simulated, ${mips.toFixed(0)} MIPS`;
  }

  private keepLogits(): void {
    const row = this.program.logits(this.bytes);
    const bytes = new Uint8Array(4 * row.length);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of row.entries()) view.setFloat32(4 * i, value, true);
    this.logits.push(bytes);
  }

  private writeLogits(path: string): void {
    writeAtomically(path, Buffer.concat(this.logits));
  }

  private measureTraffic(): void {
    const statistics = this.works.counted?.statistics(2 * (this.cycles() - this.forwardFrom));
    if (statistics === undefined) return;
    this.traffic = {
      read: statistics.dramReadBytes,
      write: statistics.dramWriteBytes,
      utilisation: statistics.busReadUtilisation,
    };
  }

  private readBytes(): number {
    return this.works.counted?.statistics().dramReadBytes ?? 0;
  }

  private cycles(): number {
    return this.request.mode === 'functional' ? 0 : this.xenon.cycles(this.request.placement);
  }

  private seconds(cycles: number): number {
    return cycles / this.machine.clock;
  }
}

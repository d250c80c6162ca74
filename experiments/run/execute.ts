import { createHash } from 'node:crypto';
import { ElfError, type ElfProgram, readElf } from '../../sim/asm/elf.js';
import { functionAt } from '../../sim/asm/functions.js';
import { nearest } from '../../sim/asm/nearest.js';
import { AddressSpace } from '../../sim/linux/address-space.js';
import type { FileSystem, OpenFile } from '../../sim/linux/file-system.js';
import { LinuxProcess, type ProcessEnd } from '../../sim/linux/process.js';
import { signalName } from '../../sim/linux/signals.js';
import { NO_FILES, withSpecialFiles } from '../../sim/linux/special-files.js';
import { HARDWARE_THREADS } from '../../sim/linux/threads.js';
import { UsageError } from '../../sim/machine/errors.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { type Machine, resolve } from '../../sim/machine/resolve.js';
import { newMemory } from '../../sim/machine/xenon.js';
import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import type { CodePlace } from '../../sim/observe/annotate.js';
import { type FunctionCost, FunctionProfile } from '../../sim/observe/function-profile.js';
import { StallTable } from '../../sim/observe/stall-table.js';
import type { Annotatable } from './annotation.js';
import { Meter, type RegionCost, RegionMeter, type Span } from './meter.js';
import { unloadedLatency } from './unloaded-latency.js';
import type { Watch } from './watch.js';
import { bytesMoved, type EngineName, type Mode, worksFor } from './works.js';

/** What to run and how, already checked as far as that goes without the program. */
export interface ExecRequest {
  readonly elf: Uint8Array;
  /** For messages. */
  readonly file: string;
  readonly arguments: readonly string[];
  readonly argv0: string;
  readonly environment: readonly string[];
  readonly machine: string;
  readonly overrides: readonly string[];
  readonly mode: Mode;
  readonly engine: EngineName;
  readonly threads: number;
  readonly seed: string;
  readonly roi: string | undefined;
  /** Costs by function are wanted. */
  readonly profile: boolean;
  readonly fileSystem: FileSystem | undefined;
  readonly standard: readonly OpenFile[];
  readonly say: (message: string) => void;
  readonly onProgress?: (cycles: number) => void;
  /** What there is to see after a detailed run; asking for it slows the run down. */
  readonly onSeen?: (seen: Annotatable) => void;
  /** With `onSeen`: who else looks on. */
  readonly watch?: Watch;
}

/** Schema `xenon-exec/1`. */
export interface ExecResult {
  readonly schema: 'xenon-exec/1';
  readonly program: {
    readonly sha256: string;
    readonly bits: 32 | 64;
    readonly arguments: readonly string[];
  };
  readonly machine: Machine & { readonly preset: string; readonly overrides: readonly string[] };
  readonly settings: {
    readonly mode: Mode;
    readonly engine: EngineName;
    readonly threads: number;
    readonly seed: string;
    readonly environment: readonly string[];
  };
  readonly exit: ProcessEnd;
  readonly simulated: Span & {
    readonly threads: readonly (Span & { readonly hardwareThread: number })[];
  };
  /** Costs of the functions themselves, the dearest first; inside the region of interest if there is one. */
  readonly functions: readonly (FunctionCost & { readonly cpi: number | null; readonly share: number })[];
  /** Caches, bus and DRAM during the whole run. */
  readonly memory: MemoryStatistics | null;
  /** Bytes read a second, that of the peak of the bus, and what a load alone takes; null without timing. */
  readonly bandwidth: {
    readonly readGBPerSecond: number;
    readonly readPercentOfPeak: number;
    readonly unloadedMemoryLatencyCycles: number;
  } | null;
  readonly roi: RegionCost | null;
  readonly host: { readonly seconds: number; readonly mips: number };
}

/** Without timing threads need not meet often, and one alone hardly ever. */
const functionalQuantum = (threads: number): number => (threads > 1 ? 4096 : 65536);

/** C programs have much code that runs a few times only. */
const HOT = 40;

/** Runs a program to its end. */
export function execute(request: ExecRequest): ExecResult {
  const program = programOf(request);
  const preset = applyOverrides(presetNamed(request.machine), request.overrides);
  const machine = resolve(request.machine, preset);
  const stalls = request.onSeen === undefined || request.mode === 'functional' ? undefined : new StallTable();
  const memory = newMemory({ observed: stalls !== undefined });
  const space = new AddressSpace(memory.buffer);
  const { engine, mode } = request;
  const works = worksFor(engine, mode, memory, machine, {
    sf: program.is64,
    mapped: space.mapped,
    hot: HOT,
    guarded: true,
    onlyExecuted: true,
    stalls,
    watch: request.watch,
  });
  const process = new LinuxProcess(memory, space, program, machine, works, {
    arguments: [request.argv0, ...request.arguments],
    environment: request.environment,
    fileSystem: withSpecialFiles(request.fileSystem ?? NO_FILES, request.threads),
    standard: request.standard,
    seed: request.seed,
    // Threads of a process are given the cores in turn, so a machine with one core has but one.
    threads: machine.core.count === 1 ? 1 : request.threads,
    quantumCycles: mode === 'functional' ? functionalQuantum : undefined,
    say: request.say,
  });
  const meter = new Meter(process, works, mode, machine);
  const region = request.roi === undefined ? undefined : new RegionMeter(request.roi, meter);
  const profile =
    request.profile || region !== undefined ? new FunctionProfile(memory.buffer, program, region) : undefined;
  works.engine.profile = profile?.sites;
  request.watch?.begin(0);
  const start = performance.now();
  const exit = process.run((cycles) => {
    if (works.counted !== undefined) request.watch?.collect(works.counted);
    request.onProgress?.(cycles);
  });
  const seconds = (performance.now() - start) / 1000;
  const whole = meter.read();
  region?.end(whole);
  if (stalls !== undefined) {
    for (const thread of HARDWARE_THREADS) works.readStalls(thread);
    request.onSeen!({
      stalls,
      machine,
      bytes: process.xenon.bytes,
      places: placesOf(program),
      sf: program.is64,
    });
  }
  if (region !== undefined && region.calls === 0) {
    request.say(`--roi ${region.name}: the program never came to this function`);
  }
  return {
    schema: 'xenon-exec/1',
    program: {
      sha256: createHash('sha256').update(request.elf).digest('hex'),
      bits: program.is64 ? 64 : 32,
      arguments: request.arguments,
    },
    machine: { preset: request.machine, overrides: request.overrides, ...machine },
    settings: {
      mode,
      engine,
      threads: request.threads,
      seed: request.seed,
      environment: request.environment,
    },
    exit,
    simulated: {
      ...meter.span(whole),
      threads: HARDWARE_THREADS.filter((t) => process.xenon.instructions(t) > 0).map((t) => ({
        hardwareThread: t,
        ...meter.span({
          cycles: process.xenon.time(t) / 2,
          instructions: process.xenon.instructions(t),
          loadHitStoreCycles: process.xenon.loadHitStoreCycles(t),
        }),
      })),
    },
    functions: mode === 'functional' || !request.profile ? [] : shares(profile!.costs()),
    memory: works.counted?.statistics(2 * whole.cycles) ?? null,
    bandwidth: bandwidthOf(machine, bytesMoved(works, machine)?.read, whole.cycles),
    roi: region === undefined ? null : region.result(),
    host: { seconds, mips: whole.instructions / seconds / 1e6 },
  };
}

function bandwidthOf(machine: Machine, bytes: number | undefined, cycles: number): ExecResult['bandwidth'] {
  if (bytes === undefined) return null;
  const perCycle = cycles > 0 ? bytes / cycles : 0;
  return {
    readGBPerSecond: (perCycle * machine.clock) / 1e9,
    readPercentOfPeak: (100 * perCycle) / machine.bus.readBandwidth,
    unloadedMemoryLatencyCycles: unloadedLatency(machine),
  };
}

/** The functions of a program, each by one of its names; one of unknown size reaches to the next. */
function placesOf({ functions }: ElfProgram): CodePlace[] {
  const named = functions.filter((one) => functionAt(functions, one.address) === one);
  return named.map(({ name, address, size }, i) => ({
    name,
    start: address,
    end: size > 0 ? address + size : (named[i + 1]?.address ?? address + 4),
  }));
}

function programOf({ elf, file, mode, roi }: ExecRequest): ElfProgram {
  let program: ElfProgram;
  try {
    program = readElf(elf);
  } catch (error) {
    if (error instanceof ElfError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
  if (roi !== undefined) {
    const names = program.functions.map(({ name }) => name);
    if (!names.includes(roi)) {
      const close = nearest(roi, names);
      throw new UsageError(
        `--roi ${roi}: ${file} has no such function${close ? ` (nearest: ${close})` : ''}`,
      );
    }
    if (mode === 'functional') throw new UsageError('--roi needs --mode detailed');
  }
  return program;
}

function shares(costs: readonly FunctionCost[]): ExecResult['functions'] {
  const total = costs.reduce((sum, { cycles }) => sum + cycles, 0);
  return costs.map((cost) => ({
    ...cost,
    cpi: cost.instructions === 0 ? null : cost.cycles / cost.instructions,
    share: total === 0 ? 0 : cost.cycles / total,
  }));
}

/** The status with which a shell would see the program end. */
export const exitStatus = (end: ProcessEnd): number => (end.kind === 'exit' ? end.status : 1);

export const describeEnd = (end: ProcessEnd): string =>
  end.kind === 'exit' ? `exit status ${end.status}` : `stopped by ${signalName(end.signal)}`;

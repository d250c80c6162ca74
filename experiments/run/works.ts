import { Evaluator, type Mapped } from '../../sim/engine/evaluate.js';
import { type HostCapabilities, probeCapabilities } from '../../sim/engine/fma.js';
import { ReferenceEngine } from '../../sim/engine/reference-engine.js';
import { SwitchingEngine } from '../../sim/engine/switching-engine.js';
import { TimedEvaluator } from '../../sim/engine/timed-evaluator.js';
import { TracedEngine } from '../../sim/engine/traced-engine.js';
import { TraceReader } from '../../sim/engine/tracing.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { EvaluatingEngine, NO_MEMORY_SYSTEM, UntimedEngine } from '../../sim/engine/untimed.js';
import { WarmingEvaluator } from '../../sim/engine/warming.js';
import { UsageError } from '../../sim/machine/errors.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { Engine } from '../../sim/machine/scheduler.js';
import type { WarmingWorks, Works } from '../../sim/machine/xenon.js';
import { type CountedMemorySystem, newMemorySystem } from '../../sim/memory/hierarchy.js';
import { newPlainMemory, type PlainMemory, plainMemorySystem } from '../../sim/memory/plain-memory.js';
import type { MemoryView } from '../../sim/observe/memory-view.js';
import { StallRecorder } from '../../sim/observe/stall-recorder.js';
import type { StallTable } from '../../sim/observe/stall-table.js';
import { WovenStalls } from '../../sim/observe/woven-stalls.js';
import { allObservers } from '../../sim/timing/observer.js';
import { ReferenceTiming } from '../../sim/timing/reference.js';
import { sourcedMemory } from '../../sim/timing/sourced-memory.js';
import { TracedWindow } from '../../sim/timing/traced-window.js';
import { WindowTiming } from '../../sim/timing/window.js';
import { setHostFlags } from '../node/capabilities.js';
import type { Watch } from './watch.js';

export const ENGINES = ['translated', 'reference'] as const;
export const MODES = ['detailed', 'functional'] as const;
export type EngineName = (typeof ENGINES)[number];
export type Mode = (typeof MODES)[number];

export interface WorksOptions {
  /** 64-bit mode (default) or 32-bit mode. */
  readonly sf?: boolean;
  /** Which bytes exist; see EvaluatorOptions. */
  readonly mapped?: Mapped;
  /** Visits before code is translated, and whether accesses are checked: see TranslatedOptions. */
  readonly hot?: number;
  /** Where time goes, to be kept there; the memory must have been made for it. */
  readonly stalls?: StallTable;
  /** Who else looks on, with `stalls`. */
  readonly watch?: Watch;
  /** Lines that L1 misses bring, with `stalls`. */
  readonly view?: MemoryView;
  readonly guarded?: boolean;
  readonly onlyExecuted?: boolean;
  /** Of a machine with an issue window: whether the timing of blocks is remembered (default). */
  readonly remembers?: boolean;
}

/** An engine, its memory system, and the counters of the latter where there is time. */
export interface MadeWorks extends Works {
  readonly counted: CountedMemorySystem | undefined;
  /** Without time: the engine whose deadlines are instructions, for runFunctional. */
  readonly counting: Engine | undefined;
  /** With time: what passes over stretches without it and keeps the caches warm. */
  readonly warming: WarmingWorks | undefined;
  /** Of a machine with an issue window: its caches. */
  readonly plain?: PlainMemory;
  /** Brings the table of stalls up to date for a thread. */
  readStalls(thread: number): void;
}

/** Bytes between memory and caches so far; undefined where there is no time. */
export function bytesMoved(
  { counted, plain }: MadeWorks,
  machine: Machine,
): { readonly read: number; readonly written: number } | undefined {
  if (counted !== undefined) {
    const { dramReadBytes, dramWriteBytes } = counted.statistics();
    return { read: dramReadBytes, written: dramWriteBytes };
  }
  if (plain === undefined) return undefined;
  const { l2Misses, prefetches, castouts } = plain.counts();
  const { lineBytes } = machine.l2;
  return { read: (l2Misses + prefetches) * lineBytes, written: castouts * lineBytes };
}

let capabilities: HostCapabilities | undefined;

function host(): HostCapabilities {
  if (capabilities === undefined) {
    setHostFlags();
    capabilities = probeCapabilities();
  }
  return capabilities;
}

/** The translating engine without time. */
export function translatedEngine(memory: WebAssembly.Memory, options: WorksOptions = {}): TranslatedEngine {
  return new TranslatedEngine(memory, new Evaluator(memory.buffer, options), {
    ...host(),
    hot: options.hot,
    guarded: options.guarded,
  });
}

/** The one place that chooses the engine: by name, with time (detailed) or without. */
export function worksFor(
  name: EngineName,
  mode: Mode,
  memory: WebAssembly.Memory,
  machine: Machine,
  options: WorksOptions = {},
): MadeWorks {
  // Before modules are made, which are read with or without branch hints.
  setHostFlags();
  const { buffer } = memory;
  const evaluator = new Evaluator(buffer, options);
  const { hot, guarded, onlyExecuted } = options;
  const choices = { hot, guarded, onlyExecuted };
  if (mode === 'functional') {
    const inner =
      name === 'translated'
        ? new TranslatedEngine(memory, evaluator, { ...host(), ...choices })
        : new EvaluatingEngine(buffer, evaluator);
    return {
      engine: new UntimedEngine(buffer, inner),
      memorySystem: NO_MEMORY_SYSTEM,
      counted: undefined,
      counting: inner,
      warming: undefined,
      readStalls: () => {},
    };
  }
  if (machine.core.window.entries > 0) return windowWorks(name, memory, machine, options);
  const { stalls: table, watch, view } = options;
  const counted = newMemorySystem(memory, machine, { logsRequests: watch?.requests !== undefined });
  const memorySystem =
    table === undefined
      ? counted
      : sourcedMemory(counted, buffer, counted.linesAwaited, (miss) => {
          table.missed(miss.pc, miss.isFromDram);
          view?.note(miss.line, miss.isFromDram);
          watch?.missed(miss);
        });
  const recorder = table && new StallRecorder(buffer, table);
  const observers = [recorder, watch?.pipeline].filter((o) => o !== undefined);
  const observer = table && name === 'translated' ? new WovenStalls(buffer, table) : undefined;
  const timing = new ReferenceTiming(
    buffer,
    machine.core,
    memorySystem,
    observers.length > 1 ? allObservers(observers) : observers[0],
  );
  const timed = new TimedEvaluator(buffer, evaluator, timing, machine.core);
  const usual =
    name === 'translated'
      ? new TranslatedEngine(memory, evaluator, {
          ...host(),
          ...choices,
          timing: { timed, memorySystem, observer },
        })
      : new ReferenceEngine(buffer, timed);
  const engine =
    watch?.pipeline === undefined
      ? usual
      : new SwitchingEngine(buffer, usual, new ReferenceEngine(buffer, timed), watch);
  return {
    engine,
    memorySystem,
    counted,
    rebased:
      watch &&
      ((delta) => {
        watch.collect(counted);
        watch.rebased(delta);
      }),
    counting: undefined,
    warming: warmingOver(memory, evaluator, counted, options),
    idle: table && ((thread, halfCycles) => table.idle(thread, halfCycles)),
    readStalls: (thread) => observer?.read(thread),
  };
}

/** A core with an issue window: its rules in readable form over the evaluator, or as what translated code tells. */
function windowWorks(
  name: EngineName,
  memory: WebAssembly.Memory,
  machine: Machine,
  options: WorksOptions,
): MadeWorks {
  if (options.stalls !== undefined)
    throw new UsageError(`${machine.name} issues out of order: where its cycles go is not charged to causes`);
  const { buffer } = memory;
  const evaluator = new Evaluator(buffer, options);
  const plain = newPlainMemory(memory, machine);
  const memorySystem = plainMemorySystem(plain);
  const timedBy = (window: TracedWindow | WindowTiming) =>
    new TimedEvaluator(
      buffer,
      evaluator,
      new ReferenceTiming(buffer, machine.core, memorySystem, undefined, window),
      machine.core,
    );
  const { hot, guarded, onlyExecuted } = options;
  let engine: MadeWorks['engine'];
  if (name === 'translated') {
    const window = new TracedWindow(memory, machine.core, plain, options.remembers);
    const traces = new TraceReader(timedBy(window), window);
    engine = new TracedEngine(
      buffer,
      new TranslatedEngine(memory, evaluator, { ...host(), hot, guarded, onlyExecuted, traces }),
      window,
    );
  } else engine = new ReferenceEngine(buffer, timedBy(new WindowTiming(buffer, machine.core, plain)));
  return {
    engine,
    memorySystem,
    counted: undefined,
    counting: undefined,
    warming: undefined,
    plain,
    readStalls: () => {},
  };
}

function warmingOver(
  memory: WebAssembly.Memory,
  evaluator: Evaluator,
  { module, numbers }: CountedMemorySystem,
  { hot, guarded }: WorksOptions,
): WarmingWorks {
  const warming = new WarmingEvaluator(memory.buffer, evaluator, module, numbers);
  const engine = new TranslatedEngine(memory, evaluator, { ...host(), hot, guarded, warming });
  return { engine, clock: module };
}

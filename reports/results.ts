/** The result files that commands write and reports read. Reports know nothing else of the simulator. */
import type { Ceiling } from './roofline.js';

/** What one kernel call site cost over a run: summed over threads unless named otherwise. */
export interface OpCost {
  /** Operation name as the kernels have it (matmul, rope, attention, ...), or `barrier` and `dispatch`. */
  readonly op: string;
  /** Place in the forward pass: `embedding`, `layer 3 wq`, `classifier`, `sampling`. */
  readonly site: string;
  /** Layer number, or -1 outside the layers. */
  readonly layer: number;
  readonly calls: number;
  /** Thread-cycles spent. */
  readonly cycles: number;
  readonly instructions: number;
}

/** One forwarded position. */
export interface PositionCost {
  readonly position: number;
  /** Token fed at this position, and the text piece of the token that follows. */
  readonly token: number;
  readonly piece: string;
  readonly seconds: number;
  readonly dramReadBytes: number;
  /** Positions forwarded together with this one, itself included; time and bytes are then its share of them. */
  readonly together?: number;
  /** Time and bytes are estimated from measured positions. */
  readonly estimated?: boolean;
}

/**
 * What a phase of a run cost, counted from its beginning to its end; phases add up to the run, counter by counter.
 * Loading is a phase, and every forward pass: `prefill` where it is fed the prompt, `decode` where not.
 */
export interface PhaseCost {
  readonly phase: 'load' | 'prefill' | 'decode';
  /** First position of the pass; loading has none. */
  readonly position?: number;
  /** Positions that the pass forwards. */
  readonly positions: number;
  /** Of the guest's code and of its waits for a device that brings weights. */
  readonly cycles: number;
  /** The same as a time; of loading, with the reading of the file. */
  readonly seconds: number;
  readonly spinInstructions: number;
  /** Instructions retired, those of spinning at barriers included. */
  readonly threads: readonly { readonly thread: number; readonly instructions: number }[];
  /** Thread-cycles and instructions by operation. */
  readonly ops: Readonly<
    Record<string, { readonly calls: number; readonly cycles: number; readonly instructions: number }>
  >;
  /** Counters of the memory system that have moved, as in Hardware; those that are sums. */
  readonly memory?: Readonly<Record<string, number>>;
}

export interface MemoryRegion {
  readonly name: string;
  readonly owner: string;
  readonly start: number;
  readonly bytes: number;
}

/** Bytes in use for each purpose at one moment; between two moments what differs grows evenly. */
export interface FootprintPoint {
  readonly event: string;
  /** Since loading began. */
  readonly seconds: number;
  readonly bytes: Readonly<Record<string, number>>;
}

/** How the same model and context would fit otherwise. */
export interface MemoryAlternative {
  readonly quant: string;
  readonly kvCache: string;
  /** What is missing at the run's context, 0 where it fits. */
  readonly missingBytes: number;
  /** Largest context that fits, up to the model's own; 0 where none does. */
  readonly largestContext: number;
}

/** How a run used the one memory of the console. */
export interface MemoryPressure {
  readonly poolBytes: number;
  /** Most bytes allocated at once, and most that held something. */
  readonly allocatedBytes: number;
  readonly peakUsedBytes: number;
  readonly footprint: readonly FootprintPoint[];
  /** Largest context that fits with these settings, and the model's own. */
  readonly largestContext: number;
  readonly modelContext: number;
  readonly alternatives: readonly MemoryAlternative[];
}

/** Weights that a device brought for every forward pass. */
export interface Streaming {
  readonly device: string;
  /** Layers that stay in memory, and layers that come by turns into `buffers` buffers. */
  readonly residentLayers: number;
  readonly streamedLayers: number;
  readonly buffers: number;
  readonly bytesPerPass: number;
  readonly bytes: number;
  /** Part of the simulated time in which all threads waited for the device. */
  readonly waitSeconds: number;
}

/** `xenon run --json` of a model that the machine cannot hold. */
export interface DoesNotFit {
  readonly schema: 'xenon-does-not-fit/1';
  readonly model: string;
  readonly context: number;
  readonly poolBytes: number;
  /** Bytes wanted besides what the machine keeps for itself, and how many of them there are not. */
  readonly neededBytes: number;
  readonly missingBytes: number;
  /** What was asked for when no room was left. */
  readonly failed: { readonly name: string; readonly bytes: number };
  readonly largestContext: number;
  readonly regions: readonly MemoryRegion[];
  readonly alternatives: readonly MemoryAlternative[];
}

export interface Simulated {
  readonly cycles: number;
  readonly seconds: number;
  /** Instructions retired by the forward passes, as the cycles are theirs, without those of spinning at barriers. */
  readonly instructions: number;
  readonly spinInstructions: number;
  readonly ipc: number;
  readonly tokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly prefillSeconds: number;
  readonly positionsForwarded: number;
  readonly loadSeconds: number;
  /** Parts of the load: reading from the device, and converting in the guest. */
  readonly deviceReadSeconds: number;
  readonly convertSeconds: number;
  readonly timeToFirstTokenSeconds: number;
  readonly dramReadBytes: number;
  readonly dramWriteBytes: number;
  readonly busReadUtilisation: number;
  readonly readGBPerSecond: number;
  /** Of the front-side bus's read peak. */
  readonly readPercentOfPeak: number;
  /** Cycles a load of a chase through memory took, simulated with nothing else running; refresh is in it. */
  readonly unloadedMemoryLatencyCycles: number;
  readonly peakMemoryBytes: number;
  /** Of the cycles, where the run was sampled. */
  readonly interval?: Interval;
}

/** Where cycles went, by cause. The causes of a thread or site sum to its cycles, to the half. */
export interface Stacks {
  readonly leaves: readonly {
    readonly name: string;
    readonly group: string;
    readonly title: string;
    readonly meaning: string;
  }[];
  /** Cycles of hardware threads, in the order of the leaves; each sums to the time of the whole run. */
  readonly threads: readonly { readonly thread: number; readonly cycles: readonly number[] }[];
  /** Thread-cycles at the call sites: those of `ops`, then what belongs to none. */
  readonly sites: readonly {
    readonly op: string;
    readonly site: string;
    readonly layer: number;
    readonly cycles: readonly number[];
  }[];
}

/** Counters of the cores and of the memory system. */
export interface Hardware {
  /** Instructions retired by each hardware thread, those of spinning at barriers included. */
  readonly threads: readonly { readonly thread: number; readonly instructions: number }[];
  /** By the names of the simulator's memory system; lines of 128 bytes, waits in half-cycles. */
  readonly memory: Readonly<Record<string, number>>;
}

/** How well an estimated run is known: its cycles, and what follows from them, lie between the two ends. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  readonly confidence: number;
  readonly measuredPositions: number;
  /** The part of the half-width that allows for what residuals do not show. */
  readonly allowance: number;
  readonly tokensPerSecond: { readonly low: number; readonly high: number };
}

/** What the caches and the memory did, by place in memory; loading included. Lines are 128 bytes. */
export interface MemoryViewResult {
  readonly places: readonly {
    /** Tensor or region. */
    readonly name: string;
    /** Layer of a tensor, or -1. */
    readonly layer: number;
    readonly start: number;
    readonly bytes: number;
    /** Lines that L1 misses brought from the L2 cache, and from memory or on their way from there. */
    readonly l2Lines: number;
    readonly dramLines: number;
    /** Lines of the place that came at all. */
    readonly touchedLines: number;
    /** Lines brought, by equal parts of the place. */
    readonly heat: readonly number[];
  }[];
  /** L1 misses that brought a line for the first time. */
  readonly firstTouches: number;
  /** The others by how many misses lay between: bucket n holds 2^(n - 1) to 2^n - 1. */
  readonly reuse: readonly number[];
  /** Accesses of the memory chips: the row was open, closed, or another one was. Since loading. */
  readonly rows: { readonly hits: number; readonly closed: number; readonly conflicts: number };
  /** Work asked of the bus as a share of the time until each cycle; above 1 where requests queue. */
  readonly occupancy: readonly { readonly cycle: number; readonly read: number; readonly written: number }[];
}

/** `xenon run --json`; the same object is run.json in the run directory. */
export interface RunResult {
  readonly schema: 'xenon-run/1';
  readonly tokens: readonly number[];
  readonly text: string | null;
  /** Ended by the user before its last position. */
  readonly interrupted?: boolean;
  readonly promptTokens: number;
  readonly model: { readonly name: string; readonly sha256: string; readonly [key: string]: unknown };
  readonly machine: { readonly preset: string; readonly [path: string]: unknown };
  readonly settings: {
    readonly threads: number;
    readonly placement: readonly number[];
    readonly kernels: Readonly<Record<string, string>>;
    readonly endian: string;
    readonly quant: string;
    readonly mode: string;
    readonly prompt: string;
    readonly steps: number;
    readonly temperature: number;
    readonly topP: number;
    readonly seed: number;
    readonly context: number;
    readonly [key: string]: unknown;
  };
  readonly simulated: Simulated;
  /** What the machine counted during the forward passes, where all of them were simulated in detail. */
  readonly hardware?: Hardware;
  readonly ops: readonly OpCost[];
  /** In the order of time, where the whole run was simulated in detail. */
  readonly phases?: readonly PhaseCost[];
  readonly positions: readonly PositionCost[];
  readonly memoryMap: readonly MemoryRegion[];
  readonly memory?: MemoryPressure;
  readonly streaming?: Streaming;
  /** Where cycles went, and what memory did, with --stack. */
  readonly stacks?: Stacks;
  readonly memoryView?: MemoryViewResult;
  readonly roofline?: RunRoofline;
  readonly hotspots?: readonly Hotspot[];
  /** Numbers of the machine that are not known well. */
  readonly threats?: readonly Threat[];
  /** Short runs with other endian strategies, where they were made for comparison. */
  readonly comparison?: readonly EndianComparison[];
  readonly provenance?: Provenance;
  readonly host: {
    readonly seconds: number;
    /** Of these, until the first forward pass began. */
    readonly loadSeconds?: number;
    readonly mips: number;
    readonly [key: string]: unknown;
  };
}

/** How near the operations of a run come to what its hardware threads can do at most; with --stack. */
export interface RunRoofline {
  /** On the threads of the run. */
  readonly ceilings: readonly Ceiling[];
  /** Operations that calculate, the dearest first, then the whole of the forward passes. */
  readonly points: readonly {
    /** An operation, or `forward passes`. */
    readonly op: string;
    /** Bytes: of operands and results, the least that has to move; or those that were read from memory. */
    readonly bytesAre: 'operands' | 'read';
    readonly flops: number;
    readonly bytes: number;
    readonly threadCycles: number;
    /** Operations a second, the time being the thread-cycles shared evenly among the threads. */
    readonly flopsPerSecond: number;
    /**
     * The lower of the sustained ceilings at flops over bytes. What comes from a cache can be above that of memory.
     */
    readonly attainable: number;
  }[];
}

/** An instruction of a run and what it cost; with --stack. Cycles are thread-cycles, charged where it waits. */
export interface Hotspot {
  readonly address: number;
  readonly text: string;
  /** Kernel or `runtime`, and the line of its source. */
  readonly place: string;
  readonly source?: string;
  readonly executions: number;
  readonly cycles: number;
  /** Of all cycles. */
  readonly share: number;
  readonly cpi: number;
  /** What most of its cycles beyond issue went to, and the instruction that caused most of that. */
  readonly main?: { readonly cause: string; readonly cycles: number; readonly by?: string };
  /** The innermost loop around it. */
  readonly loop?: {
    readonly head: number;
    readonly end: number;
    readonly iterations: number;
    readonly cyclesPerIteration: number;
  };
}

/** A number of the machine that is inferred or otherwise uncertain, with the range it may lie in. */
export interface Threat {
  readonly path: string;
  readonly value: number | boolean | string;
  readonly unit: string;
  readonly low?: number;
  readonly high?: number;
  readonly choices?: readonly (boolean | string)[];
  readonly grade: string;
  readonly note?: string;
}

/** Where a result comes from: enough to make it again. */
export interface Provenance {
  /** A command line that repeats the run. */
  readonly command: string;
  /** Version of the package. */
  readonly version: string;
  /** sha256 of the compiled simulator and of the guest programs. */
  readonly code: string;
  /** sha256 of the sources of the kernels that a run used, by name. */
  readonly kernels?: Readonly<Record<string, string>>;
}

/** What `xenon start` compares: one short run an endian strategy. */
export interface EndianComparison {
  readonly strategy: string;
  /** Positions forwarded, fewer than those of the run beside it: its rates are others. Missing in older results. */
  readonly positions?: number;
  readonly loadSeconds: number;
  readonly deviceReadSeconds: number;
  readonly convertSeconds: number;
  readonly timeToFirstTokenSeconds: number;
  readonly tokensPerSecond: number;
  readonly peakMemoryBytes: number;
}

import { holdSteady } from '../sim/engine/known-lines.js';
import { UsageError } from '../sim/machine/errors.js';
import { MOST_POSITIONS, tapeSizes } from './batch.js';
import {
  type ActivationType,
  type Checkpoint,
  isMatrix,
  storedTensors,
  tensorShape,
  withActivations,
} from './checkpoint/tensors.js';
import {
  assembleAll,
  type CodeUnit,
  checkChoice,
  checkHeadSize,
  type KernelChoice,
  type KernelSources,
  resolveKernels,
  SWAP_OP,
  variantOf,
} from './code.js';
import {
  CONTROL,
  CONTROL_BYTES,
  GO_FORWARD,
  GO_SAMPLE,
  type GuestSampling,
  writeControl,
} from './control.js';
import { type EndianStrategy, strategyOf } from './endian.js';
import { compileForward, type Turn } from './forward.js';
import { forwardOps } from './forward-ops.js';
import type { KvCache } from './kv-cache.js';
import { type Layout, layOut, placementOf, type StreamPlan } from './layout.js';
import {
  compileLoad,
  lazyTurn,
  loadOps,
  readFile,
  streamedBytes,
  writeLayer,
  writeRopeTable,
  writeTensors,
} from './load.js';
import type { Allocate, Region, RegionRequest } from './memory.js';
import { wantedForm } from './quantize/packed.js';
import type { Precision } from './quantize/precisions.js';
import { ENTRY_BYTES, type Site, TapeBuilder } from './tape.js';
import { headSize, type ModelShape } from './zoo.js';

/** Words of a thread's block that the host sets or reads, see runtime.s. */
const THREAD_TAPE = 0;
const THREAD_CURRENT = 4;

export interface ProgramRequest {
  readonly checkpoint: Checkpoint;
  readonly sources: KernelSources;
  readonly kernels: KernelChoice;
  readonly endian: EndianStrategy;
  /** Precision of the matrices; that of the file where it is not given. */
  readonly quant?: Precision;
  /** Guest threads, 1 to 6. */
  readonly threads: number;
  /** Positions of the key and value cache. */
  readonly context: number;
  /** Positions of a prompt that go through the layers together: sizes above 1 that will be fed. */
  readonly batches?: readonly number[];
  /** How keys and values are kept, fp32 where it is not given. */
  readonly kvCache?: KvCache;
  /** How numbers meet matrices in groups; as the file's format means it where it is not given. */
  readonly activations?: ActivationType;
  /** Layers whose weights a device brings each time. */
  readonly stream?: StreamPlan;
  /** Where the file's weights begin, see LayoutRequest. */
  readonly weightsAt?: number;
  readonly sampling: GuestSampling;
  /** Added to physical addresses to make effective ones (the cached view of memory). */
  readonly addressBase: number;
  readonly allocate: Allocate;
}

/** A hardware thread's first state; all other registers are zero, VSCR[NJ] is set, mode is 64-bit. */
export interface ThreadStart {
  readonly pc: number;
  readonly registers: Readonly<Record<number, number>>;
}

/** Addresses in the runtime between which time can be told apart. */
export interface RuntimeMarks {
  /** A kernel has returned to the runtime; a thread arrives at the barrier. */
  readonly returned: number;
  readonly arrive: number;
}

/**
 * A forward pass as a guest program. Start every thread at its `start` with `go` set by `feed` (or by
 * `startLoad`); each ends with `sc`, r0 = 0, and goes on behind it at the next token. Methods take guest
 * memory, physical address 0 first.
 */
export interface GuestProgram {
  readonly shape: ModelShape;
  readonly context: number;
  readonly regions: readonly Region[];
  readonly threads: readonly ThreadStart[];
  readonly code: readonly CodeUnit[];
  readonly marks: RuntimeMarks;
  /** Call sites, load phase first. */
  readonly sites: readonly Site[];
  /** Number of the call site a thread is at (valid between `call` and `returned`), or -1. */
  siteOf(memory: Uint8Array, thread: number): number;
  /** Bytes that the device has to read: of the file, or of the one converted beforehand. */
  readonly fileBytes: number;
  /** True when the first starts only convert weights. */
  readonly loads: boolean;
  /** One start each: how many bytes of the file must have been read before it. */
  readonly loadStages: readonly number[];
  /** Writes everything the guest needs: weights as the file has them, tables, code, tapes. Nothing else writes weights. */
  load(memory: Uint8Array): void;
  /** Before the first start when `loads`. */
  startLoad(memory: Uint8Array): void;
  /**
   * Before each token, or each batch of tokens of a prompt, the first at `position`: what to feed, and whether
   * the guest shall draw the next one.
   */
  feed(memory: Uint8Array, tokens: number | readonly number[], position: number, sample: boolean): void;
  /** A forward pass is as many starts as this has layers, and one more: before each of them a layer has to be brought. */
  /** Where the kernels read each tensor, physical address first; those that a device brings share places. */
  readonly tensors: readonly {
    readonly name: string;
    readonly layer: number;
    readonly start: number;
    readonly bytes: number;
  }[];
  readonly streamed: readonly StreamedLayer[];
  /** The token that the guest drew. */
  next(memory: Uint8Array): number;
  logits(memory: Uint8Array): Float32Array;
}

/** A layer that is not in memory between forward passes. */
export interface StreamedLayer {
  readonly layer: number;
  readonly bytes: number;
  /** Which of the buffers it comes to; one that is free again once the layer that was in it is done. */
  readonly slot: number;
  bring(memory: Uint8Array): void;
}

/** What is asked for, with everything that depends on the model's format decided. */
function resolved(request: ProgramRequest): ProgramRequest & { readonly kvCache: KvCache } {
  const { activations, quant, kvCache = 'fp32' } = request;
  const checkpoint = withActivations(request.checkpoint, activations);
  const grouped = storedTensors(checkpoint).some(
    ({ name, stored }) => isMatrix(name) && wantedForm(checkpoint, name, stored, quant).group > 1,
  );
  if (activations === 'q80' && !grouped) {
    throw new UsageError(
      '--activations q80 rounds what meets weights in groups, and this model has none: add --quant q80 or q4_0',
    );
  }
  // runq.c's own arithmetic: nothing converted, nothing rounded besides.
  const exactly =
    request.checkpoint.quantizedActivations === true &&
    checkpoint.quantizedActivations === true &&
    quant === undefined &&
    kvCache === 'fp32';
  return { ...request, checkpoint, kvCache, kernels: resolveKernels(request.kernels, exactly) };
}

export function buildProgram(asked: ProgramRequest): GuestProgram {
  const request = resolved(asked);
  const { checkpoint, kernels, endian, quant, threads, context, sampling, addressBase, kvCache } = request;
  const { shape } = checkpoint;
  const sizes = tapeSizes(request.batches ?? []);
  const most = Math.max(...sizes);
  if (most > MOST_POSITIONS)
    throw new UsageError(`${most} positions together: at most ${MOST_POSITIONS} are possible`);
  if (context < 1 || context > shape.sequence) {
    throw new UsageError(`a context of ${context} positions: this model has 1 to ${shape.sequence}`);
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > 6)
    throw new UsageError(`threads ${threads}: allowed are 1 to 6`);
  if (sampling.temperature > 0 && sampling.seed === 0n)
    throw new UsageError('seed 0: the generator never leaves it; take any other number');
  checkChoice(kernels);
  const regions: Region[] = [];
  const allocate = (name: string, owner: RegionRequest['owner'], bytes: number): number => {
    const asked = { name, owner, bytes, alignBytes: 128 };
    const start = request.allocate(asked);
    regions.push({ ...asked, start });
    return start;
  };
  const code = assembleAll(
    kernelsNeeded(request),
    request.sources,
    (bytes) => addressBase + allocate('code', 'program', bytes),
  );
  for (const unit of code) checkHeadSize(unit, headSize(shape));
  const entryOf = (op: string): number => code.find((unit) => unit.op === op)!.assembled.base;
  const runtime = code[0].assembled.symbols;
  const layout = layOut({ ...request, positions: most, sampling: sampling.temperature > 0 });

  const target = { kernel: entryOf, address: (physical: number): number => addressBase + physical };
  const loading = new TapeBuilder(threads, runtime.get('nothing')!);
  const lazy = strategyOf(endian).lazy === true;
  if (lazy && sizes.length > 1)
    throw new UsageError(
      `--endian ${endian} turns weights at the first position: leave --prefill-batch at 1`,
    );
  const stages = compileLoad(loading, request, layout, target);
  const forwardOf = (tape: TapeBuilder, positions: number, turn?: Turn): TapeBuilder => {
    const greedy = sampling.temperature === 0;
    compileForward(tape, { checkpoint, threads, greedy, kvCache, positions, turn }, layout, target);
    return tape;
  };
  // The first forward pass is behind the conversions on one tape.
  if (lazy) forwardOf(loading, 1, lazyTurn(checkpoint));
  const converts = loading.sites.length > 0;
  const loads = converts && !lazy;
  const forwards = sizes.map((positions) =>
    forwardOf(new TapeBuilder(threads, runtime.get('nothing')!, loading.sites), positions),
  );
  const forward = forwards[0];
  /** Tapes of each thread and where they are: to convert the weights, then one for each number of positions. */
  const tapes = Array.from({ length: threads }, (_, thread) => [
    ...(converts
      ? [
          {
            tape: loading,
            start: allocate(`load tape ${thread}`, 'tape', loading.bytes(thread)),
          },
        ]
      : []),
    ...forwards.map((tape, i) => ({
      tape,
      start: allocate(
        i === 0 ? `tape ${thread}` : `tape ${thread}, ${sizes[i]} positions`,
        'tape',
        tape.bytes(thread),
      ),
    })),
  ]);
  const siteOf = siteTable(tapes, layout, addressBase);
  const tapeOf = (thread: number, positions: number): number =>
    addressBase + tapes[thread][sizes.indexOf(positions) + (converts ? 1 : 0)].start;
  const streamed = Array.from({ length: shape.layers }, (_, layer) => layer)
    .filter(layout.streams)
    .map((layer) => ({
      layer,
      bytes: streamedBytes(checkpoint, layout, layer, quant),
      slot: layer % request.stream!.slots,
      bring: (memory: Uint8Array) => writeLayer(memory, checkpoint, layout, layer, quant),
    }));

  return {
    shape,
    context,
    regions: [...regions, ...layout.regions].sort((a, b) => a.start - b.start),
    threads: layout.threadBlocks.map((block, thread) => ({
      pc: runtime.get('start')!,
      registers: { 1: addressBase + layout.stacks[thread], 31: addressBase + block },
    })),
    code,
    marks: {
      returned: runtime.get('returned')!,
      arrive: runtime.get('arrive')!,
    },
    sites: forward.sites,
    tensors: tensorPlaces(checkpoint, layout),
    fileBytes: layout.file
      ? checkpoint.source.size
      : layout.regions.find((region) => region.name === 'weights')!.bytes,
    siteOf,
    streamed,
    loads,
    loadStages: loads ? stages : [],
    load(memory) {
      for (const region of this.regions) memory.fill(0, region.start, region.start + region.bytes);
      if (layout.file) readFile(memory, checkpoint, layout.file, endian === 'offline');
      else writeTensors(memory, checkpoint, layout, quant);
      writeRopeTable(memory, shape, context, layout.ropeTable);
      for (const { assembled } of code) memory.set(assembled.bytes, assembled.base - addressBase);
      for (let row = 0; row < most; row++)
        writeControl(memory.subarray(layout.control + CONTROL_BYTES * row), shape, sampling);
      tapes.forEach((own, thread) => {
        const next = tapeOf(thread, 1);
        for (const { tape, start } of own)
          tape.write(memory.subarray(start, start + tape.bytes(thread)), thread, addressBase + start, next);
        const view = new DataView(memory.buffer, memory.byteOffset + layout.threadBlocks[thread], 128);
        view.setUint32(THREAD_TAPE, addressBase + own[0].start);
        view.setUint32(12, threads);
        view.setUint32(16, addressBase + layout.barrier);
        view.setUint32(20, addressBase + layout.control);
      });
      const weights = layout.file ?? layout.regions.find(({ name }) => name === 'weights');
      const held = streamed.length > 0 || weights === undefined ? 0 : weights.bytes;
      holdSteady(memory.buffer, weights?.start ?? 0, held);
    },
    startLoad(memory) {
      controlView(memory, layout).setUint32(CONTROL.go, GO_FORWARD);
    },
    feed(memory, given, position, sample) {
      const tokens = typeof given === 'number' ? [given] : given;
      if (position + tokens.length > context)
        throw new RangeError(`position ${position + tokens.length - 1} is beyond the context of ${context}`);
      if (!sizes.includes(tokens.length)) throw new RangeError(`no tape takes ${tokens.length} positions`);
      tokens.forEach((token, row) => {
        const view = controlView(memory, layout, row);
        view.setUint32(CONTROL.token, token);
        view.setUint32(CONTROL.position, position + row);
      });
      controlView(memory, layout).setUint32(CONTROL.go, GO_FORWARD | (sample ? GO_SAMPLE : 0));
      if (sizes.length === 1) return;
      layout.threadBlocks.forEach((block, thread) => {
        const view = new DataView(memory.buffer, memory.byteOffset + block, 4);
        view.setUint32(THREAD_TAPE, tapeOf(thread, tokens.length));
      });
    },
    next: (memory) => controlView(memory, layout).getUint32(CONTROL.next),
    logits(memory) {
      const view = new DataView(
        memory.buffer,
        memory.byteOffset + layout.activations.logits,
        4 * shape.vocabulary,
      );
      return Float32Array.from({ length: shape.vocabulary }, (_, i) => view.getFloat32(4 * i));
    },
  };
}

function kernelsNeeded(request: ProgramRequest): { op: string; variant: string }[] {
  const { checkpoint, kernels, endian, quant, sampling, kvCache = 'fp32', batches = [] } = request;
  const ops = forwardOps({
    checkpoint,
    ...(quant === undefined ? {} : { quant }),
    kvCache,
    greedy: sampling.temperature === 0,
    batched: batches.some((size) => size > 1),
  });
  const needed = ops.map((op) => ({ op, variant: variantOf(op, kernels, strategyOf(endian).fused) }));
  if (request.stream !== undefined) return needed;
  const placement = placementOf(checkpoint, endian, quant);
  return [
    ...needed,
    ...loadOps(checkpoint, endian, placement).map((op) => ({ op, variant: loadVariant(op, endian) })),
  ];
}

function loadVariant(op: string, endian: EndianStrategy): string {
  if (!op.startsWith(SWAP_OP)) return 'vmx128';
  return strategyOf(endian).swap ?? 'vperm';
}

function controlView(memory: Uint8Array, layout: Layout, row = 0): DataView {
  return new DataView(memory.buffer, memory.byteOffset + layout.control + CONTROL_BYTES * row, CONTROL_BYTES);
}

/** Finds the call site from the entry that a thread's block says is under way. */
function siteTable(
  tapes: readonly (readonly { tape: TapeBuilder; start: number }[])[],
  layout: Layout,
  addressBase: number,
): GuestProgram['siteOf'] {
  const numbers = tapes.map((own, thread) =>
    own.map(({ tape, start }) => ({ start, sites: tape.siteNumbers(thread) })),
  );
  return (memory, thread) => {
    // Asked so often that a view for each time would be felt.
    const at = layout.threadBlocks[thread] + THREAD_CURRENT;
    const word = (memory[at] << 24) | (memory[at + 1] << 16) | (memory[at + 2] << 8) | memory[at + 3];
    const current = (word >>> 0) - addressBase;
    for (const { start, sites } of numbers[thread]) {
      const entry = (current - start) / ENTRY_BYTES;
      if (entry >= 0 && entry < sites.length) return sites[entry];
    }
    return -1;
  };
}

/** Places of the tensors; buffers that layers take turns in are named after none of them. */
function tensorPlaces(checkpoint: Checkpoint, layout: Layout): GuestProgram['tensors'] {
  const { shape } = checkpoint;
  return storedTensors(checkpoint)
    .filter(({ name, layer }) => tensorShape(shape, name).count === 1 || !layout.streams(layer))
    .map(({ name, layer }) => {
      const { rows, count } = tensorShape(shape, name);
      const { address, rowBytes } = layout.tensor(name, layer);
      return { name, layer: count === 1 ? -1 : layer, start: address, bytes: rows * rowBytes };
    });
}

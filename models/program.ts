import { UsageError } from '../sim/machine/errors.js';
import type { Checkpoint } from './checkpoint/tensors.js';
import {
  assembleAll,
  type CodeUnit,
  checkChoice,
  checkHeadSize,
  type KernelChoice,
  type KernelSources,
  SWAP_OP,
  variantOf,
} from './code.js';
import { CONTROL, GO_FORWARD, GO_SAMPLE, type GuestSampling, writeControl } from './control.js';
import { compileForward, forwardOps } from './forward.js';
import { type EndianStrategy, type Layout, layOut, placementOf } from './layout.js';
import { compileLoad, loadOps, readFile, writeRopeTable, writeTensors } from './load.js';
import type { Allocate, Region, RegionRequest } from './memory.js';
import type { Precision } from './quantize/packed.js';
import { ENTRY_BYTES, type Site, TapeBuilder } from './tape.js';
import { headSize, type ModelShape } from './zoo.js';

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
  /** True when the first start only converts weights. */
  readonly loads: boolean;
  /** Writes everything the guest needs: weights as the file has them, tables, code, tapes. */
  load(memory: Uint8Array): void;
  /** Before the first start when `loads`. */
  startLoad(memory: Uint8Array): void;
  /** Before each token: what to feed, and whether the guest shall draw the next one. */
  feed(memory: Uint8Array, token: number, position: number, sample: boolean): void;
  /** The token that the guest drew. */
  next(memory: Uint8Array): number;
  logits(memory: Uint8Array): Float32Array;
}

export function buildProgram(request: ProgramRequest): GuestProgram {
  const { checkpoint, kernels, endian, quant, threads, context, sampling, addressBase } = request;
  const { shape } = checkpoint;
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
  const layout = layOut({ ...request, sampling: sampling.temperature > 0 });

  const target = { kernel: entryOf, address: (physical: number): number => addressBase + physical };
  const loading = new TapeBuilder(threads, runtime.get('nothing')!);
  compileLoad(loading, request, layout, target);
  const forward = new TapeBuilder(threads, runtime.get('nothing')!, loading.sites);
  const loads = forward.sites.length > 0;
  compileForward(forward, { checkpoint, threads, greedy: sampling.temperature === 0 }, layout, target);
  const tapes = Array.from({ length: threads }, (_, thread) => ({
    load: loads ? allocate(`load tape ${thread}`, 'tape', loading.bytes(thread)) : 0,
    forward: allocate(`tape ${thread}`, 'tape', forward.bytes(thread)),
  }));
  const siteOf = siteTable(tapes, loading, forward, layout, addressBase);

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
    fileBytes: layout.file
      ? checkpoint.source.size
      : layout.regions.find((region) => region.name === 'weights')!.bytes,
    siteOf,
    loads,
    load(memory) {
      for (const region of this.regions) memory.fill(0, region.start, region.start + region.bytes);
      if (layout.file) readFile(memory, checkpoint, layout.file, endian === 'offline');
      else writeTensors(memory, checkpoint, layout, quant);
      writeRopeTable(memory, shape, context, layout.ropeTable);
      for (const { assembled } of code) memory.set(assembled.bytes, assembled.base - addressBase);
      writeControl(memory.subarray(layout.control), shape, sampling);
      tapes.forEach((tape, thread) => {
        const next = addressBase + tape.forward;
        if (loads) loading.write(memory.subarray(tape.load, tape.load + loading.bytes(thread)), thread, next);
        forward.write(memory.subarray(tape.forward, tape.forward + forward.bytes(thread)), thread, next);
        const view = new DataView(memory.buffer, memory.byteOffset + layout.threadBlocks[thread], 128);
        view.setUint32(0, addressBase + (loads ? tape.load : tape.forward));
        view.setUint32(12, threads);
        view.setUint32(16, addressBase + layout.barrier);
        view.setUint32(20, addressBase + layout.control);
      });
    },
    startLoad(memory) {
      controlView(memory, layout).setUint32(CONTROL.go, GO_FORWARD);
    },
    feed(memory, token, position, sample) {
      if (position >= context)
        throw new RangeError(`position ${position} is beyond the context of ${context}`);
      const view = controlView(memory, layout);
      view.setUint32(CONTROL.token, token);
      view.setUint32(CONTROL.position, position);
      view.setUint32(CONTROL.go, GO_FORWARD | (sample ? GO_SAMPLE : 0));
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
  const { checkpoint, kernels, endian, quant, sampling } = request;
  const ops = forwardOps(checkpoint, quant, sampling.temperature === 0);
  const needed = ops.map((op) => ({ op, variant: variantOf(op, kernels, endian === 'fused-vperm') }));
  const placement = placementOf(checkpoint, endian, quant);
  return [
    ...needed,
    ...loadOps(checkpoint, endian, placement).map((op) => ({ op, variant: loadVariant(op, endian) })),
  ];
}

function loadVariant(op: string, endian: EndianStrategy): string {
  if (!op.startsWith(SWAP_OP)) return 'vmx128';
  if (endian === 'load-vperm' || endian === 'fused-vperm') return 'vperm';
  return endian === 'load-copy' && op === SWAP_OP ? 'copy' : 'scalar';
}

function controlView(memory: Uint8Array, layout: Layout): DataView {
  return new DataView(memory.buffer, memory.byteOffset + layout.control, 128);
}

/** Finds the call site from the entry that a thread's block says is under way. */
function siteTable(
  tapes: readonly { load: number; forward: number }[],
  loading: TapeBuilder,
  forward: TapeBuilder,
  layout: Layout,
  addressBase: number,
): GuestProgram['siteOf'] {
  const numbers = tapes.map((_, thread) => ({
    load: loading.siteNumbers(thread),
    forward: forward.siteNumbers(thread),
  }));
  return (memory, thread) => {
    const view = new DataView(memory.buffer, memory.byteOffset + layout.threadBlocks[thread], 8);
    const entry = view.getUint32(4) - addressBase;
    const { load, forward: begin } = tapes[thread];
    const inForward = (entry - begin) / ENTRY_BYTES;
    if (inForward >= 0 && inForward < numbers[thread].forward.length)
      return numbers[thread].forward[inForward];
    return numbers[thread].load[(entry - load) / ENTRY_BYTES] ?? -1;
  };
}

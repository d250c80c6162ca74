import { CTX, contextBase, l1Base } from '../../sim/engine/context.js';
import type { MemorySystem, SyncKind } from '../../sim/memory/system.js';
import { L1_FILL, L1_LAST_USE, L1_SET_BYTES, L1_SETS } from '../../sim/memory/wasm/l1-set.js';

/** Every miss takes the same time and nothing ever queues: for tests of the core alone. */
export class FlatMemory implements MemorySystem {
  readonly crowdedUntil = [];
  private readonly i32: Int32Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly missCycles = 100,
  ) {
    this.i32 = new Int32Array(buffer);
  }

  loadMiss(core: number, thread: number, line: number, s: number): number {
    const { i32 } = this;
    const set = l1Base(core) + (line & (L1_SETS - 1)) * L1_SET_BYTES;
    const lastUse = (tag: number) => i32[(tag + L1_LAST_USE) >> 2];
    let victim = set;
    for (let tag = set + 4; tag < set + L1_FILL; tag += 4) if (lastUse(tag) < lastUse(victim)) victim = tag;
    const fill = (s & ~1) + 2 * this.missCycles;
    i32[victim >> 2] = line;
    i32[(victim + L1_FILL) >> 2] = fill;
    i32[(victim + L1_LAST_USE) >> 2] = s;
    this.i32[(contextBase(thread) + CTX.acceptedAt) >> 2] = s;
    return fill;
  }

  prefetch(core: number, thread: number, line: number, s: number): number {
    return this.loadMiss(core, thread, line, s);
  }

  store(_core: number, _thread: number, _address: number, _size: number, s: number): number {
    return s;
  }
  zeroLine(_core: number, _thread: number, _line: number, s: number): number {
    return s;
  }
  fetchMiss(_core: number, _thread: number, _line: number, s: number): number {
    return s;
  }

  flushLine(_core: number, _thread: number, _line: number, s: number): number {
    return s;
  }
  sync(_core: number, _thread: number, _kind: SyncKind, s: number): number {
    return s + 2 * 33;
  }
  loadReserve(_core: number, _thread: number, _line: number, s: number): number {
    return s + 2 * 100;
  }
  storeConditional(_core: number, _thread: number, _line: number, s: number): number {
    return s + 2 * 138;
  }
  rebase(): void {}
  reset(): void {}
}

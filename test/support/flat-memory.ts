import { CTX, contextBase, L1_SET_BYTES, l1Base } from '../../sim/engine/context.js';
import type { MemorySystem, SyncKind } from '../../sim/memory/system.js';

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
    const set = (l1Base(core) + (line & 63) * L1_SET_BYTES) >> 2;
    let victim = 0;
    for (let way = 1; way < 4; way++) if (this.i32[set + 8 + way] < this.i32[set + 8 + victim]) victim = way;
    const fill = (s & ~1) + 2 * this.missCycles;
    this.i32[set + victim] = line;
    this.i32[set + 4 + victim] = fill;
    this.i32[set + 8 + victim] = s;
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

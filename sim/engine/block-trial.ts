import type { MemorySystem } from '../memory/system.js';
import type { CoreTiming } from '../timing/core-timing.js';
import { ReferenceTiming } from '../timing/reference.js';
import { CTX, contextBase, TRIAL_THREAD } from './context.js';

const never = (): never => {
  throw new Error('a trial asked for what no record stands for');
};

/** Stores take no time; nothing else is asked for. */
const NO_MEMORY: MemorySystem = {
  loadMiss: never,
  prefetch: never,
  store: (_core, _thread, _address, _size, s) => s,
  zeroLine: never,
  flushLine: never,
  fetchMiss: never,
  sync: never,
  loadReserve: never,
  storeConditional: never,
  rebase: never,
  reset: never,
  crowdedUntil: [],
};

/** The readable model over a block's plans: every line is there, and branches are foreseen or not as one wants. */
export class BlockTrial extends ReferenceTiming {
  predicted = true;

  constructor(buffer: ArrayBufferLike, core: CoreTiming) {
    super(buffer, core, NO_MEMORY);
  }

  protected override fetch(): number {
    return this.i32[(contextBase(TRIAL_THREAD) + CTX.issue) >> 2];
  }

  protected override foresees(): boolean {
    return this.predicted;
  }
}

/**
 * The common store, for code that does it without a call: one that goes to the same 64 bytes as its core's last.
 * With `from = address >>> blockShift`, the same for its last byte, and `t` the time it leaves the store queue:
 *
 *     if (t < i32[expiry] && i32[i32[recent]] === from) {
 *       i32[i32[recent] + latest] = max(i32[i32[recent] + latest], t);
 *       i64[gathered]++;
 *       // gathered at t
 *     } else call storeBytes
 *
 * does to all state what `storeBytes` does, and answers the same. `gathered` may be added to later, for many stores
 * at once. Addresses in the linear memory; 32-bit words but for the counter.
 */
export interface GatherWords {
  /** Holds the address of the buffer stored to last, whose first word is the range it collects. */
  readonly recent: number;
  /** Holds a time before which no buffer of the core times out. */
  readonly expiry: number;
  /** Offset of a buffer's latest store from its first word. */
  readonly latest: number;
  readonly blockShift: number;
  /** Counter of stores that met a buffer. */
  readonly gathered: number;
}

/** Where a core's words are; `numbers` are those of its memory system. */
export function gatherWords(numbers: Readonly<Record<string, number>>, core: number): GatherWords {
  return {
    recent: numbers.gatherCores + 8 * core,
    expiry: numbers.gatherCores + 8 * core + 4,
    latest: numbers.gatherLatest - numbers.gatherBlocks,
    blockShift: numbers.blockShift,
    gathered: numbers.nStoresGathered,
  };
}

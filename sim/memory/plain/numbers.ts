/*
 * What the host knows when it makes the memory of a machine with an issue window (memory/plain-memory.ts): sizes, and
 * where state lies (byte addresses in the one linear memory); the host writes them into the compiled code.
 */

// L1: the log2 of its line, its sets and ways, and by place: line, arrival (cycles), last use (i64), whether written.
export declare const lineShift: i32;
export declare const l1Sets: i32;
export declare const l1Ways: i32;
export declare const l1Lines: i32;
export declare const l1Fills: i32;
export declare const l1Uses: i32;
export declare const l1Dirty: i32;

// L2: the same.
export declare const l2Sets: i32;
export declare const l2Ways: i32;
export declare const l2Lines: i32;
export declare const l2Fills: i32;
export declare const l2Uses: i32;
export declare const l2Dirty: i32;

// Misses in flight, the store queue, and the requests on the bus: where their times lie, and how many.
export declare const loadSlots: i32;
export declare const loadSlotCount: i32;
export declare const storeSlots: i32;
export declare const storeSlotCount: i32;
export declare const storeQueue: i32;
export declare const storeQueueEntries: i32;
export declare const requests: i32;
export declare const requestCount: i32;

// What the machine does.
export declare const writesBack: i32;
export declare const storesOverlap: i32;
export declare const sharesBus: i32;
export declare const joinsTakeSlots: i32;
export declare const missesWaitForStores: i32;
export declare const streamCount: i32;
export declare const streamLines: i32;
export declare const streamStart: i32;
export declare const streamPageLines: i32;

// Single words: see state.ts.
export declare const times: i32;
export declare const durations: i32;
export declare const state: i32;
export declare const counters: i32;
export declare const streams: i32;
export declare const candidates: i32;

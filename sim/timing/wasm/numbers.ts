/*
 * Numbers of a machine's issue window (cycles, counts, flags) and where its state lies (byte addresses in the one
 * linear memory, offsets in a thread's context); the host writes them into the compiled code.
 */

// The context of a hardware thread.
export declare const issue: i32;
export declare const addresses: i32;
export declare const history: i32;
export declare const predictor: i32;
export declare const linkDepth: i32;
export declare const linkStack: i32;
export declare const mispredicts: i32;

// The branch predictor.
export declare const predictorMask: i32;
export declare const historyMask: i32;
export declare const linkStackMask: i32;

// The window.
export declare const entries: i32;
export declare const dispatchWidth: i32;
export declare const accessWidth: i32;
export declare const retireWidth: i32;
export declare const finishedStores: i32;
export declare const foldsBranches: i32;
export declare const branchesComplete: i32;
export declare const loadsHoldStations: i32;
export declare const stationsOutOfOrder: i32;
export declare const aliasesStall: i32;
export declare const storesRetireFirst: i32;
export declare const storeWriteCycles: i32;
export declare const loadHitStoreCycles: i32;
export declare const takenBranchCycles: i32;
export declare const mispredictCycles: i32;
export declare const indirectBranchCycles: i32;

// State; see window.ts.
export declare const retiredRing: i32;
export declare const finishedRing: i32;
export declare const storedWords: i32;
export declare const storedUntil: i32;
export declare const marks: i32;
export declare const used: i32;
/** Of the memory: see PlainMemory. */
export declare const joined: i32;
export declare const moving: i32;

// The memo: memo.ts, and what it needs of the window: state.ts. Whether there is one; the cycle of the present state.
export declare const remembers: i32;
export declare const stateCycle: i32;
export declare const asked: i32;
export declare const visited: i32;
export declare const buckets: i32;
export declare const bucketMask: i32;
export declare const memoFirst: i32;
export declare const memoEnd: i32;
export declare const pieces: i32;
export declare const readyFloor: i32;

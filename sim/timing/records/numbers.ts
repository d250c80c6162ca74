/*
 * Numbers of the core, and offsets in a thread's context (engine/context.ts); the host writes them into the compiled code.
 */
export declare const issue: i32;
export declare const instructions: i32;
export declare const cycleMask: i32;
export declare const ready: i32;
/** Of how many registers, the first ones, results are awaited `addressMargin` earlier. */
export declare const addressRegisters: i32;
/** Half-cycles. */
export declare const addressMargin: i32;
export declare const vectorArithmetic: i32;
export declare const vectorPermute: i32;
export declare const vectorCount: i32;
export declare const vectorRing: i32;
export declare const storeTable: i32;

/** Words of a thread; see MEMO. */
export declare const memoRecord: i32;
export declare const memoBegun: i32;
export declare const memoPause: i32;
export declare const memoShift: i32;

/** The table of places where threads have taken up records. */
export declare const table: i32;
export declare const tableMask: i32;

/** The table of records that have followed others where threads have entered regions. */
export declare const entered: i32;
export declare const enteredMask: i32;

/** Whether records are made for all times at once, and taken up wherever a thread can. */
export declare const always: i32;

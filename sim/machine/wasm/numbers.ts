/*
 * Places of the machine's state, as byte addresses and offsets in a thread's context (engine/context.ts), and the
 * values of CTX.state; the host writes them into the compiled code.
 */
export declare const contextBase: i32;
/** From one context to the next; shifted by `contextShift` a context gives its thread's number in the low bits. */
export declare const contextBytes: i32;
export declare const contextShift: i32;
export declare const vscr: i32;
export declare const fpscr: i32;
export declare const pc: i32;
export declare const instructions: i32;
export declare const issue: i32;
export declare const cycleMask: i32;
export declare const priority: i32;
export declare const state: i32;
export declare const shareUntil: i32;
export declare const stateDone: i32;
export declare const stateRunning: i32;
export declare const stateBeforeSync: i32;
export declare const stateAsleep: i32;

/** What translated code returns; see LEFT in engine/region-code.ts. */
export declare const leftBranch: i32;
export declare const leftYield: i32;
export declare const leftSync: i32;
export declare const leftSingle: i32;

/** The table of ways into translated code, and its size. */
export declare const lines: i32;
export declare const lineMask: i32;

/** How long threads keep together after a synchronising instruction, half-cycles; and a time before every other. */
export declare const staysTogether: i32;
export declare const unknown: i32;

/** A place of its own for the scheduler. */
export declare const turns: i32;

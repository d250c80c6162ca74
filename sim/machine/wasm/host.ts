/** The condition, which is rarely true: see build/wasm-modules.js. */
export declare function seldom(condition: bool): bool;
/** A thread has come to an address that the host wants to know of. */
export declare function reach(context: i32): void;

/*
 * The memory that loads and stores ask: memory/plain/index.ts.
 */
export declare function loadAt(address: i32, t: i32): i32;
export declare function storeAt(address: i32, t: i32): i32;
export declare function touch(address: i32, t: i32): void;
export declare function claim(address: i32, t: i32): void;

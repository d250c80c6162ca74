/** The record of a block at which a thread begins whose times are in its context; 0 when it is not to be made. */
export declare function make(context: i32, ref: i32): i32;
/** The record of what follows a cut after a delay (half-cycles). */
export declare function delayed(record: i32, cut: i32, delay: i32): i32;

/** The record of a block at which a thread begins whose times are in its context; 0 when it is not to be made. */
export declare function make(context: i32, ref: i32): i32;

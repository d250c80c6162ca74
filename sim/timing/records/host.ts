/** The record of a block at which a thread begins whose times are in its context; 0 when it is not to be made. */
export declare function make(context: i32, ref: i32): i32;
/** Makes it known from which lateness on more of it makes no difference after a record; `cut` is where that stands in it. */
export declare function measureLate(record: i32, cut: i32, late: i32): void;
/** What follows the load of a record whose result is late. */
export declare function makeLate(record: i32, cut: i32, late: i32): i32;
/** The record at which a thread begins that comes with one of other code or another mask; 0 when it has none. */
export declare function follow(context: i32, ref: i32): i32;

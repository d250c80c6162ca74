/*
 * How large the state of the parts is and where its words lie, in bytes unless said otherwise. The host lays it out
 * (memory/parts.ts, cache-parts.ts, dram-parts.ts), the code beside this file works with it; both are compiled with this.
 */

/**
 * A calendar has room for so many intervals. Its words: four times their number; a time before which all is forgotten and
 * counts as busy; their starts, then their ends, before the first of either room for four that are long over.
 */
export const CALENDAR_ROOM = 256;
export const CALENDAR_FLOOR = 4;
export const CALENDAR_STARTS = 8 + 16;
export const CALENDAR_ENDS = CALENDAR_STARTS + 4 * CALENDAR_ROOM + 16;
export const CALENDAR_BYTES = CALENDAR_ENDS + 4 * CALENDAR_ROOM;

/**
 * An occupancy has a bit a half-cycle: so many in all, and so many before the present when it moves. Before the bits
 * stands the half-cycle of the first; what lies before that is forgotten and counts as free.
 */
export const OCCUPANCY_STRETCH = 262144;
export const OCCUPANCY_BEHIND = 65536;
export const OCCUPANCY_BITS = 8;

/**
 * Slots in a circle: the one whose turn it is; the latest time, where `holdEarliest` is used. Of a slot: until when it is
 * held, the next one, the one before.
 */
export const SLOTS_LATEST = 4;
export const SLOT_NEXT = 4;
export const SLOT_BEFORE = 8;

/** A set of the L2 cache: the tag of each way, and at such distances from it what else is known of its line. */
export const L2_WAYS = 8;
export const FILL = 4 * L2_WAYS;
export const FLAGS = 8 * L2_WAYS;
export const LAST_USE = 12 * L2_WAYS;
export const L2_SET_BYTES = 16 * L2_WAYS;
/**
 * Pseudo-LRU instead of times: one word a set. Bit n - 1 is node n of the tree (root 1, ways below its leaves) and names
 * the colder half; another bit says that no way is empty.
 */
export const TREE = LAST_USE;
export const FULL = 1 << (L2_WAYS - 1);
/** Bits of a line's flags: dirty, which cores' L1 caches may hold it, and how long it was on its way from memory. */
export const DIRTY = 1;
export const HELD_SHIFT = 1;
export const HELD_BY_ANY = 7 << HELD_SHIFT;
export const WAIT_SHIFT = 8;

/**
 * A core, in one of the host's cache lines. First the head of its miss slots; then what does not change: its bit among a
 * line's holders, its L1 cache, how much farther from the L2 cache than most it is and its load-to-use time; when its last
 * gather was taken, all its stores are ordered, its last dcbz128 is over (half-cycles).
 */
export const HELD_BY = 8;
export const L1 = 12;
export const DISTANCE = 16;
export const LATENCY = 20;
export const LAST_DRAIN = 24;
export const ORDERED = 28;
export const ZERO_UNTIL = 32;
export const CORE_BYTES = 64;

/** Store gathering: of each core the buffer stored to last, and a time not after its first timeout. */
export const EXPIRY = 4;
export const GATHERING_SHIFT = 3;

/**
 * A timetable has a map for each kind of commands, with a bit a clock: so many in all, before a request at least about so
 * many of them.
 */
export const TICKS = 16384;
export const TICKS_BEHIND = 8192;
export const MAP = TICKS / 8 + 16;
/**
 * A controller: the clock that the first bits stand for; the refresh that is booked next, the latest column commands, how
 * many lines wait to be written, up to when nothing has to be prepared for requests; then the maps of its timetable.
 */
export const BASE = 0;
export const NEXT_REFRESH = 4;
export const LAST_READ = 8;
export const LAST_WRITE = 12;
export const WAITING = 16;
export const PREPARED = 20;
export const READS = 64;
export const ACTIVATIONS = READS + MAP;
export const COMMANDS = ACTIVATIONS + MAP;
export const CONTROLLER = COMMANDS + MAP;

/**
 * A bank: its row and the rows before it, the youngest first; when each was opened; when each of those before was closed;
 * when the row may be closed, is closed by a refresh at the latest, was used last (clocks).
 */
export const ROW = 0;
export const OPENED = 16;
export const CLOSED = 32;
export const CLOSABLE = 44;
export const UNTIL = 48;
export const USED = 52;
export const BANK_SHIFT = 6;
/** Rows that are known before a bank's present one. */
export const EPOCHS = 3;

/**
 * Scan-out and the rest of the GPU: when it asks next, and 1/256 of a clock beside; the line it asks for; then, of the
 * latter, how many lines of the run are left, whether it is written, and a random number.
 */
export const FRACTION = 4;
export const LINE = 8;
export const LEFT = 12;
export const WRITES = 16;
export const RANDOM = 20;
export const SCAN_BYTES = 16;
export const TRAFFIC_BYTES = 24;

/** The log of commands has their number, then of each its kind, clock, bank (counted over all controllers), row. */
export const COMMANDS_LOGGED = 16;
export const COMMAND_BYTES = 16;
export const PRECHARGE = 1;
export const ACTIVATE = 2;
export const READ = 3;
export const WRITE = 4;
export const PRECHARGE_ALL = 5;
export const REFRESH = 6;
/** Between them requests to read or write: when a line was asked for, answered, and which. */
export const READ_LINE = 7;
export const WRITE_LINE = 8;

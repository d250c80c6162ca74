import { REGISTER_COUNT } from '../isa/registers.js';
import { WAY_BYTES } from '../machine/wasm/ways.js';
import { L1_BYTES } from '../memory/wasm/l1-set.js';
import { PAUSE_BYTES, PLACE_BYTES, SET_BYTES } from '../timing/records/tables.js';

/**
 * Where everything lies in the one linear memory a simulated machine has: guest memory first (physical address =
 * offset), the simulator's own state above it. Guest bytes are big-endian; state is in host order.
 */
export const GUEST_BYTES = 0x2000_0000;
export const STATE_BASE = GUEST_BYTES;

/**
 * One context a hardware thread, six of them. Eleven of the host's cache lines more than a power of two, so that the words
 * which all threads use most do not share its cache's sets.
 */
export const CONTEXT_BYTES = 0x8000 + 11 * 64;
export const contextBase = (thread: number): number => STATE_BASE + thread * CONTEXT_BYTES;
/** The number of a context's thread is its distance from the first one shifted by this. */
export const CONTEXT_SHIFT = 15;
export const threadOf = (context: number): number => (context - STATE_BASE) >> CONTEXT_SHIFT;

// The scheduler keeps a thread's traits in the bits below 64 of its context; see machine/wasm/index.ts.
if (CONTEXT_BYTES % 64 !== 0 || [1, 2, 3, 4, 5].some((thread) => threadOf(contextBase(thread)) !== thread))
  throw new Error('context layout: a context does not tell its thread');

/** Offsets inside a context. 64-bit items are 8-byte aligned, vectors 16-byte aligned. */
export const CTX = {
  gpr: 0x000, // i64 x 32
  fpr: 0x100, // f64 x 32
  /** v128 x 128, each word in host order, word 0 in lane 0: byte k of the architecture is host byte k ^ 3. */
  vr: 0x200,
  crf: 0xa00, // i32 x 8
  lr: 0xa20, // i64
  ctr: 0xa28, // i64
  vrsave: 0xa30, // i64
  ca: 0xa38, // i32 each
  so: 0xa3c,
  ov: 0xa40,
  xerCount: 0xa44,
  fpscr: 0xa48,
  vscr: 0xa4c,
  reserveAddress: 0xa50, // i64, -1 when none
  reserveValue: 0xa58, // i64
  pc: 0xa60, // i64
  instructions: 0xa68, // i64, retired
  timeBase: 0xa70, // i64, what mftb reads
  /** Physical core, and this thread's number inside it. */
  core: 0xa78,
  /** Timing state: see sim/timing/rules.ts. i32, half-cycles unless said otherwise. */
  issue: 0xa80,
  vectorArithmetic: 0xa84,
  vectorPermute: 0xa88,
  /** Number of entries ever put in the vector queue, modulo its depth. */
  vectorCount: 0xa8c,
  storeUntil: 0xa90,
  storeCount: 0xa94,
  lastDrain: 0xa98,
  history: 0xa9c,
  linkDepth: 0xaa0,
  /** 1 while alone on the core, 3 while the sibling is active, 7 at low priority beside it. */
  cycleMask: 0xaa4,
  /** Written by memory-system calls: the slot at which the asking instruction may issue. */
  acceptedAt: 0xaa8,
  mispredicts: 0xaac,
  /** Thread priority: -1 low, 0 medium, 1 high. */
  priority: 0xab0,
  /** Line that the thread stored to last while caches are warmed, -1 for none; see warming.ts. */
  warmStored: 0xab4,
  /** i64: half-cycles that loads have waited for stores to the same quadword. */
  loadHitStoreWait: 0xab8,
  /** Written by memory-system calls: half-cycles that translating the address of the access has taken. */
  translation: 0xac0,
  /**
   * What the thread is about to do and, in the context of a core's first thread, until when the shares of its issue slots
   * hold; see machine/scheduler.ts.
   */
  state: 0xac4,
  shareUntil: 0xac8,
  /** f64: by how much `issue`, which holds no time before OLDEST, is too late for a thread that has long not run. */
  tooLate: 0xad0,
  ready: 0xb00, // i32 x REGISTER_COUNT
  vectorRing: 0xe80, // i32 x 32, issue times of the youngest vector-queue entries
  linkStack: 0xf00, // i32 x 16
  storeRing: 0xf40, // i32 x 32, drain times of the youngest stores
  /** Recent stores by quadword: 256 x (quadword number i32, until i32). */
  storeTable: 0x1000,
  /** Two-bit branch counters, one byte each. */
  predictor: 0x2000, // 4096
  scratch: 0x4000,
} as const;

/** What CTX.priority holds after a priority hint. */
export const PRIORITIES: Readonly<Record<string, number>> = { low: -1, medium: 0, high: 1 };

if (CTX.ready + 4 * REGISTER_COUNT > CTX.vectorRing)
  throw new Error('context layout: ready times overlap the vector ring');

/** L1 data caches, of one core after the other: see memory/wasm/l1-set.ts. */
export const L1_BASE = STATE_BASE + 6 * CONTEXT_BYTES;
export const l1Base = (core: number): number => L1_BASE + core * L1_BYTES;

/**
 * Which lines of guest memory each core's instruction cache holds, one bit a line: bit `line & 7` of byte `line >> 3`.
 * Two lines that begin on a multiple of 256 bytes have their bits in one byte.
 */
export const FETCH_MAP_BASE = L1_BASE + 3 * L1_BYTES;
export const FETCH_MAP_BYTES = GUEST_BYTES / 128 / 8;
export const fetchMap = (core: number): number => FETCH_MAP_BASE + core * FETCH_MAP_BYTES;
/** The line of an instruction: its physical address divided by 128. */
export const fetchLine = (pc: number): number => (pc & (GUEST_BYTES - 1)) >>> 7;

/** State of the shared memory system (L2 tags, queues, bus, DRAM): sim/memory lays it out from here. */
export const SHARED_BASE = FETCH_MAP_BASE + 3 * FETCH_MAP_BYTES;
export const SHARED_BYTES = 0x80_0000;

/**
 * What translated code of Linux programs may access: one byte for each 4 KB of guest memory, 0 where the access is
 * allowed. First a table for loads, then one for stores.
 */
export const GUARD_PAGE_BYTES = 0x1000;
export const GUARD_BYTES = GUEST_BYTES / GUARD_PAGE_BYTES;
export const GUARD_BASE = {
  load: SHARED_BASE + SHARED_BYTES,
  store: SHARED_BASE + SHARED_BYTES + GUARD_BYTES,
};

const WASM_PAGE = 0x1_0000;

/** End of what a machine is made of: a copy of the bytes up to here is a copy of the machine. */
export const MEMORY_BYTES = Math.ceil((GUARD_BASE.store + GUARD_BYTES) / WASM_PAGE) * WASM_PAGE;

/** What translated code has found out about the contents of guest memory; see known-lines.ts. */
export const LINES_BASE = MEMORY_BYTES;
const LINES_BYTES = GUEST_BYTES / 128 + WASM_PAGE;

/** Ways into translated code: see entry-table.ts. */
export const ENTRY_TABLE_BASE = LINES_BASE + LINES_BYTES;
export const ENTRY_LINES = 0x4000;

/** What the scheduler keeps at hand while it runs threads one after the other: see machine/wasm/index.ts. */
export const TURNS_BASE = ENTRY_TABLE_BASE + ENTRY_LINES * WAY_BYTES;

/**
 * What is remembered of the timing of blocks (sim/engine/timing-memo.ts): no part of the machine's state, but of the
 * way its state is kept while threads take turns. First, at a distance of MEMO_CONTEXT from each context, words of
 * the thread; then a context and an L1 cache to try code in; then the records.
 */
export const MEMO_BASE = TURNS_BASE + WASM_PAGE;
export const MEMO_BYTES = 0x100_0000;
export const MEMO_CONTEXT = MEMO_BASE - STATE_BASE;
/** Where nothing lies in a context that is used with them: equal offsets of both share a set of the host's cache. */
const MEMO_WORDS = 0xc00;
export const MEMO = {
  /** The thread's record: where it is and its times relative to `CTX.issue`; 0 when the context holds them. */
  record: MEMO_WORDS,
  /** Its retired instructions when it took up a record last, and where the pauses of that block stand. */
  begun: MEMO_WORDS + 4,
  pause: MEMO_WORDS + 8,
  /** How much later than its slot the record after a late result begins. */
  shift: MEMO_WORDS + 12,
  /** Number of the region that the thread is in or has left for a while, if what its next block claims of registers holds. */
  proved: MEMO_WORDS + 16,
  /** Where the host reads next from what the thread will need of its streams; see host-prefetch.ts. */
  readAhead: MEMO_WORDS + 20,
} as const;
/** The thread and the core, none that the machine has, whose state the trials of blocks use. */
export const TRIAL_THREAD = Math.ceil(MEMO_CONTEXT / CONTEXT_BYTES) + 6;
const TRIAL_CONTEXT = contextBase(TRIAL_THREAD);
export const TRIAL_CORE = Math.ceil((TRIAL_CONTEXT + CONTEXT_BYTES - L1_BASE) / L1_BYTES);
/**
 * Where threads have taken up records, which one has followed which where they have entered regions, and what looking for
 * records has brought at blocks: see timing/records/tables.ts.
 */
export const MEMO_TABLE = TRIAL_CONTEXT + 2 * CONTEXT_BYTES;
export const MEMO_TABLE_SETS = 0x1000;
export const MEMO_ENTERED = MEMO_TABLE + SET_BYTES * MEMO_TABLE_SETS;
export const MEMO_ENTERED_PLACES = 0x1000;
export const MEMO_PAUSES = MEMO_ENTERED + PLACE_BYTES * MEMO_ENTERED_PLACES;
export const MEMO_PAUSES_PLACES = 0x1000;
export const MEMO_RECORDS = MEMO_PAUSES + PAUSE_BYTES * MEMO_PAUSES_PLACES;

/** WebAssembly pages of the linear memory. */
export const MEMORY_PAGES = (MEMO_BASE + MEMO_BYTES) / WASM_PAGE;

/** Counters of woven code that is observed, by thread: only memories made for it have them. */
export const OBSERVE_BASE = MEMORY_PAGES * WASM_PAGE;
export const OBSERVE_THREAD_BYTES = 0x200_0000;
/** The log of requests to memory: their number, and from the third word on two words each. */
export const REQUEST_LOG_BASE = OBSERVE_BASE + 6 * OBSERVE_THREAD_BYTES;
export const REQUEST_LOG_ENTRIES = 0x8_0000;
export const OBSERVE_BYTES = 6 * OBSERVE_THREAD_BYTES + 0x1_0000 + 8 * REQUEST_LOG_ENTRIES;

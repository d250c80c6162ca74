import {
  ACCESS_AT,
  ASK_BRANCH,
  ASK_LOAD,
  ASK_STORE,
  ASK_WRITTEN,
  askFrom,
  END,
  KEY,
  KIND,
  keyOfBranch,
  keyOfLoad,
  keyOfStore,
  keyOfWritten,
  NO_KEY,
  noteAnswer,
  noteKey,
  perform,
  question,
  SIZE_AT,
  WHEN,
  written,
} from './ask';
import { foresees } from './branch';
import { loadAt, storeAt } from './memory';
import { bucketMask, buckets, memoEnd, memoFirst, visited } from './numbers';
import { writeState } from './state';

/*
 * What has been timed is remembered (fast-forwarding by memoization: Schnarr and Larus, ASPLOS 1998). A state of the
 * window (state.ts) knows the blocks that were timed in it; of a block its first question (ask.ts) is known, and of a
 * question by its answer the next one, until the state that the window is in behind the block.
 *
 * State: the next one with this hash (none: 0), bytes of its words, its blocks, then the words.
 */
const OTHER: usize = 0;
const BYTES: usize = 4;
const BLOCKS: usize = 8;
const WORDS: i32 = 12;
/** Block in a state: place of its plans, instructions that were done, first question, the next block. */
const DONE: usize = 4;
const FIRST: usize = 8;
const NEXT_BLOCK: usize = 12;
const BLOCK_BYTES: i32 = 16;
/**
 * Question: as in ask.ts up to its first answer's key, then what follows that, and its other answers; END: cycles passed,
 * the state.
 */
const THEN: usize = 20;
const OTHERS: usize = 24;
const STEP_BYTES: i32 = 28;
const PASSED: usize = 4;
const STATE: usize = 8;
const END_BYTES: i32 = 12;
/** Another answer: its key, what follows, the next one. */
const EDGE_THEN: usize = 4;
const EDGE_OTHERS: usize = 8;
const EDGE_BYTES: i32 = 12;
/** So many answers of a question are known at most. */
const MOST_ANSWERS: i32 = 24;

/** Where the next thing goes. */
let free: i32 = 0;
/** Cycles that passed in the last walk. */
let passed: i32 = 0;

/** @inline */
export function passedCycles(): i32 {
  return passed;
}

/** The words of a state. @inline */
export function wordsOf(state: i32): i32 {
  return state + WORDS;
}

/** Forgets everything. */
export function forgetAll(): void {
  memory.fill(buckets, 0, (bucketMask + 1) << 2);
  free = memoFirst;
}

/** Whether there is room for what one block can add. */
export function hasRoom(): bool {
  return free !== 0 && free < memoEnd;
}

/** The state that the window is in at a dispatch in cycle `d`, or 0 if it cannot be written. */
export function findState(d: i32): i32 {
  const words = free + WORDS;
  const end = writeState(d, words);
  if (end === 0) return 0;
  const bytes = end - words;
  let hash = bytes;
  for (let at = words; at < end; at += 4) hash = (rotl(hash, 5) ^ load<i32>(at)) * 0x9e3779b1;
  const bucket = buckets + (((hash >>> 12) & bucketMask) << 2);
  for (let state = load<i32>(bucket); state !== 0; state = load<i32>(state, OTHER)) {
    if (load<i32>(state, BYTES) === bytes && equal(state + WORDS, words, bytes)) return state;
  }
  const state = free;
  store<i32>(state, load<i32>(bucket), OTHER);
  store<i32>(state, bytes, BYTES);
  store<i32>(state, 0, BLOCKS);
  store<i32>(bucket, state);
  free = end;
  return state;
}

function equal(a: i32, b: i32, bytes: i32): bool {
  for (let i = 0; i < bytes; i += 4) if (load<i32>(a + i) !== load<i32>(b + i)) return false;
  return true;
}

/** @inline */
function blockOf(state: i32, block: i32, done: i32): i32 {
  let known = load<i32>(state, BLOCKS);
  while (known !== 0 && (load<i32>(known) !== block || load<i32>(known, DONE) !== done))
    known = load<i32>(known, NEXT_BLOCK);
  return known;
}

/** What follows an answer, or 0. @inline */
function behind(step: i32, key: i32): i32 {
  if (load<i32>(step, KEY) === key) return load<i32>(step, THEN);
  let edge = load<i32>(step, OTHERS);
  while (edge !== 0 && load<i32>(edge) !== key) edge = load<i32>(edge, EDGE_OTHERS);
  return edge === 0 ? 0 : load<i32>(edge, EDGE_THEN);
}

/**
 * Goes through a block that begins in a state in cycle `from` as it has gone before; returns the state behind it, or 0
 * when it has not gone so before: then ask.ts has the answers that there are.
 */
export function walk(
  state: i32,
  context: i32,
  block: i32,
  done: i32,
  from: i32,
  taken: bool,
  target: i32,
): i32 {
  askFrom(from, 0);
  const known = blockOf(state, block, done);
  if (known === 0) return 0;
  let step = load<i32>(known, FIRST);
  let trail = visited;
  while (true) {
    const kind = load<i32>(step, KIND);
    if (kind === END) {
      passed = load<i32>(step, PASSED);
      return load<i32>(step, STATE);
    }
    let key = 0;
    let time = 0;
    if (kind === ASK_BRANCH)
      key = keyOfBranch(taken, foresees(context, load<i32>(step, WHEN), taken, target));
    else {
      const t = from + load<i32>(step, WHEN);
      const address = load<i32>(context + load<i32>(step, ACCESS_AT));
      if (kind === ASK_LOAD) {
        time = loadAt(address, t);
        key = keyOfLoad(time, from, t);
      } else if (kind === ASK_WRITTEN) {
        time = written(address);
        key = keyOfWritten(time, from, t);
      } else if (kind === ASK_STORE) {
        time = storeAt(address, t);
        key = keyOfStore(time, from, t);
      } else perform(step, kind, context, from);
    }
    store<i32>(trail, key);
    trail += 4;
    step = behind(step, key);
    if (step === 0) {
      note(kind, (trail - visited) >> 2, from, key, time);
      return 0;
    }
  }
}

/** Notes the answers that the walk has had, of which memory has just given the last. */
function note(kind: i32, count: i32, from: i32, key: i32, time: i32): void {
  askFrom(from, count);
  for (let i = 0; i < count; i++) noteKey(i, load<i32>(visited + (i << 2)));
  if (kind === ASK_LOAD || kind === ASK_WRITTEN || kind === ASK_STORE) noteAnswer(count - 1, key, time);
}

/** @inline */
function newStep(q: i32): i32 {
  const step = free;
  store<i32>(step, load<i32>(q, KIND), KIND);
  store<i32>(step, load<i32>(q, WHEN), WHEN);
  store<i32>(step, load<i32>(q, ACCESS_AT), ACCESS_AT);
  store<i32>(step, load<i32>(q, SIZE_AT), SIZE_AT);
  store<i32>(step, NO_KEY, KEY);
  store<i32>(step, 0, THEN);
  store<i32>(step, 0, OTHERS);
  free += STEP_BYTES;
  return step;
}

/** What comes behind question `number` of `count` is new. */
function make(number: i32, count: i32, cycles: i32, state: i32): i32 {
  if (number < count) return newStep(question(number));
  const end = free;
  store<i32>(end, END, KIND);
  store<i32>(end, cycles, PASSED);
  store<i32>(end, state, STATE);
  free += END_BYTES;
  return end;
}

/** Remembers that a block in `from` asked the noted questions, took so many cycles and left the window in `to`. */
export function remember(from: i32, block: i32, done: i32, count: i32, cycles: i32, to: i32): void {
  for (let i = 0; i < count; i++) if (load<i32>(question(i), KEY) === NO_KEY) return;
  let known = blockOf(from, block, done);
  if (known === 0) {
    known = free;
    free += BLOCK_BYTES;
    store<i32>(known, block);
    store<i32>(known, done, DONE);
    store<i32>(known, load<i32>(from, BLOCKS), NEXT_BLOCK);
    store<i32>(known, make(0, count, cycles, to), FIRST);
    store<i32>(from, known, BLOCKS);
  }
  let step = load<i32>(known, FIRST);
  for (let i = 0; i < count; i++) {
    const key = load<i32>(question(i), KEY);
    let then = behind(step, key);
    if (then === 0) {
      then = make(i + 1, count, cycles, to);
      if (!attach(step, key, then)) return;
    }
    step = then;
  }
}

function attach(step: i32, key: i32, then: i32): bool {
  if (load<i32>(step, THEN) === 0) {
    store<i32>(step, key, KEY);
    store<i32>(step, then, THEN);
    return true;
  }
  let answers = 1;
  for (let edge = load<i32>(step, OTHERS); edge !== 0; edge = load<i32>(edge, EDGE_OTHERS)) answers++;
  if (answers >= MOST_ANSWERS) return false;
  const edge = free;
  free += EDGE_BYTES;
  store<i32>(edge, key);
  store<i32>(edge, then, EDGE_THEN);
  store<i32>(edge, load<i32>(step, OTHERS), EDGE_OTHERS);
  store<i32>(step, edge, OTHERS);
  return true;
}

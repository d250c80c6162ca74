import { foresees } from './branch';
import { claim, loadAt, storeAt, touch } from './memory';
import { asked, joined, loadsHoldStations, moving, storedUntil, storedWords } from './numbers';

/*
 * What timing a block asks that is not in the state of the window: how its branch was predicted, what memory answers,
 * what was stored lately. Together with that state and the block the answers decide everything, so the memo (memo.ts)
 * keeps questions and answers in order, and gives those that have been asked already.
 *
 * A question with its answer is nine words. Times are cycles; those asked are relative to the beginning of the block.
 */
export const KIND: usize = 0;
/** When it is asked; of a branch the place of its plan. */
export const WHEN: usize = 4;
/** Which access, as an offset in the context; with the size of a store that is to be remembered. */
export const ACCESS_AT: usize = 8;
export const SIZE_AT: usize = 12;
/** The answer in one word, the same for all answers that make no difference. */
export const KEY: usize = 16;
/** The answer: an absolute time; cycles for which lines keep L1; whether the line was on its way; of a branch. */
export const TIME: usize = 20;
export const MOVING: usize = 24;
export const JOINED: usize = 28;
const FORESEEN: usize = 32;
const BYTES: i32 = 36;
/** A time that is over. */
const LONG_AGO: i32 = -0x40000000;

export const END: i32 = 0;
export const ASK_BRANCH: i32 = 1;
export const ASK_LOAD: i32 = 2;
export const ASK_STORE: i32 = 3;
export const ASK_WRITTEN: i32 = 4;
export const ASK_PREFETCH: i32 = 5;
export const ASK_ZERO: i32 = 6;
export const REMEMBER: i32 = 7;

/** Keys have so many bits for a time; an answer that is later has none, and the block is not remembered. */
const MOST: i32 = 0xffff;
export const NO_KEY: i32 = -1;

/** The time from which times count, and how many questions have been asked and answered before. */
let base: i32 = 0;
let given: i32 = 0;
let count: i32 = 0;

/** Questions from now on are those of a block that begins at `from`; the first `answered` have their answers. */
export function askFrom(from: i32, answered: i32): void {
  base = from;
  given = answered;
  count = 0;
}

/** Questions asked since. @inline */
export function askedCount(): i32 {
  return count;
}

/** The place of a question. @inline */
export function question(number: i32): i32 {
  return asked + number * BYTES;
}

/** Notes the next question; its place. @inline */
function next(kind: i32, when: i32, access: i32, size: i32): i32 {
  const q = question(count);
  store<i32>(q, kind, KIND);
  store<i32>(q, when, WHEN);
  store<i32>(q, access, ACCESS_AT);
  store<i32>(q, size, SIZE_AT);
  count++;
  return q;
}

/** Whether the question noted last still needs an answer. @inline */
function isNew(): bool {
  return count > given;
}

/** The key of the answer to a load at `t` in a block that begins at `from`: when its line is there. @inline */
export function keyOfLoad(fill: i32, from: i32, t: i32): i32 {
  const cycles = load<i32>(moving);
  // A line that is there is there, unless its station remembers when it came.
  const since = loadsHoldStations !== 0 ? from : t;
  const late = fill > since ? fill - from : 0;
  return late > MOST || cycles > 255 ? NO_KEY : late | (load<i32>(joined) << 16) | (cycles << 17);
}

/** The same of a store: when it has room in the store queue. @inline */
export function keyOfStore(room: i32, from: i32, t: i32): i32 {
  const cycles = load<i32>(moving);
  // It is done in the next cycle at the earliest.
  const late = room > t + 1 ? room - from : 0;
  return late > MOST || cycles > 255 ? NO_KEY : late | (cycles << 17);
}

/** The same of a word: until when it is on its way to the cache. @inline */
export function keyOfWritten(until: i32, from: i32, t: i32): i32 {
  const late = until > t ? until - from : 0;
  return late > MOST ? NO_KEY : late;
}

/** @inline */
export function keyOfBranch(taken: bool, foreseen: bool): i32 {
  return (taken ? 2 : 0) + (foreseen ? 1 : 0);
}

/** Notes an answer that is known by its key. */
export function noteKey(number: i32, key: i32): void {
  const q = question(number);
  store<i32>(q, key, KEY);
  // Of a branch just whether it was foreseen is asked.
  const late = key & MOST;
  store<i32>(q, late > 0 ? base + late : LONG_AGO, TIME);
  store<i32>(q, key & 1, FORESEEN);
  store<i32>(q, (key >> 16) & 1, JOINED);
  store<i32>(q, key >> 17, MOVING);
}

/** Notes an answer that memory has just given. */
export function noteAnswer(number: i32, key: i32, time: i32): void {
  noteKey(number, key);
  const q = question(number);
  store<i32>(q, time, TIME);
  store<i32>(q, load<i32>(joined), JOINED);
  store<i32>(q, load<i32>(moving), MOVING);
}

/** Whether the branch with this plan was foreseen. */
export function askBranch(context: i32, p: i32, taken: bool, target: i32): bool {
  const q = next(ASK_BRANCH, p, 0, 0);
  if (isNew()) noteKey(count - 1, keyOfBranch(taken, foresees(context, p, taken, target)));
  return load<i32>(q, FORESEEN) !== 0;
}

/** The place of the answer to a load at `t`. */
export function askLoad(context: i32, access: i32, t: i32): i32 {
  const q = next(ASK_LOAD, t - base, access, 0);
  if (!isNew()) return q;
  const fill = loadAt(load<i32>(context + access), t);
  noteAnswer(count - 1, keyOfLoad(fill, base, t), fill);
  return q;
}

/** The place of the answer to a store at `t`. */
export function askStore(context: i32, access: i32, t: i32): i32 {
  const q = next(ASK_STORE, t - base, access, 0);
  if (!isNew()) return q;
  const room = storeAt(load<i32>(context + access), t);
  noteAnswer(count - 1, keyOfStore(room, base, t), room);
  return q;
}

/** When a store to the word has been written, if it was lately and that is later than `t`. */
export function askWritten(context: i32, access: i32, t: i32): i32 {
  const q = next(ASK_WRITTEN, t - base, access, 0);
  if (isNew()) {
    const until = written(load<i32>(context + access));
    noteAnswer(count - 1, keyOfWritten(until, base, t), until);
  }
  return load<i32>(q, TIME);
}

export function askPrefetch(context: i32, access: i32, t: i32): void {
  act(next(ASK_PREFETCH, t - base, access, 0), context);
}

export function askZero(context: i32, access: i32, t: i32): void {
  act(next(ASK_ZERO, t - base, access, 0), context);
}

/** A store of `size` bytes is in the cache from `until` on. */
export function remember(context: i32, access: i32, size: i32, until: i32): void {
  act(next(REMEMBER, until - base, access, size), context);
}

/** @inline */
function act(q: i32, context: i32): void {
  if (!isNew()) return;
  store<i32>(q, 0, KEY);
  perform(q, load<i32>(q, KIND), context, base);
}

/** What is done and has no answer, in a block that begins at `from`. */
export function perform(q: i32, kind: i32, context: i32, from: i32): void {
  const address = load<i32>(context + load<i32>(q, ACCESS_AT));
  const t = from + load<i32>(q, WHEN);
  if (kind === ASK_PREFETCH) touch(address, t);
  else if (kind === ASK_ZERO) claim(address, t);
  else write(address, load<i32>(q, SIZE_AT), t);
}

/** Words that are remembered to have been stored, less one. */
const STORES: i32 = 255;

/** When a store to the word has been written, if it was lately. @inline */
export function written(address: i32): i32 {
  const word = address >>> 2;
  const at = (word & STORES) << 2;
  return load<i32>(storedWords + at) === word ? load<i32>(storedUntil + at) : 0;
}

/** @inline */
function write(address: i32, size: i32, until: i32): void {
  for (let word = address >>> 2; word <= (address + size - 1) >>> 2; word++) {
    store<i32>(storedWords + ((word & STORES) << 2), word);
    store<i32>(storedUntil + ((word & STORES) << 2), until);
  }
}

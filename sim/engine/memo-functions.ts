import { CTX, MEMO, MEMO_CONTEXT } from './context.js';
import { RECORD } from './memo-plan.js';
import { Body, type DefinedFunction, type ImportedFunction, Locals, type ValueType } from './wasm/builder.js';
import { WOVEN_IMPORTS } from './weave.js';

/* What bodies with records call: functions of the host, and those of the module that several places share. */

const words = (count: number): ValueType[] => Array.from({ length: count }, () => 'i32');

/** What code with records calls besides; see TimingMemo. */
export const MEMO_IMPORTS: readonly ImportedFunction[] = [
  { name: 'memoBegin', parameters: words(2), results: words(1) },
  { name: 'memoNext', parameters: words(5), results: words(1) },
  { name: 'memoDelayed', parameters: words(3), results: words(1) },
  { name: 'memoLeave', parameters: words(6), results: [] },
];
export const [BEGIN, NEXT, DELAYED, LEAVE] = MEMO_IMPORTS.map((_, i) => WOVEN_IMPORTS.length + i);
export const PREFETCH = WOVEN_IMPORTS.findIndex(({ name }) => name === 'prefetch');

/** `settle(context, record, s, count)`: puts what is pending into the context. */
export function settleFunction(): Omit<DefinedFunction, 'name'> {
  const parameters = words(4);
  const locals = new Locals(parameters);
  const [context, record, s, count] = locals.parameters;
  const [at, end] = [locals.add('i32'), locals.add('i32')];
  const body = new Body(locals);
  /** Once for each of the items that `at` points to, after their number. */
  const each = (bytes: number, item: () => void) => {
    body.get(at);
    body.i32(4);
    body.op('i32.add');
    body.get(at);
    body.memory('i32.load');
    body.i32(bytes);
    body.op('i32.mul');
    body.get(at);
    body.i32(4);
    body.op('i32.add');
    body.set(at);
    body.op('i32.add');
    body.set(end);
    const done = body.block();
    const loop = body.loop();
    body.get(at);
    body.get(end);
    body.op('i32.eq');
    body.brIf(done);
    item();
    body.get(at);
    body.i32(bytes);
    body.op('i32.add');
    body.set(at);
    body.br(loop);
    body.end(loop);
    body.end(done);
  };
  const pushTime = (offset: number) => {
    body.get(s);
    body.get(at);
    body.memory('i32.load', offset);
    body.op('i32.add');
  };
  body.get(context);
  body.get(context);
  body.memory('i32.load', MEMO_CONTEXT + MEMO.penalty);
  body.memory('i32.store', MEMO_CONTEXT + MEMO.wait);
  body.get(record);
  body.memory('i32.load', RECORD.times);
  body.set(at);
  each(8, () => {
    body.get(context);
    body.get(at);
    body.memory('i32.load');
    body.op('i32.add');
    pushTime(4);
    body.memory('i32.store');
  });
  each(4, () => {
    body.get(context);
    body.get(count);
    body.i32(4);
    body.op('i32.sub');
    body.tee(count);
    body.i32(31 << 2);
    body.op('i32.and');
    body.op('i32.add');
    pushTime(0);
    body.memory('i32.store', CTX.vectorRing);
  });
  return { parameters, results: [], body };
}

/** `delay(record, cut, from, to)`: the record of what follows a cut whose slot has moved; 0 when it has not. */
export function delayFunction(): Omit<DefinedFunction, 'name'> {
  const parameters = words(4);
  const locals = new Locals(parameters);
  const [record, cut, from, to] = locals.parameters;
  const [delay, field] = [locals.add('i32'), locals.add('i32')];
  const body = new Body(locals);
  const known = body.block('i32');
  body.i32(0);
  body.get(to);
  body.get(from);
  body.op('i32.sub');
  body.tee(delay);
  body.op('i32.eqz');
  body.brIf(known);
  body.op('drop');
  body.get(record);
  body.get(cut);
  body.i32(3);
  body.op('i32.shl');
  body.op('i32.add');
  body.tee(field);
  body.memory('i32.load', RECORD.cuts);
  body.get(delay);
  body.get(field);
  body.memory('i32.load', RECORD.cuts);
  body.get(delay);
  body.op('i32.lt_s');
  body.op('select');
  body.set(delay);
  body.get(field);
  body.memory('i32.load', RECORD.cuts + 4);
  body.tee(field);
  const made = body.if();
  body.get(field);
  body.get(delay);
  body.i32(2);
  body.op('i32.shl');
  body.op('i32.add');
  body.memory('i32.load');
  body.tee(field);
  body.get(field);
  body.brIf(known);
  body.op('drop');
  body.end(made);
  body.get(record);
  body.get(cut);
  body.get(delay);
  body.call(DELAYED);
  body.end(known);
  return { parameters, results: words(1), body };
}

/**
 * `recent(context, at, s)`: whether some quadword of the line of the address `at` has been stored so lately that a load
 * after slot `s` may have to wait.
 */
export function recentFunction(): Omit<DefinedFunction, 'name'> {
  const parameters = words(3);
  const locals = new Locals(parameters);
  const [context, at, s] = locals.parameters;
  const [entry, line, found] = [locals.add('i32'), locals.add('v128'), locals.add('v128')];
  const body = new Body(locals);
  const lanes = (...values: number[]) =>
    body.v128(values.flatMap((v) => [v & 0xff, (v >> 8) & 0xff, (v >> 16) & 0xff, (v >> 24) & 0xff]));
  // The eight entries of a line, a quadword's number and a time each, stand in a row.
  body.get(context);
  body.get(at);
  body.i32(1);
  body.op('i32.shr_u');
  body.i32((255 << 3) & ~63);
  body.op('i32.and');
  body.op('i32.add');
  body.set(entry);
  body.get(at);
  body.i32(7);
  body.op('i32.shr_u');
  body.i32(3);
  body.op('i32.shl');
  body.op('i32x4.splat');
  body.set(line);
  for (let pair = 0; pair < 4; pair++) {
    body.get(entry);
    body.memory('v128.load', CTX.storeTable + 16 * pair);
    body.tee(found);
    body.get(line);
    lanes(2 * pair, 0, 2 * pair + 1, 0);
    body.op('v128.or');
    body.op('i32x4.eq');
    // Beside each number that is the quadword's, its time.
    body.get(found);
    body.get(found);
    body.shuffle([4, 5, 6, 7, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15]);
    body.get(s);
    body.op('i32x4.splat');
    body.op('i32x4.gt_s');
    body.op('v128.and');
    lanes(-1, 0, -1, 0);
    body.op('v128.and');
    if (pair > 0) body.op('v128.or');
  }
  body.op('v128.any_true');
  return { parameters, results: words(1), body };
}

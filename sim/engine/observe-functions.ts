import { Body, type DefinedFunction, type ImportedFunction, Locals, type ValueType } from './wasm/builder.js';
import { WOVEN_IMPORTS } from './weave-calls.js';

/** Called with the address of a point and a word when somebody else is to blame than before. */
export const REBLAME: ImportedFunction = { name: 'reblame', parameters: ['i32', 'i32'], results: [] };

const REBLAME_INDEX = WOVEN_IMPORTS.length;
/** The region's own function stands before them. */
export const CHARGE_INDEX = REBLAME_INDEX + 2;
export const BLAME_INDEX = REBLAME_INDEX + 3;

/**
 * What the code of a region calls where its slot takes a step; out of line, since steps are rare and regions long.
 * `charge(counters, leaf, sibling, from, until, to)`: adds until - from to the counter at counters + leaf and
 * to - until to the one at counters + sibling. `blame(counters, point, sibling, from, until, to, word)`: the same
 * where `word` is to blame.
 */
export function observeFunctions(): DefinedFunction[] {
  return [charge(), blame()];
}

const start = (name: string, words: number) => {
  const parameters = Array.from({ length: words }, (): ValueType => 'i32');
  const locals = new Locals(parameters);
  return { name, parameters, results: [], body: new Body(locals), given: locals.parameters };
};

function charge(): DefinedFunction {
  const { body, given, ...signature } = start('charge', 6);
  const [counters, leaf, sibling, from, until, to] = given;
  const counter = (offset: typeof leaf) => () => {
    body.get(counters);
    body.get(offset);
    body.op('i32.add');
  };
  add(body, counter(leaf), 0, from, until);
  add(body, counter(sibling), 0, until, to);
  return { ...signature, body };
}

function blame(): DefinedFunction {
  const { body, given, ...signature } = start('blame', 7);
  const [counters, point, sibling, from, until, to, word] = given;
  body.get(counters);
  body.get(point);
  body.op('i32.add');
  body.tee(point);
  body.memory('i32.load');
  body.get(word);
  body.op('i32.ne');
  const label = body.if();
  body.get(point);
  body.get(word);
  body.call(REBLAME_INDEX);
  body.end(label);
  add(body, () => body.get(point), 8, from, until);
  const push = () => {
    body.get(counters);
    body.get(sibling);
    body.op('i32.add');
  };
  add(body, push, 0, until, to);
  return { ...signature, body };
}

/** Adds `to - from` to the counter at what `address` pushes plus `offset`. */
function add(
  body: Body,
  address: () => void,
  offset: number,
  from: Parameters<Body['get']>[0],
  to: Parameters<Body['get']>[0],
): void {
  address();
  address();
  body.memory('i64.load', offset);
  body.get(to);
  body.get(from);
  body.op('i32.sub');
  body.op('i64.extend_i32_u');
  body.op('i64.add');
  body.memory('i64.store', offset);
}

import type { Layout } from './region-layout.js';
import type { Body, Label, Local } from './wasm/builder.js';

/**
 * The way to one of the blocks of a range, where `next` is its number plus one: a region is entered in the middle, or goes
 * to a block inside a loop. Where it is 0 the first block comes next. The loop that is most often gone back to comes before
 * a table.
 */
export function dispatch(
  body: Body,
  next: Local,
  { busiest }: Layout,
  { first, last }: { readonly first: number; readonly last: number },
  labelOf: (block: number) => Label,
): void {
  body.get(next);
  const goes = body.if();
  if (busiest !== undefined && first <= busiest && busiest <= last) {
    body.get(next);
    body.i32(busiest + 1);
    body.op('i32.eq');
    body.brIf(labelOf(busiest), 'likely');
  }
  body.get(next);
  body.i32(first + 1);
  body.op('i32.sub');
  const targets: Label[] = [];
  for (let block = first; block <= last; block++) targets.push(labelOf(block));
  body.brTable(targets, labelOf(first));
  body.end(goes);
}

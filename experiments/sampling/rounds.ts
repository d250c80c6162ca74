import type { FedPass, Moment, Sampling } from '../run/fed-pass.js';
import type { GuestRun } from '../run/guest-run.js';
import { combined, type PassCost } from '../run/pass-cost.js';
import { range } from './choose.js';

/*
 * How positions of a run whose tokens are known are measured. Executing a position again with the same token writes
 * the same keys and values, so a run may go back. Where no cache keeps anything from one position to the next,
 * positions are gone to directly. Where a cache does, what it keeps depends on all that came before, replacement
 * forgets slowly, and a position that is jumped to costs up to some percent too much: there each round goes back to
 * the moment after loading and executes the positions in order, those that are not measured keeping the caches warm.
 */

/** The passes of a run: pieces of the prompt, then a position each. */
export function passesOf(
  fed: readonly number[],
  count: number,
  drawsFrom: number,
  pieces: readonly number[],
): FedPass[] {
  const sizes = [...pieces];
  const passes: FedPass[] = [];
  for (let position = 0; position < count; ) {
    const end = position + (sizes.shift() ?? 1);
    passes.push({ position, tokens: fed.slice(position, end), draws: end > drawsFrom });
    position = end;
  }
  return passes;
}

/** Costs of the positions of a pass, which share what it cost, are added to `costs`. */
export const noteIn =
  (costs: Map<number, PassCost>): Sampling['note'] =>
  ({ position, tokens }, cost) => {
    const share = tokens.length === 1 ? cost : combined([cost], [1 / tokens.length]);
    for (const p of range(position, position + tokens.length)) costs.set(p, share);
  };

/** Measures some positions; `start`: the moment before the first pass, undefined where caches keep nothing. */
export function measureRound(
  run: GuestRun,
  passes: readonly FedPass[],
  start: Moment | undefined,
  positions: Iterable<number>,
  note: Sampling['note'],
): void {
  const wanted = new Set(positions);
  const isWanted = ({ position, tokens }: FedPass) => tokens.some((_, i) => wanted.has(position + i));
  if (start !== undefined) run.guest.goBack(start);
  const inOrder = start === undefined ? [] : passes.slice(0, passes.findLastIndex(isWanted) + 1);
  for (const pass of start === undefined ? passes.filter(isWanted) : inOrder) {
    if (isWanted(pass)) note(pass, run.measure(pass));
    else run.warm(pass);
  }
}

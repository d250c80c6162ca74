import type { Swing } from './experiment.js';

/**
 * The interval of a headline: how far each uncertain input alone moves it down and up, combined as independent
 * effects (root of the sum of squares). Nothing where no input was moved.
 */
export function deviation(
  value: number,
  swings: readonly Swing[],
): { readonly low?: number; readonly high?: number } {
  if (swings.length === 0) return {};
  const combined = (move: (to: number) => number) =>
    Math.sqrt(
      swings.reduce((sum, { atLow, atHigh }) => sum + Math.max(0, move(atLow), move(atHigh)) ** 2, 0),
    );
  return { low: value - combined((to) => value - to), high: value + combined((to) => to - value) };
}

/** How far an input moves a headline at most, either way. */
export const reach = (value: number, { atLow, atHigh }: Swing): number =>
  Math.max(Math.abs(atLow - value), Math.abs(atHigh - value));

/** Inputs by how far they move the headline, the farthest first, those left out that do not: what to measure first. */
export const ranked = (value: number, swings: readonly Swing[]): Swing[] =>
  swings.filter((s) => reach(value, s) > 0).sort((a, b) => reach(value, b) - reach(value, a));

/** The fewest inputs that make more than half of the interval, as its parts combine: by their squares. */
export function mostOf(value: number, swings: readonly Swing[]): Swing[] {
  const all = ranked(value, swings);
  const square = (s: Swing) => reach(value, s) ** 2;
  const total = all.reduce((sum, s) => sum + square(s), 0);
  let sum = 0;
  const most: Swing[] = [];
  for (const swing of all) {
    if (2 * sum > total) break;
    sum += square(swing);
    most.push(swing);
  }
  return most;
}

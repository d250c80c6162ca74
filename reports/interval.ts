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

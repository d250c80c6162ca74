/**
 * The candidate closest to `name` by edit distance (adjacent swaps count once), if it is close enough to be a
 * slip; among equals the one that shares most of its beginning and end.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > bestDistance) continue;
    const distance = editDistance(name, candidate);
    const closer = distance < bestDistance;
    if (
      closer ||
      (best !== undefined && distance === bestDistance && shared(name, candidate) > shared(name, best))
    ) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Letters that two words share at their beginning and at their end. */
function shared(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return start + end;
}

/** An adjacent swap is the commonest slip: a little nearer than any other single change. */
const SWAP = 0.9;

function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(above[column] + 1, current[column - 1] + 1, above[column - 1] + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, before[column - 2] + SWAP);
      }
      current.push(cost);
    }
    before = above;
    above = current;
  }
  return above[b.length];
}

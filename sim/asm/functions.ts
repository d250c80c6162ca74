import type { ElfFunction } from './elf.js';

/** The function that an address lies in; functions are in order of their addresses. */
export function functionAt(functions: readonly ElfFunction[], address: number): ElfFunction | undefined {
  let [low, high] = [0, functions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (functions[middle].address <= address) low = middle + 1;
    else high = middle;
  }
  // Several names may stand for one address: the first that covers it, an empty one only if there is no other.
  let named: ElfFunction | undefined;
  for (let i = low - 1; i >= 0; i--) {
    const one = functions[i];
    if (one.size > 0 && address < one.address + one.size) named = one;
    else if (one.size === 0 && named === undefined && one.address === functions[low - 1].address) named = one;
    if (one.address !== functions[low - 1].address) break;
  }
  return named;
}

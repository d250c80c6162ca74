import type { RegionPoints } from '../observe/woven-points.js';
import type { MemoRegion } from './memo-plan.js';
import type { TranslatedRegion } from './translate.js';

/** A compiled module and the addresses at which its function can be entered, with their block numbers. */
export interface CompiledRegion {
  readonly module: WebAssembly.Module;
  readonly entries: ReadonlyMap<number, number>;
  /** What the code counts, where it is observed. */
  readonly points: RegionPoints | undefined;
  readonly memo: MemoRegion | undefined;
}

/**
 * Compiled regions by what they were made from: the same code in the same mode is compiled once, whichever machine it
 * runs on. The oldest are dropped when there are many.
 */
const CAPACITY = 4096;
const regions = new Map<string, CompiledRegion>();

/** The region for a key, translated and compiled when it is not there yet. */
export function compiled(key: string, translate: () => TranslatedRegion): CompiledRegion {
  let region = regions.get(key);
  if (region === undefined) {
    const { bytes, entries, points, memo } = translate();
    region = { module: new WebAssembly.Module(bytes as BufferSource), entries, points, memo };
    if (regions.size >= CAPACITY) regions.delete(regions.keys().next().value!);
    regions.set(key, region);
  }
  return region;
}

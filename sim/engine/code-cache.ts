import type { RegionPoints } from '../observe/woven-points.js';
import type { MemoRegion } from './memo-plan.js';
import type { TranslatedRegion } from './translate.js';

/** Addresses and words that code was made from. */
export type CodeWords = readonly (readonly [pc: number, word: number])[];

/** A compiled module and the addresses at which its function can be entered, with their block numbers. */
export interface CompiledRegion {
  readonly module: WebAssembly.Module;
  readonly entries: ReadonlyMap<number, number>;
  readonly code: CodeWords;
  /** What the code counts, where it is observed. */
  readonly points: RegionPoints | undefined;
  readonly memo: MemoRegion | undefined;
}

/**
 * Compiled regions by what they were made from: the same code in the same mode is compiled once, whichever machine it
 * runs on. The oldest are dropped when there are many.
 */
const CAPACITY = 4096;
const regions = new Map<string, { readonly mode: string; readonly region: CompiledRegion }>();
/** By mode, and in it by the addresses at which they can be entered. */
const enterable = new Map<string, Map<number, CompiledRegion[]>>();

/** The region of code in a mode, translated and compiled when it is not there yet. */
export function compiled(
  mode: string,
  entry: number,
  code: CodeWords,
  translate: () => TranslatedRegion,
): CompiledRegion {
  const key = `${mode}:${entry}:${code.join(';')}`;
  const known = regions.get(key);
  if (known !== undefined) return known.region;
  const { bytes, entries, points, memo } = translate();
  const region = { module: new WebAssembly.Module(bytes as BufferSource), entries, code, points, memo };
  if (regions.size >= CAPACITY) forget(regions.keys().next().value!);
  regions.set(key, { mode, region });
  const inMode = enterable.get(mode) ?? new Map<number, CompiledRegion[]>();
  enterable.set(mode, inMode);
  for (const pc of entries.keys()) inMode.set(pc, [...(inMode.get(pc) ?? []), region]);
  return region;
}

/** A region in a mode that can be entered at `pc` and was made from code that `isThere`. */
export function compiledAt(
  mode: string,
  pc: number,
  isThere: (code: CodeWords) => boolean,
): CompiledRegion | undefined {
  return enterable
    .get(mode)
    ?.get(pc)
    ?.findLast(({ code }) => isThere(code));
}

function forget(key: string): void {
  const { mode, region } = regions.get(key)!;
  regions.delete(key);
  const inMode = enterable.get(mode)!;
  for (const pc of region.entries.keys()) {
    const others = inMode.get(pc)!.filter((other) => other !== region);
    if (others.length > 0) inMode.set(pc, others);
    else inMode.delete(pc);
  }
}

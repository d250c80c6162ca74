import type { RegionPoints } from '../observe/woven-points.js';
import { MEMORY_PAGES } from './context.js';
import { Emitter } from './emitter.js';
import { MEMO_IMPORTS } from './memo-module.js';
import { type MemoRegion, memoRegion } from './memo-plan.js';
import { observeFunctions, REBLAME } from './observe-functions.js';
import { RegionCode } from './region-code.js';
import { type Layout, layOut } from './region-layout.js';
import type { RegionTiming } from './region-timing.js';
import type { Instruction, Region } from './regions.js';
import { PLANS_IMPORT, TRACE_IMPORT } from './tracing.js';
import { semanticsOf } from './translate-semantics.js';
import { Helpers, type TranslationMode, Untranslated } from './translate-values.js';
import { type WarmingParts, warmingImports } from './warming-code.js';
import { Body, type DefinedFunction, encodeModule, Locals } from './wasm/builder.js';
import { WOVEN_IMPORTS } from './weave-calls.js';
import { pointersOf } from './weave-groups.js';

/**
 * The function of a region: `run(context, budget, entry)` executes from block number `entry` on, with the thread
 * whose context lies at `context`, until it leaves the region or comes to a yield point having executed at least
 * `budget` instructions; with timing, having come to the slot `budget`. Returns a member of LEFT.
 */
export type RegionFunction = (context: number, budget: number, entry: number) => number;

export interface TranslatedRegion {
  readonly bytes: Uint8Array;
  /** Block number, for `run`, of every address at which the function can be entered. */
  readonly entries: ReadonlyMap<number, number>;
  /** What the code counts, where it is observed. */
  readonly points: RegionPoints | undefined;
  /** Blocks whose timing may be taken from records. */
  readonly memo: MemoRegion | undefined;
}

/**
 * Whether the evaluator must execute the instruction: it changes the translation mode, or is known to have no
 * translation. That shows when a region with it is translated; it is too rare to try each instruction before.
 */
export function needsEvaluator(instruction: Instruction, mode: TranslationMode): boolean {
  const { decoded, flow } = instruction;
  if (flow.systemCall || flow.illegal) return true;
  const changesMode = decoded.row.timing === 'floatStatus' || decoded.row.timing === 'vectorStatus';
  if (changesMode && !decoded.row.name.startsWith('mf')) return true;
  return untranslatable.size > 0 && untranslatable.has(keyOf(instruction, mode));
}

const untranslatable = new Set<string>();

const keyOf = ({ decoded }: Instruction, mode: TranslationMode): string =>
  `${decoded.word} ${mode.sf} ${mode.nj} ${mode.rounding} ${mode.relaxedFma}`;

/** Notes which instructions of a region have no translation, after it has failed for that; returns them. */
export function findUntranslatable({ blocks }: Region, mode: TranslationMode): Instruction[] {
  const found = blocks.flatMap(({ instructions }) => instructions.filter((i) => !translates(i, mode)));
  for (const instruction of found) untranslatable.add(keyOf(instruction, mode));
  return found;
}

function translates({ pc, decoded }: Instruction, mode: TranslationMode): boolean {
  const body = new Body(new Locals([]));
  const emitter = new Emitter(body, mode, body.block(), () => {});
  const semantics = semanticsOf(emitter, mode, () => body.i32(0));
  try {
    semantics.pc = pc;
    decoded.row.exec(semantics, decoded.fields);
    emitter.finish();
  } catch (error) {
    if (error instanceof Untranslated) return false;
    throw error;
  }
  return true;
}

/**
 * Makes the module of a region; `remembers`: some of its blocks may take their timing from records; `warming`: accesses
 * keep the caches warm, without time.
 */
export function translate(
  region: Region,
  mode: TranslationMode,
  given?: RegionTiming,
  remembers = false,
  warming?: WarmingParts,
): TranslatedRegion {
  // Threads that keep together enter code with records about as often as it goes round.
  const layout = layOut(region, given !== undefined && remembers);
  const timing = given && remembers ? { ...given, memo: memoOf(layout, given) } : given;
  const locals = new Locals(['i32', 'i32', 'i32']);
  const untimed = mode.traced ? [TRACE_IMPORT] : warming === undefined ? [] : warmingImports(warming);
  const woven = timing === undefined ? untimed : WOVEN_IMPORTS;
  const watched = timing?.points === undefined ? woven : [...woven, REBLAME];
  const imports = timing?.memo === undefined ? watched : [...woven, ...MEMO_IMPORTS];
  const observing = timing?.points === undefined ? [] : observeFunctions();
  const helpers = new Helpers(imports.length + 1 + observing.length);
  const code = new RegionCode(new Body(locals), layout, mode, timing, helpers, warming);
  code.emit();
  const body = new Body(locals);
  code.enter(body);
  body.append(code.body);
  code.leave(body);
  const run: DefinedFunction = {
    name: 'run',
    title: `guest ${region.entry.toString(16)}`,
    parameters: ['i32', 'i32', 'i32'],
    results: ['i32'],
    body,
  };
  const functions = [run, ...observing, ...helpers.functions];
  const bytes = encodeModule(MEMORY_PAGES, imports, functions, mode.traced ? [PLANS_IMPORT] : []);
  return { bytes, entries: layout.entries, points: timing?.points, memo: timing?.memo };
}

function memoOf(layout: Layout, { plan }: RegionTiming): MemoRegion {
  const pointers = pointersOf(layout.blocks.flatMap(({ instructions }) => instructions));
  return memoRegion(layout, plan, pointers);
}

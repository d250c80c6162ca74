import { accessOf } from '../timing/rules.js';
import { FETCH_MAP_BASE, FETCH_MAP_BYTES, fetchLine } from './context.js';
import type { Block } from './regions.js';
import type { Body, Local } from './wasm/builder.js';

/*
 * Where translated code looks whether the instruction cache has its lines (rule 9 of timing/plan.ts). Of a thread's own
 * doing a line leaves only when another one comes in its place, or by dcbf and its like; the sibling runs only where a
 * thread may yield. So it is enough to look at the head of a block, where a block enters another line (two lines in a
 * row are never in each other's places), and after a flush.
 */

/** Places in a block, besides its head, before which the line of the instruction must be looked for. */
export function fetchPoints({ instructions }: Block): ReadonlySet<number> {
  const points = new Set<number>();
  for (const [i, { pc, flow, decoded }] of instructions.entries()) {
    if (i > 0 && pc % 128 === 0) points.add(i);
    if (accessOf(flow, decoded.row.timing)?.kind === 'flush') points.add(i + 1);
  }
  points.delete(instructions.length);
  return points;
}

/** Sets `map` to where the bits of the core's instruction cache begin, less FETCH_MAP_BASE; `core` pushes its number. */
export function setFetchMap(body: Body, map: Local, core: () => void): void {
  core();
  body.i32(FETCH_MAP_BYTES);
  body.op('i32.mul');
  body.set(map);
}

/** Pushes whether (not 0) the instruction cache has the line of an instruction. */
export function pushHasInstructions(body: Body, map: Local, pc: number): void {
  const line = fetchLine(pc);
  body.get(map);
  body.memory('i32.load8_u', FETCH_MAP_BASE + (line >> 3));
  body.i32(1 << (line & 7));
  body.op('i32.and');
}

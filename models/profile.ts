import type { GuestProgram } from './program.js';
import type { Site } from './tape.js';

/** Call sites of a program and the addresses at which a thread passes from one to another. */
export interface ProgramMarks {
  /** The program's sites, then one for waiting at barriers and one for walking the tape. */
  readonly sites: readonly Site[];
  /** Effective address -> number of the site that begins there, given the hardware thread that reached it. */
  readonly marks: ReadonlyMap<number, (hardwareThread: number) => number>;
}

/**
 * Marks for a profile of where time goes. `placement`: hardware thread of each guest thread. Reads guest
 * memory only.
 */
export function programMarks(
  program: GuestProgram,
  memory: Uint8Array,
  placement: readonly number[],
): ProgramMarks {
  const { sites, marks } = program;
  const runtime = (site: string): Site => ({ op: site, site, layer: -1, calls: 0, flops: 0, bytes: 0 });
  const barrier = sites.length;
  const dispatch = barrier + 1;
  const called = (hardwareThread: number): number =>
    program.siteOf(memory, placement.indexOf(hardwareThread));
  return {
    sites: [...sites, runtime('barrier'), runtime('dispatch')],
    // Only addresses at which every engine comes to a stop: entered by an indirect branch, or beside a fence.
    marks: new Map<number, (hardwareThread: number) => number>([
      ...program.code
        .filter(({ op }) => op !== 'runtime')
        .map(({ assembled }) => [assembled.base, called] as const),
      [marks.returned, () => dispatch],
      [marks.arrive, () => barrier],
    ]),
  };
}

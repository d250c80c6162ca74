import type { AnnotatedLoop, AnnotateResult } from '../../reports/annotation.js';
import { GUEST_BYTES } from '../../sim/engine/context.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { annotate, type CodePlace } from '../../sim/observe/annotate.js';
import type { Loop } from '../../sim/observe/loops.js';
import type { StallTable } from '../../sim/observe/stall-table.js';
import { LEAVES } from '../../sim/timing/stall.js';

/** What a run leaves to be annotated. */
export interface Annotatable {
  readonly stalls: StallTable;
  readonly machine: Machine;
  /** Guest memory, physical address 0 first. */
  readonly bytes: Uint8Array;
  readonly places: readonly CodePlace[];
  readonly sf?: boolean;
}

/** Annotates all code that has run. */
export function annotationOf(title: string, given: Annotatable): AnnotateResult {
  const { stalls, machine, bytes, places, sf = true } = given;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = annotate(stalls, {
    word: (pc) => view.getUint32(pc & (GUEST_BYTES - 1) & ~3),
    places,
    sf,
    core: machine.core,
    readBytesPerCycle: machine.bus.readBandwidth,
  });
  return {
    schema: 'xenon-annotate/1',
    title,
    machine: machine.name,
    cycles: found.cycles,
    executions: found.executions,
    leaves: LEAVES.map(({ name, group, title, meaning }) => ({ name, group, title, meaning })),
    places: found.places.map((place) => {
      const texts = new Map(place.lines.map(({ address, text }) => [address, text]));
      return { ...place, loops: place.loops.map((loop) => loopOf(loop, texts)) };
    }),
  };
}

function loopOf(loop: Loop, texts: ReadonlyMap<number, string>): AnnotatedLoop {
  const { head, end, depth, iterations, cyclesPerIteration, instructionsPerIteration, bounds, steady } = loop;
  return {
    head,
    end,
    depth,
    iterations,
    cyclesPerIteration,
    instructionsPerIteration,
    ...(bounds === undefined ? {} : { bounds: boundsOf(bounds) }),
    ...(steady === undefined ? {} : { core: steady.cyclesPerIteration, timeline: timelineOf(steady, texts) }),
  };
}

/** Bounds by name, the largest first. */
function boundsOf(bounds: NonNullable<Loop['bounds']>): NonNullable<AnnotatedLoop['bounds']> {
  const named: (readonly [string, number])[] = [
    ['issue', bounds.issue],
    ['issue and branch', bounds.issueAndBranch],
    ...Object.entries(bounds.units).map(([unit, cycles]) => [UNIT[unit] ?? unit, cycles] as const),
    ['dependency chain', bounds.dependency],
    ['memory bus', bounds.memory],
  ];
  return named
    .filter(([, cycles]) => cycles > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([name, cycles]) => ({ name, cycles }));
}

const UNIT: Readonly<Record<string, string>> = {
  integer: 'integer unit',
  loadStore: 'load/store unit',
  branch: 'branch unit',
  arithmetic: 'vector arithmetic pipe',
  permute: 'vector permute pipe',
};

const timelineOf = (
  { passages }: NonNullable<Loop['steady']>,
  texts: ReadonlyMap<number, string>,
): NonNullable<AnnotatedLoop['timeline']> =>
  passages.map(({ pc, previous, issued, queued, ready }) => ({
    address: pc,
    text: texts.get(pc) ?? '',
    previous: Math.floor(previous / 2),
    issued: Math.floor(issued / 2),
    ...(queued === undefined ? {} : { queued: Math.floor(queued / 2) }),
    ready: Math.floor(ready / 2),
  }));

import type { AnnotatedLoop, AnnotatedPlace } from '../../reports/annotation.js';
import type { Hotspot } from '../../reports/results.js';
import type { StallTable } from '../../sim/observe/stall-table.js';
import { annotationOf } from './annotation.js';
import type { Prepared } from './prepare.js';

/** Instructions kept of a run. */
const MOST = 40;

/** The dearest instructions of a run, loading included. */
export function hotspotsOf({ program, machine, guest }: Prepared, stalls: StallTable): Hotspot[] {
  const units = new Map(program.code.map(({ name, assembled }) => [name, assembled]));
  const places = [...units].map(([name, { base, bytes }]) => ({
    name,
    start: base,
    end: base + bytes.length,
  }));
  const result = annotationOf('', { stalls, machine, bytes: guest.bytes, places });
  const titles = new Map(result.leaves.map(({ name, title }) => [name, title]));
  return result.places
    .flatMap((place) => place.lines.map((line) => ({ place, line })))
    .sort((a, b) => b.line.cycles - a.line.cycles || a.line.address - b.line.address)
    .slice(0, MOST)
    .map(({ place, line: { address, text, executions, cycles, share, cpi, main } }): Hotspot => {
      const from = units.get(place.name)?.lines(address);
      const loop = innermost(place.loops, address);
      return {
        address,
        text,
        place: place.name,
        ...(from === undefined ? {} : { source: `${from.file}:${from.line}` }),
        executions,
        cycles,
        share,
        cpi,
        ...(main === undefined
          ? {}
          : {
              main: {
                cause: titles.get(main.leaf) ?? main.leaf,
                cycles: main.cycles,
                ...(main.by === undefined ? {} : { by: instructionAt(result.places, main.by) }),
              },
            }),
        ...(loop === undefined
          ? {}
          : {
              loop: {
                head: loop.head,
                end: loop.end,
                iterations: loop.iterations,
                cyclesPerIteration: loop.cyclesPerIteration,
              },
            }),
      };
    });
}

const innermost = (loops: readonly AnnotatedLoop[], address: number): AnnotatedLoop | undefined =>
  loops.filter(({ head, end }) => address >= head && address <= end).sort((a, b) => b.depth - a.depth)[0];

function instructionAt(places: readonly AnnotatedPlace[], address: number): string {
  const found = places.flatMap(({ lines }) => lines).find((line) => line.address === address);
  return `${address.toString(16).padStart(8, '0')} ${found?.text ?? ''}`.trimEnd();
}

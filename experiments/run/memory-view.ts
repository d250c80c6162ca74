import type { MemoryViewResult } from '../../reports/results.js';
import type { MemoryStatistics } from '../../sim/memory/statistics.js';
import type { MemoryPlace, MemoryView } from '../../sim/observe/memory-view.js';

/** Values over time kept at most: then every other one goes and the interval doubles. */
const MOST_VALUES = 400;

/** How busy the bus is, over time. */
export class Occupancy {
  private values: { cycle: number; read: number; written: number }[] = [];
  private interval = 2000;
  private last = { cycle: 0, read: 0, written: 0 };

  /** Takes the state of the counters at a cycle; half-cycles of work of the two links since the beginning. */
  sample(cycle: number, read: () => MemoryStatistics): void {
    if (cycle - this.last.cycle < this.interval) return;
    const { busReadBusy, busWriteBusy } = read();
    const cycles = cycle - this.last.cycle;
    this.values.push({
      cycle,
      // Counters may have been cleared in between.
      read: Math.max(0, busReadBusy - this.last.read) / 2 / cycles,
      written: Math.max(0, busWriteBusy - this.last.written) / 2 / cycles,
    });
    this.last = { cycle, read: busReadBusy, written: busWriteBusy };
    if (this.values.length < MOST_VALUES) return;
    this.interval *= 2;
    this.values = this.values.flatMap((value, i) => {
      if (i % 2 === 0) return [];
      const before = this.values[i - 1];
      const mean = (a: number, b: number) => (a + b) / 2;
      return [
        { ...value, read: mean(value.read, before.read), written: mean(value.written, before.written) },
      ];
    });
  }

  get shares(): MemoryViewResult['occupancy'] {
    return this.values;
  }
}

/** What the caches and the memory did, by place. `places` that lie inside a region stand for it. */
export function memoryViewOf(
  view: MemoryView,
  tensors: readonly MemoryPlace[],
  regions: readonly { readonly name: string; readonly start: number; readonly bytes: number }[],
  occupancy: Occupancy,
  { rowHits, rowsClosed, rowConflicts }: MemoryStatistics,
): MemoryViewResult {
  const own = tensors.filter(({ start }, i) => tensors.findIndex((other) => other.start === start) === i);
  const others = regions
    .filter(({ start, bytes }) => !own.some((t) => t.start < start + bytes && t.start + t.bytes > start))
    .map(({ name, start, bytes }) => ({ name, layer: -1, start, bytes }));
  return {
    places: view.traffic([...own, ...others]).filter(({ touchedLines }) => touchedLines > 0),
    firstTouches: view.firstTouches,
    reuse: view.reuse,
    rows: { hits: rowHits, closed: rowsClosed, conflicts: rowConflicts },
    occupancy: occupancy.shares,
  };
}

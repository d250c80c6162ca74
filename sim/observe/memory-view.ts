/** A named stretch of physical memory. */
export interface MemoryPlace {
  readonly name: string;
  /** Layer of a model, or -1. */
  readonly layer: number;
  readonly start: number;
  readonly bytes: number;
}

/** What L1 misses brought from a place. */
export interface PlaceTraffic extends MemoryPlace {
  /** Lines from the L2 cache, and from memory (those included that were on their way). */
  readonly l2Lines: number;
  readonly dramLines: number;
  /** Lines of the place that came at all. */
  readonly touchedLines: number;
  /** Lines brought, by equal parts of the place. */
  readonly heat: readonly number[];
}

/** Lines that came again after so many other misses, at least 2^(bucket - 1) and less than 2^bucket. */
export type ReuseHistogram = readonly number[];

const LINE_BYTES = 128;
const LINES = 0x2000_0000 / LINE_BYTES;
const PARTS = 48;

/** Counts the lines that L1 misses bring: where they lie, how hot they are, after how long they come again. */
export class MemoryView {
  private readonly fromL2 = new Uint32Array(LINES);
  private readonly fromDram = new Uint32Array(LINES);
  /** Number of the miss that last brought each line; 0 never. */
  private readonly last = new Uint32Array(LINES);
  private readonly intervals = new Array<number>(33).fill(0);
  private misses = 0;
  private first = 0;

  /** A miss has brought a line (physical address divided by 128). */
  note(line: number, isFromDram: boolean): void {
    this.misses++;
    if (isFromDram) this.fromDram[line]++;
    else this.fromL2[line]++;
    const before = this.last[line];
    this.last[line] = this.misses;
    if (before === 0) this.first++;
    else this.intervals[32 - Math.clz32(this.misses - before)]++;
  }

  /** Misses that brought a line for the first time. */
  get firstTouches(): number {
    return this.first;
  }

  get reuse(): ReuseHistogram {
    const end = this.intervals.findLastIndex((n) => n > 0) + 1;
    return this.intervals.slice(0, end);
  }

  /** Traffic of places, and of what lies in none of them. Places must not overlap. */
  traffic(places: readonly MemoryPlace[]): PlaceTraffic[] {
    const sum = (from: number, to: number) => {
      let [l2Lines, dramLines, touchedLines] = [0, 0, 0];
      for (let line = from; line < to; line++) {
        l2Lines += this.fromL2[line];
        dramLines += this.fromDram[line];
        if (this.last[line] !== 0) touchedLines++;
      }
      return { l2Lines, dramLines, touchedLines };
    };
    const all = sum(0, LINES);
    // A line that two places share belongs to the first.
    let free = 0;
    const found = [...places]
      .sort((a, b) => a.start - b.start)
      .map((place): PlaceTraffic => {
        const from = Math.max(free, Math.floor(place.start / LINE_BYTES));
        const to = Math.max(from, Math.ceil((place.start + place.bytes) / LINE_BYTES));
        free = to;
        const parts = Math.min(PARTS, Math.max(1, to - from));
        const edge = (i: number) => from + Math.floor(((to - from) * i) / parts);
        const heat = Array.from({ length: parts }, (_, i) => {
          const part = sum(edge(i), edge(i + 1));
          return part.l2Lines + part.dramLines;
        });
        return { ...place, ...sum(from, to), heat };
      });
    const rest = (key: 'l2Lines' | 'dramLines' | 'touchedLines') =>
      all[key] - found.reduce((total, place) => total + place[key], 0);
    const elsewhere = {
      l2Lines: rest('l2Lines'),
      dramLines: rest('dramLines'),
      touchedLines: rest('touchedLines'),
    };
    if (elsewhere.touchedLines === 0) return found;
    return [...found, { name: 'elsewhere', layer: -1, start: 0, bytes: 0, ...elsewhere, heat: [] }];
  }
}

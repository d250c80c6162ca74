/**
 * A timeline in the JSON of Chrome's trace viewer (the Trace Event Format), which Perfetto opens: complete events
 * (`X`) of threads, counters (`C`), names of processes and threads (`M`). Times in microseconds.
 */
export class ChromeTrace {
  private readonly events: object[] = [];

  constructor(private readonly microsecondsPerCycle: number) {}

  get count(): number {
    return this.events.length;
  }

  process(pid: number, name: string): void {
    this.events.push({ ph: 'M', name: 'process_name', pid, tid: 0, args: { name } });
    this.events.push({ ph: 'M', name: 'process_sort_index', pid, tid: 0, args: { sort_index: pid } });
  }

  thread(pid: number, tid: number, name: string): void {
    this.events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name } });
  }

  /** From one cycle to another; slices of a thread must nest. */
  slice(
    pid: number,
    tid: number,
    name: string,
    category: string,
    from: number,
    to: number,
    args: object = {},
  ): void {
    const [ts, end] = [this.time(from), this.time(to)];
    this.events.push({ ph: 'X', name, cat: category, pid, tid, ts, dur: rounded(end - ts), args });
  }

  counter(pid: number, name: string, cycle: number, values: Readonly<Record<string, number>>): void {
    this.events.push({ ph: 'C', name, pid, tid: 0, ts: this.time(cycle), args: values });
  }

  text(): string {
    const lines = this.events.map((event) => JSON.stringify(event));
    return `{"displayTimeUnit":"ns","traceEvents":[\n${lines.join(',\n')}\n]}\n`;
  }

  /** Rounded to picoseconds, so that ends and beginnings that are equal stay so. */
  private time(cycle: number): number {
    return rounded(cycle * this.microsecondsPerCycle);
  }
}

const rounded = (microseconds: number): number => Math.round(microseconds * 1e6) / 1e6;

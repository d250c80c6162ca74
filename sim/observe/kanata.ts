import type { Passage } from './timeline.js';

interface Kept extends Passage {
  /** Numbers of the instructions that produce what it waits for. */
  readonly producers: readonly number[];
}

interface KanataEvent {
  readonly cycle: number;
  readonly kind: 'I' | 'S' | 'W' | 'R';
  /** Number in the order of `add`. */
  readonly number: number;
  readonly rest: string;
}

/**
 * A pipeline trace in the format Kanata 0004, which Konata opens: a line an event, fields between tabs, in order of
 * time. `C=` and `C` say the cycle and how many pass, `I` begins an instruction, `L` labels it, `S` begins a stage,
 * `W` names whom it waits for, `R` retires it.
 *
 * Stages: `F` waits for its line in the instruction cache, `Is` waits to issue and issues, `Q` waits in the vector
 * queue, `X` until its result is ready.
 */
export class KanataTrace {
  private readonly kept: Kept[] = [];
  private readonly writers = new Map<string, number>();

  /** `limit`: instructions kept at most. */
  constructor(readonly limit: number) {}

  get count(): number {
    return this.kept.length;
  }

  /** Takes an instruction whose times are absolute; those of a thread come in order. */
  add(passage: Passage): void {
    if (this.kept.length >= this.limit) return;
    const { thread, plan } = passage;
    const writer = (reg: number) => this.writers.get(`${thread} ${reg}`);
    const producers = [...new Set(plan.waits.map(({ reg }) => writer(reg)))].filter((id) => id !== undefined);
    for (const { reg } of plan.results) this.writers.set(`${thread} ${reg}`, this.kept.length);
    this.kept.push({ ...passage, producers });
  }

  /** The file; `textOf` gives the text of the instruction at an address. */
  text(textOf: (pc: number) => string): string {
    const events = this.kept.flatMap((passage, number) => eventsOf(passage, number));
    const order = { I: 0, W: 1, S: 2, R: 3 } as const;
    events.sort((a, b) => a.cycle - b.cycle || order[a.kind] - order[b.kind] || a.number - b.number);
    // Instructions are numbered as they appear, and again as they retire.
    const ids = new Map<number, number>();
    let retired = 0;
    let now = events[0]?.cycle ?? 0;
    const lines = ['Kanata\t0004', `C=\t${now}`];
    for (const { cycle, kind, number, rest } of events) {
      if (cycle > now) lines.push(`C\t${cycle - now}`);
      now = cycle;
      if (kind === 'I') {
        const { thread, pc } = this.kept[number];
        const id = ids.size;
        ids.set(number, id);
        lines.push(`I\t${id}\t${number}\t${thread}`, `L\t${id}\t0\t${label(pc, textOf)}`);
      } else if (kind === 'R') lines.push(`R\t${ids.get(number)}\t${retired++}\t0`);
      else if (kind === 'W') lines.push(`W\t${ids.get(number)}\t${ids.get(Number(rest))}\t0`);
      else lines.push(`S\t${ids.get(number)}\t0\t${rest}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

const label = (pc: number, textOf: (pc: number) => string): string =>
  `${pc.toString(16).padStart(8, '0')}: ${textOf(pc).replaceAll('\t', ' ')}`;

function eventsOf(passage: Kept, number: number): KanataEvent[] {
  const { fetchedFrom, previous, issued, queued, ready, ended, producers } = passage;
  const cycle = (slot: number) => Math.floor(slot / 2);
  const waits = Math.min(cycle(issued), cycle(previous) + 1);
  const begins = fetchedFrom === undefined ? waits : Math.min(waits, cycle(fetchedFrom) + 1);
  const leaves = Math.max(cycle(queued ?? issued), cycle(issued));
  const done = Math.max(cycle(ready), leaves + 1, cycle(ended));
  const at = (time: number, kind: KanataEvent['kind'], rest = ''): KanataEvent => ({
    cycle: time,
    kind,
    number,
    rest,
  });
  return [
    at(begins, 'I'),
    ...producers.map((producer) => at(begins, 'W', String(producer))),
    ...(begins < waits ? [at(begins, 'S', 'F')] : []),
    at(waits, 'S', 'Is'),
    ...(leaves > cycle(issued) ? [at(cycle(issued) + 1, 'S', 'Q')] : []),
    at(leaves + 1, 'S', 'X'),
    at(done + 1, 'R'),
  ];
}

import test from 'ava';
import seedrandom from 'seedrandom';
import { readsLittle } from '../../models/code.js';
import type { KernelCall, Sizes } from '../../models/kernels/call.js';
import { OPS } from '../../models/kernels/ops.js';
import { assemble } from '../../sim/asm/assemble.js';
import { TranslatedEngine } from '../../sim/engine/translated.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { byName } from '../../sim/isa/table.js';
import { newMemory, Xenon } from '../../sim/machine/xenon.js';
import { newMemorySystem } from '../../sim/memory/hierarchy.js';
import { machineWith, timedEvaluator } from '../support/guest.js';
import { guestSource, variantsOf } from '../support/kernel.js';
import { installKernel, KERNEL_CODE, placeCall } from '../support/kernel-threads.js';
import { relaxedFma } from '../support/translated.js';

const machine = machineWith();
/** What the quantum in use is compared with: threads are kept closer together, where they meet in memory and elsewhere. */
const SHORT = { ...machine, quantumCycles: 100, crowdedLeadCycles: machine.crowdedLeadCycles / 2 };
/** Threads by how many there are: one a core before two. */
const THREADS = [[0], [0, 2], [0, 2, 4], [0, 1, 2, 3, 4, 5]];
/** Every thread has its calls somewhere in memory of its own. */
const OWN_BYTES = 0x100_0000;
/**
 * Which of two requests is first decides about rows and places for thousands of cycles, so single calls of threads that
 * contend differ by several percent whatever the quantum: at 99 as much as at 256 cycles. The mean of so many calls is
 * compared that the standard error of its difference is this.
 */
const ERROR = 0.0022;
const [FEW, MOST] = [16, 800];

const memory = newMemory();
const memorySystem = newMemorySystem(memory, machine);
const timed = timedEvaluator(memory.buffer, machine, memorySystem);
const engine = new TranslatedEngine(memory, timed.evaluator, {
  relaxedFma,
  hot: 0,
  timing: { timed, memorySystem },
});

interface Subject {
  readonly name: string;
  readonly code: Uint8Array;
  /** A call for each thread. */
  readonly calls: readonly KernelCall[];
}

/** Sizes of a kernel's first example, but more rows, so that a call takes tens of thousands of cycles. */
function sizesOf(op: string): Sizes {
  const [example] = OPS[op].examples;
  return 'rows' in example && op.startsWith('matmul') ? { ...example, rows: 8 * example.rows } : example;
}

/** Every kernel, and once more without its prefetches where it has any. */
function subjects(): Subject[] {
  return Object.keys(OPS).flatMap((op) =>
    variantsOf(op).flatMap((variant) => {
      const file = `kernels/${op}.${variant}.s`;
      const code = assemble(guestSource(file), { file, base: KERNEL_CODE, include: guestSource }).bytes;
      const calls = [0, 1, 2, 3, 4, 5].map((thread) =>
        OPS[op].call(sizesOf(op), seedrandom(`${op} ${thread}`), readsLittle(variant)),
      );
      const name = `${op}.${variant}`;
      const bare = withoutPrefetch(code);
      const one = { name, code, calls };
      return bare === undefined ? [one] : [one, { name: `${name} without prefetch`, code: bare, calls }];
    }),
  );
}

/** The code with nops for dcbt; undefined where it has none. */
function withoutPrefetch(code: Uint8Array): Uint8Array | undefined {
  const [dcbt, nop] = [byName('dcbt'), encodeRow(byName('ori'), {})];
  const bare = code.slice();
  const view = new DataView(bare.buffer);
  let found = false;
  for (let at = 0; at < bare.length; at += 4) {
    if ((view.getUint32(at) & dcbt.mask) >>> 0 !== dcbt.bits) continue;
    view.setUint32(at, nop);
    found = true;
  }
  return found ? bare : undefined;
}

let installed: Subject | undefined;

/** Cycles of each of `count` calls that all threads make at once, on data that no cache has: other calls by `seed`. */
function cyclesOf(
  subject: Subject,
  threads: readonly number[],
  on: typeof machine,
  count: number,
  seed: number,
): number[] {
  const xenon = new Xenon(memory, on, { engine, memorySystem });
  if (installed !== subject) {
    installKernel(xenon, subject.code);
    engine.codeChanged();
    installed = subject;
  }
  const random = seedrandom(`${subject.name} ${threads} ${seed}`);
  let before = 0;
  return Array.from({ length: count }, () => {
    for (const thread of threads) {
      const first = (thread + 1) * OWN_BYTES + 128 * Math.floor(random() * 0x1_0000);
      placeCall(xenon, thread, subject.calls[thread], first);
    }
    xenon.run(threads);
    const now = xenon.cycles(threads);
    const cycles = now - before;
    before = now;
    return cycles;
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Cycles of the same calls at the short quantum and at the one in use. */
class Calls {
  private readonly short: number[] = [];
  private readonly usual: number[] = [];

  constructor(
    private readonly subject: Subject,
    private readonly threads: readonly number[],
  ) {}

  get count(): number {
    return this.short.length;
  }

  /** Makes as many more as it takes to have `count` of them. */
  makeUpTo(count: number): void {
    const seed = this.count;
    const cycles = (on: typeof machine) => cyclesOf(this.subject, this.threads, on, count - seed, seed);
    this.short.push(...cycles(SHORT));
    this.usual.push(...cycles(machine));
  }

  /** How the cycles at the quantum in use differ from those at the short one, and the standard error, as parts. */
  difference() {
    const { count } = this;
    const apart = this.usual.map((cycles, i) => cycles - this.short[i]);
    const mean = sum(apart) / count;
    const variance = sum(apart.map((one) => (one - mean) ** 2)) / (count - 1);
    const cycles = sum(this.short) / count;
    return { mean: mean / cycles, error: Math.sqrt(variance / count) / cycles };
  }
}

const all = subjects();

for (const threads of THREADS) {
  test(`every kernel on ${threads.length} threads takes the same within 1 % at a quantum of ${SHORT.quantumCycles} cycles and the one in use, with and without prefetch`, (t) => {
    const found = all.map((subject) => {
      const calls = new Calls(subject, threads);
      calls.makeUpTo(FEW);
      let result = calls.difference();
      while (result.error > ERROR && calls.count < MOST) {
        calls.makeUpTo(Math.min(MOST, Math.ceil(1.2 * calls.count * (result.error / ERROR) ** 2)));
        result = calls.difference();
      }
      const { count } = calls;
      return { name: subject.name, count, percent: 100 * result.mean, error: 100 * result.error };
    });
    found.sort((a, b) => Math.abs(b.percent) - Math.abs(a.percent));
    const most = found
      .slice(0, 5)
      .map(
        ({ name, percent, error, count }) =>
          `${name} ${percent.toFixed(2)} ± ${error.toFixed(2)} % of ${count} calls`,
      );
    t.log(
      `${found.length} kernels, mean ${(sum(found.map(({ percent }) => percent)) / found.length).toFixed(3)} %; most: ${most.join(', ')}`,
    );
    t.true(found.length > 130);
    for (const { name, percent, error } of found) {
      t.true(Math.abs(percent) < 1, `${name}: ${percent} %`);
      t.true(error < 0.5, `${name}: standard error ${error} %`);
    }
  });
}

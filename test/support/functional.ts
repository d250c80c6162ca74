import type { GuestProgram } from '../../models/program.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { newMemory } from '../../sim/machine/xenon.js';

/** Instructions a thread runs before the next one has its turn. */
const TURN = 50;

/** Runs a guest program on the evaluating engine, without time: threads take turns. */
export class FunctionalMachine {
  private readonly memory = newMemory();
  readonly bytes = new Uint8Array(this.memory.buffer);
  private readonly view = new DataView(this.memory.buffer);
  private readonly evaluator = new Evaluator(this.memory.buffer);

  constructor(readonly program: GuestProgram) {
    program.load(this.bytes);
    program.threads.forEach(({ pc, registers }, thread) => {
      const base = contextBase(thread);
      this.view.setBigUint64(base + CTX.pc, BigInt(pc), true);
      this.view.setInt32(base + CTX.vscr, 0x1_0000, true);
      for (const [n, value] of Object.entries(registers)) {
        this.view.setBigUint64(base + CTX.gpr + 8 * Number(n), BigInt(value), true);
      }
    });
    if (program.loads) {
      program.startLoad(this.bytes);
      this.run();
    }
  }

  /** Lets all threads run until each has made its system call. */
  run(): void {
    const live = new Set(this.program.threads.keys());
    while (live.size > 0) {
      for (const thread of live) {
        for (let i = 0; i < TURN && live.has(thread); i++) {
          const { stop, address } = this.evaluator.step(thread);
          if (stop?.kind === 'systemCall') live.delete(thread);
          else if (stop) throw new Error(`thread ${thread} at ${address.toString(16)}: ${stop.message}`);
        }
      }
    }
  }

  /** One token, or several of a prompt together. */
  forward(tokens: number | readonly number[], position: number, sample = false): Float32Array {
    this.program.feed(this.bytes, tokens, position, sample);
    this.run();
    for (const { bring } of this.program.streamed) {
      bring(this.bytes);
      this.run();
    }
    return this.program.logits(this.bytes);
  }

  instructions(thread: number): number {
    return Number(this.view.getBigUint64(contextBase(thread) + CTX.instructions, true));
  }
}

import type { GuestProgram } from '../../models/program.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { runFunctionalToEnd } from './to-end.js';
import { relaxedFma, translatedOver } from './translated.js';

/** Instructions a thread runs before the next one has its turn. */
const TURN = 500;
/** Code that runs less often than this is evaluated: most of a test is. */
const HOT = 20;

/** Runs a guest program without time: threads take turns. */
export class FunctionalMachine {
  private readonly memory = newMemory();
  readonly bytes = new Uint8Array(this.memory.buffer);
  private readonly view = new DataView(this.memory.buffer);
  private readonly engine = translatedOver(this.memory, true, relaxedFma, HOT).translated;

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
    const threads = [...this.program.threads.keys()];
    runFunctionalToEnd(this.memory.buffer, this.engine, threads, TURN);
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

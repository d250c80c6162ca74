import seedrandom from 'seedrandom';
import type { ElfProgram } from '../asm/elf.js';
import { CTX, contextBase } from '../engine/context.js';
import type { Machine } from '../machine/resolve.js';
import { Deadlock, GuestStop, type SystemCallAnswer } from '../machine/scheduler.js';
import { type Works, Xenon } from '../machine/xenon.js';
import type { AddressSpace } from './address-space.js';
import type { Call, Kernel } from './call.js';
import { Descriptors } from './descriptors.js';
import { placeName, stopReport } from './fault.js';
import { EPOCH_SECONDS } from './file-status.js';
import type { FileSystem, OpenFile } from './file-system.js';
import { GuestView } from './guest-view.js';
import { layOutStack, loadSegments } from './image.js';
import { Signals, signalName } from './signals.js';
import { systemCall } from './system-calls.js';
import { timedOut } from './thread-calls.js';
import { HARDWARE_THREADS, Threads } from './threads.js';

export interface ProcessOptions {
  /** What the program is told it is called, and its arguments. */
  readonly arguments: readonly string[];
  /** NAME=value each; nothing of the host's comes in. */
  readonly environment: readonly string[];
  readonly fileSystem: FileSystem;
  /** Standard input, output and error. */
  readonly standard: readonly OpenFile[];
  readonly seed: string;
  /** Hardware threads that the program may use, 1 to 6. */
  readonly threads: number;
  /** How far one of so many threads may run ahead, cycles; the machine's own quantum if not given. */
  readonly quantumCycles?: (threads: number) => number;
  /** Messages for the person at the console. */
  readonly say: (message: string) => void;
}

/** How a process ended. */
export type ProcessEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal'; readonly signal: number; readonly report: string };

const SYSTEM_CALL_BYTES = 4;
const SIGSEGV = 11;

/** A Linux process on the simulated machine. */
export class LinuxProcess {
  readonly xenon: Xenon;
  private readonly kernel: Kernel;
  private readonly threads: Threads;
  private readonly view: DataView;
  private end: ProcessEnd | undefined;

  constructor(
    memory: WebAssembly.Memory,
    private readonly space: AddressSpace,
    private readonly program: ElfProgram,
    private readonly machine: Machine,
    private readonly works: Works,
    private readonly options: ProcessOptions,
  ) {
    const { buffer } = memory;
    this.view = new DataView(buffer);
    const handler = (thread: number) => this.call(thread);
    const wakes = (thread: number) => {
      timedOut(this.kernel, thread);
      this.setTimeBase(thread);
    };
    this.xenon = new Xenon(memory, machine, works, handler, options.quantumCycles?.(1), wakes);
    const generator = seedrandom(`linux:${options.seed}`);
    const random = (bytes: number) => Uint8Array.from({ length: bytes }, () => Math.floor(generator() * 256));
    this.threads = new Threads(buffer, options.threads, program.is64);
    const halfCyclesPerNanosecond = (2 * machine.clock) / 1e9;
    const said = new Set<string>();
    this.kernel = {
      program,
      machine,
      space,
      memory: new GuestView(buffer, space, program.is64),
      files: new Descriptors(options.fileSystem, options.standard),
      threads: this.threads,
      signals: new Signals(),
      realTimeOffset: EPOCH_SECONDS * 1e9,
      nanoseconds: (thread) => this.xenon.time(thread) / halfCyclesPerNanosecond,
      time: (thread) => this.xenon.time(thread),
      until: (nanoseconds) => this.xenon.until(Math.ceil(nanoseconds * halfCyclesPerNanosecond)),
      wake: (thread, time) => {
        this.xenon.wake(thread, time);
        this.setTimeBase(thread);
      },
      random,
      exit: (status) => this.finish({ kind: 'exit', status: status & 0xff }),
      kill: (signal, why) => this.finish({ kind: 'signal', signal, report: why }),
      say: (message) => {
        if (!said.has(message)) options.say(message);
        said.add(message);
      },
    };
    loadSegments(buffer, space, program);
    const stack = layOutStack(buffer, space, program, {
      arguments: options.arguments,
      environment: options.environment,
      random: random(16),
    });
    this.xenon.place(HARDWARE_THREADS[0], program.entry, { 1: stack, 2: program.toc });
  }

  /** Runs the program to its end. */
  run(onWindow?: (cycles: number) => void): ProcessEnd {
    const { quantumCycles } = this.options;
    try {
      this.xenon.run([HARDWARE_THREADS[0]], (cycles) => {
        for (const thread of this.threads.hardware) this.setTimeBase(thread);
        if (quantumCycles !== undefined) this.xenon.setQuantum(quantumCycles(this.threads.count));
        onWindow?.(cycles);
      });
    } catch (error) {
      if (error instanceof GuestStop) this.end = this.stopped(error.thread, error.exit);
      else if (error instanceof Deadlock) this.end = this.deadlock(error);
      else throw error;
    } finally {
      this.kernel.files.closeAll();
    }
    return this.end!;
  }

  /** What mftb reads: right to within a window. */
  private setTimeBase(thread: number): void {
    const ticks = Math.floor(this.xenon.time(thread) / (2 * this.machine.timeBaseDivider));
    this.view.setBigUint64(contextBase(thread) + CTX.timeBase, BigInt(ticks), true);
  }

  private finish(end: ProcessEnd): void {
    this.end ??= end;
    this.xenon.stopAll();
  }

  private stopped(thread: number, exit: GuestStop['exit']): ProcessEnd {
    const signal = { illegal: 4, trap: 5, fault: SIGSEGV }[exit.reason];
    const report = stopReport(this.view, this.program, this.space, thread, exit);
    return { kind: 'signal', signal, report: `${signalName(signal)}: ${report}` };
  }

  private deadlock({ threads }: Deadlock): ProcessEnd {
    const places = threads.map(
      (t) => `thread ${t} at ${placeName(this.program, this.pc(t) - SYSTEM_CALL_BYTES)}`,
    );
    return {
      kind: 'signal',
      signal: 9,
      report: `every thread waits and none can be woken: ${places.join('; ')}`,
    };
  }

  private pc(thread: number): number {
    return this.view.getUint32(contextBase(thread) + CTX.pc, true);
  }

  private call(thread: number): SystemCallAnswer {
    const base = contextBase(thread) + CTX.gpr;
    const { is64 } = this.program;
    const where = () => placeName(this.program, this.pc(thread) - SYSTEM_CALL_BYTES);
    const outcome = systemCall(
      this.kernel,
      this.view.getInt32(base, true),
      argumentsOf(this.view, base, thread, is64),
      where,
    );
    if (outcome.kind === 'thread') {
      // Time spent waiting belongs to no function.
      this.works.engine.profile?.leave(thread);
      return outcome.answer;
    }
    this.threads.answer(thread, outcome.value, outcome.kind === 'error');
    return 'continue';
  }
}

/** Arguments in r3 to r8, read when they are asked for. */
function argumentsOf(view: DataView, base: number, thread: number, is64: boolean): Call {
  const at = (n: number) => base + 8 * (3 + n);
  return {
    thread,
    int: (n) => view.getInt32(at(n), true),
    unsigned: (n) => (is64 ? Number(view.getBigUint64(at(n), true)) : view.getUint32(at(n), true)),
    signed: (n) => (is64 ? Number(view.getBigInt64(at(n), true)) : view.getInt32(at(n), true)),
    long: (n, pair) =>
      is64
        ? Number(view.getBigInt64(at(n), true))
        : view.getInt32(at(pair), true) * 2 ** 32 + view.getUint32(at(pair + 1), true),
  };
}

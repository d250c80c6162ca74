import type { ElfProgram } from '../asm/elf.js';
import type { Machine } from '../machine/resolve.js';
import type { SystemCallAnswer } from '../machine/scheduler.js';
import type { AddressSpace } from './address-space.js';
import type { Descriptors } from './descriptors.js';
import type { GuestView } from './guest-view.js';
import type { Signals } from './signals.js';
import type { Threads } from './threads.js';

/** One system call of one thread: its arguments in the forms that the calls need. */
export interface Call {
  readonly thread: number;
  /** Argument 0 to 5 as an address or size. */
  unsigned(n: number): number;
  /** As a C long. */
  signed(n: number): number;
  /** As a C int: its low 32 bits. */
  int(n: number): number;
  /**
   * A 64-bit argument: in 64-bit programs argument `n`, in 32-bit ones the pair of registers that begins at
   * argument `pair`.
   */
  long(n: number, pair: number): number;
}

/** What a system call gives: a result that is no error, or what becomes of the thread. */
export type Result = number | SystemCallAnswer;

/** A process as its system calls see it. */
export interface Kernel {
  readonly program: ElfProgram;
  readonly machine: Machine;
  readonly space: AddressSpace;
  readonly memory: GuestView;
  readonly files: Descriptors;
  readonly threads: Threads;
  readonly signals: Signals;
  /** Nanoseconds since the start, as a thread sees them. */
  nanoseconds(thread: number): number;
  /** What to subtract from a date (nanoseconds since 1970) to have nanoseconds since the start. */
  readonly realTimeOffset: number;
  /** The time of a thread, half-cycles. */
  time(thread: number): number;
  /** What takes a thread out until so many nanoseconds after the start. */
  until(nanoseconds: number): SystemCallAnswer;
  wake(thread: number, time: number): void;
  /** The next bytes of the process's seeded random stream. */
  random(bytes: number): Uint8Array;
  /** Ends the process. */
  exit(status: number): void;
  /** Ends the process as a signal does. */
  kill(signal: number, why: string): void;
  /** A message for the person at the console, once each. */
  say(message: string): void;
}

export type Handler = (kernel: Kernel, call: Call) => Result;
export type Handlers = Readonly<Record<string, Handler>>;

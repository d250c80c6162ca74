import { CTX, contextBase } from '../engine/context.js';
import { fail } from './errno.js';

/** The six hardware threads in the order in which a process gets them: one on each core, then the siblings. */
export const HARDWARE_THREADS: readonly number[] = [0, 2, 4, 1, 3, 5];
export const PROCESS_ID = 1000;

/** The mask of a wait for, or a waking by, any bit. */
export const ANY = 0xffff_ffff;

interface Software {
  readonly id: number;
  /** Where to write 0 and wake a waiter when the thread ends, or 0. */
  clearAddress: number;
}

interface Waiter {
  readonly thread: number;
  address: number;
  readonly mask: number;
}

/** The threads of a process on hardware threads, and who waits for what. */
export class Threads {
  private readonly running = new Map<number, Software>();
  private readonly waiters: Waiter[] = [];
  private nextId = PROCESS_ID + 1;
  private readonly view: DataView;
  private readonly bytes: Uint8Array;

  constructor(
    memory: ArrayBufferLike,
    /** How many hardware threads the process may have. */
    readonly limit: number,
    private readonly is64: boolean,
  ) {
    this.view = new DataView(memory);
    this.bytes = new Uint8Array(memory);
    this.running.set(HARDWARE_THREADS[0], { id: PROCESS_ID, clearAddress: 0 });
  }

  get(thread: number): Software {
    return this.running.get(thread)!;
  }

  /** Hardware threads in use. */
  get hardware(): number[] {
    return [...this.running.keys()];
  }

  hasId(id: number): boolean {
    return [...this.running.values()].some((one) => one.id === id);
  }

  get count(): number {
    return this.running.size;
  }

  /** What a system call gives its thread: a result, or an error number with CR0[SO]. */
  answer(thread: number, result: number, isError = false): void {
    const base = contextBase(thread);
    this.view.setBigUint64(base + CTX.gpr + 8 * 3, BigInt.asUintN(this.is64 ? 64 : 32, BigInt(result)), true);
    const cr0 = this.view.getUint32(base + CTX.crf, true);
    this.view.setUint32(base + CTX.crf, (cr0 & ~1) | (isError ? 1 : 0), true);
  }

  /** A new thread with the registers of its parent; returns its hardware thread and identity. */
  start(parent: number, stack: number, tls: number | undefined): { hardware: number; id: number } {
    const hardware =
      HARDWARE_THREADS.slice(0, this.limit).find((t) => !this.running.has(t)) ?? fail('EAGAIN');
    const id = this.nextId++;
    this.running.set(hardware, { id, clearAddress: 0 });
    const [from, to] = [contextBase(parent), contextBase(hardware)];
    this.bytes.copyWithin(to, from, from + CTX.instructions);
    this.view.setBigInt64(to + CTX.reserveAddress, -1n, true);
    this.view.setInt32(to + CTX.priority, 0, true);
    const register = (n: number, value: number) =>
      this.view.setBigUint64(to + CTX.gpr + 8 * n, BigInt(value), true);
    if (stack !== 0) register(1, stack);
    if (tls !== undefined) register(this.is64 ? 13 : 2, tls);
    this.answer(hardware, 0);
    return { hardware, id };
  }

  end(thread: number): void {
    this.running.delete(thread);
  }

  wait(waiter: Waiter): void {
    this.waiters.push(waiter);
  }

  /** Takes up to `count` waiters for an address out of the queue, the first come first. */
  take(address: number, count: number, mask = ANY): Waiter[] {
    const taken: Waiter[] = [];
    for (const waiter of [...this.waiters]) {
      if (taken.length >= count) break;
      if (waiter.address !== address || (waiter.mask & mask) === 0) continue;
      taken.push(waiter);
      this.waiters.splice(this.waiters.indexOf(waiter), 1);
    }
    return taken;
  }

  /** The thread's time to wake has come: whether it waited for a futex. */
  giveUp(thread: number): boolean {
    const at = this.waiters.findIndex((waiter) => waiter.thread === thread);
    if (at >= 0) this.waiters.splice(at, 1);
    return at >= 0;
  }
}

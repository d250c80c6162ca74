import type { Call, Handlers, Kernel, Result } from './call.js';
import { ERRNO, fail } from './errno.js';
import { ANY, PROCESS_ID } from './threads.js';

const CLONE = {
  vm: 0x100,
  thread: 0x1_0000,
  setTls: 0x8_0000,
  parentSetTid: 0x10_0000,
  childClearTid: 0x20_0000,
  childSetTid: 0x100_0000,
} as const;
const FUTEX = {
  wait: 0,
  wake: 1,
  requeue: 3,
  compareRequeue: 4,
  wakeOp: 5,
  waitBitset: 9,
  wakeBitset: 10,
} as const;
const FUTEX_COMMAND = 0x7f;
const FUTEX_REALTIME = 256;

function wake(kernel: Kernel, waker: number, address: number, count: number, mask = ANY): number {
  const woken = kernel.threads.take(address, count, mask);
  for (const { thread } of woken) {
    kernel.threads.answer(thread, 0);
    kernel.wake(thread, kernel.time(waker));
  }
  return woken.length;
}

/** To be told when the scheduler woke a thread because of its time. */
export function timedOut(kernel: Kernel, thread: number): void {
  if (kernel.threads.giveUp(thread)) kernel.threads.answer(thread, ERRNO.ETIMEDOUT, true);
  else kernel.threads.answer(thread, 0);
}

function clone(kernel: Kernel, call: Call): number {
  const flags = call.unsigned(0);
  const wanted = CLONE.vm | CLONE.thread;
  if ((flags & wanted) !== wanted) {
    kernel.say('fork and vfork are not provided: the machine runs one process (sim/linux/thread-calls.ts)');
    fail('EAGAIN');
  }
  const tls = (flags & CLONE.setTls) !== 0 ? call.unsigned(3) : undefined;
  const { hardware, id } = kernel.threads.start(call.thread, call.unsigned(1), tls);
  if ((flags & CLONE.parentSetTid) !== 0) kernel.memory.setU32(call.unsigned(2), id);
  if ((flags & CLONE.childSetTid) !== 0) kernel.memory.setU32(call.unsigned(4), id);
  if ((flags & CLONE.childClearTid) !== 0) kernel.threads.get(hardware).clearAddress = call.unsigned(4);
  kernel.wake(hardware, kernel.time(call.thread));
  return id;
}

function exitThread(kernel: Kernel, call: Call): Result {
  const { clearAddress } = kernel.threads.get(call.thread);
  kernel.threads.end(call.thread);
  if (kernel.threads.count === 0) kernel.exit(call.int(0));
  else if (clearAddress !== 0) {
    kernel.memory.setU32(clearAddress, 0);
    wake(kernel, call.thread, clearAddress, 1);
  }
  return 'done';
}

/** When a futex wait with this timeout ends, nanoseconds since the start; undefined without a timeout. */
function deadline(kernel: Kernel, call: Call, wide: boolean): number | undefined {
  const address = call.unsigned(3);
  if (address === 0) return undefined;
  const operation = call.int(1);
  const time = kernel.memory.time(address, wide);
  if ((operation & FUTEX_COMMAND) === FUTEX.wait) return kernel.nanoseconds(call.thread) + time;
  return (operation & FUTEX_REALTIME) !== 0 ? time - kernel.realTimeOffset : time;
}

function futex(kernel: Kernel, call: Call, wide: boolean): Result {
  const { threads, memory } = kernel;
  const address = call.unsigned(0);
  const count = call.int(2);
  const command = call.int(1) & FUTEX_COMMAND;
  if (address % 4 !== 0) fail('EINVAL');
  switch (command) {
    case FUTEX.wait:
    case FUTEX.waitBitset: {
      if (memory.i32(address) !== count) fail('EAGAIN');
      const until = deadline(kernel, call, wide);
      threads.wait({ thread: call.thread, address, mask: command === FUTEX.wait ? ANY : call.int(5) });
      return until === undefined ? 'wait' : kernel.until(until);
    }
    case FUTEX.wake:
      return wake(kernel, call.thread, address, count);
    case FUTEX.wakeBitset:
      return wake(kernel, call.thread, address, count, call.int(5));
    case FUTEX.requeue:
    case FUTEX.compareRequeue: {
      if (command === FUTEX.compareRequeue && memory.i32(address) !== call.int(5)) fail('EAGAIN');
      const woken = wake(kernel, call.thread, address, count);
      const moved = threads.take(address, call.int(3));
      for (const waiter of moved) threads.wait({ ...waiter, address: call.unsigned(4) });
      return woken + moved.length;
    }
    case FUTEX.wakeOp:
      return wakeOp(kernel, call, address, count);
    default:
      kernel.say(`futex operation ${command} is not provided (sim/linux/thread-calls.ts)`);
      return fail('ENOSYS');
  }
}

/** Changes a second word, wakes waiters of the first, and those of the second if its old value compares so. */
function wakeOp(kernel: Kernel, call: Call, address: number, count: number): number {
  const second = call.unsigned(4);
  const code = call.int(5);
  const sign12 = (value: number) => (value << 20) >> 20;
  const shifts = ((code >>> 28) & 8) !== 0;
  const argument = shifts ? 1 << (sign12(code >> 12) & 31) : sign12(code >> 12);
  const old = kernel.memory.i32(second);
  const changed = [argument, old + argument, old | argument, old & ~argument, old ^ argument][
    (code >>> 28) & 7
  ];
  if (changed === undefined) fail('ENOSYS');
  kernel.memory.setU32(second, changed);
  const limit = sign12(code);
  const holds = [old === limit, old !== limit, old < limit, old <= limit, old > limit, old >= limit][
    (code >>> 24) & 15
  ];
  const woken = wake(kernel, call.thread, address, count);
  return woken + (holds ? wake(kernel, call.thread, second, call.int(3)) : 0);
}

function affinity(kernel: Kernel, call: Call): number {
  const bytes = kernel.memory.long;
  if (call.unsigned(1) < bytes) fail('EINVAL');
  kernel.memory.setWord(call.unsigned(2), 2 ** kernel.threads.limit - 1);
  return bytes;
}

/** System calls on threads. */
export const threadCalls: Handlers = {
  clone,
  exit: exitThread,
  exit_group: (k, c) => {
    k.exit(c.int(0));
    return 'done';
  },
  futex: (k, c) => futex(k, c, k.memory.long === 8),
  futex_time64: (k, c) => futex(k, c, true),
  gettid: (k, c) => k.threads.get(c.thread).id,
  getpid: () => PROCESS_ID,
  set_tid_address: (k, c) => {
    k.threads.get(c.thread).clearAddress = c.unsigned(0);
    return k.threads.get(c.thread).id;
  },
  sched_yield: () => 0,
  sched_getaffinity: affinity,
  // Threads stay where they are.
  sched_setaffinity: () => 0,
  getcpu: (k, c) => {
    if (c.unsigned(0) !== 0) k.memory.setU32(c.unsigned(0), c.thread);
    if (c.unsigned(1) !== 0) k.memory.setU32(c.unsigned(1), 0);
    return 0;
  },
};

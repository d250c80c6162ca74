import { GUEST_BYTES } from '../engine/context.js';
import { LAYOUT } from './address-space.js';
import type { Call, Handlers, Kernel, Result } from './call.js';
import { fail } from './errno.js';
import { RecordWriter } from './guest-view.js';
import { PROCESS_ID } from './threads.js';

const USER = 1000;
const UNLIMITED = 2 ** 64;
const RLIMIT = { stack: 3, files: 7 } as const;

const limitOf = (resource: number): number =>
  resource === RLIMIT.stack
    ? LAYOUT.stackTop - LAYOUT.stackBottom - 0x4_0000
    : resource === RLIMIT.files
      ? 256
      : UNLIMITED;

/** struct rlimit: two longs; more than fits is written as all ones. */
function oldLimit(kernel: Kernel, call: Call): number {
  const { memory } = kernel;
  const limit = limitOf(call.int(0));
  const value = memory.long === 4 ? Math.min(limit, 0xffff_ffff) : limit;
  for (const at of [0, memory.long]) {
    if (value === UNLIMITED) memory.setU64(call.unsigned(1) + at, -1);
    else memory.setWord(call.unsigned(1) + at, value);
  }
  return 0;
}

function limit64(kernel: Kernel, call: Call): number {
  const old = call.unsigned(3);
  if (old === 0) return 0;
  const limit = limitOf(call.int(1));
  for (const at of [0, 8]) kernel.memory.setU64(old + at, limit === UNLIMITED ? -1 : limit);
  return 0;
}

function systemInformation(kernel: Kernel, call: Call): number {
  const { memory } = kernel;
  const free = GUEST_BYTES - kernel.space.mappedBytes();
  const record = new RecordWriter(memory, call.unsigned(0), memory.long === 8 ? 112 : 64);
  record
    .word(Math.floor(kernel.nanoseconds(call.thread) / 1e9))
    .word(0)
    .word(0)
    .word(0);
  record.word(GUEST_BYTES).word(free).word(0).word(0).word(0).word(0).u16(1);
  record
    .to(memory.long === 8 ? 88 : 44)
    .word(0)
    .word(0)
    .u32(1);
  return 0;
}

function systemName(kernel: Kernel, call: Call): number {
  const fields = ['Linux', 'xenon', '5.15.0', '#1', kernel.memory.long === 8 ? 'ppc64' : 'ppc', '(none)'];
  const room = kernel.memory.room(call.unsigned(0), 65 * fields.length).fill(0);
  fields.forEach((text, i) => {
    room.set(new TextEncoder().encode(text), 65 * i);
  });
  return 0;
}

const GRND_KNOWN = 7;

function random(kernel: Kernel, call: Call): number {
  if ((call.int(2) & ~GRND_KNOWN) !== 0) fail('EINVAL');
  const room = kernel.memory.room(call.unsigned(0), call.unsigned(1));
  room.set(kernel.random(room.length));
  return room.length;
}

// Time.

const CLOCK_KNOWN = 7;
/** Clocks that tell the date: CLOCK_REALTIME and its coarse form. */
const DATES = [0, 5];
const TIMER_ABSTIME = 1;

function clock(kernel: Kernel, thread: number, id: number): number {
  if (id < 0 || id > CLOCK_KNOWN) fail('EINVAL');
  return kernel.nanoseconds(thread) + (DATES.includes(id) ? kernel.realTimeOffset : 0);
}

function clockTime(kernel: Kernel, call: Call, wide: boolean): number {
  kernel.memory.setTime(call.unsigned(1), clock(kernel, call.thread, call.int(0)), wide);
  return 0;
}

function resolution(kernel: Kernel, call: Call, wide: boolean): number {
  clock(kernel, call.thread, call.int(0));
  if (call.unsigned(1) !== 0) kernel.memory.setTime(call.unsigned(1), 1, wide);
  return 0;
}

function sleep(
  kernel: Kernel,
  call: Call,
  id: number,
  flags: number,
  request: number,
  wide: boolean,
): Result {
  const time = kernel.memory.time(request, wide);
  const now = clock(kernel, call.thread, id);
  const remaining = (flags & TIMER_ABSTIME) !== 0 ? time - now : time;
  if (remaining <= 0) return 0;
  return kernel.until(kernel.nanoseconds(call.thread) + remaining);
}

const seconds = (kernel: Kernel, call: Call): number => Math.floor(clock(kernel, call.thread, 0) / 1e9);

function timeOfDay(kernel: Kernel, call: Call): number {
  if (call.unsigned(0) === 0) return 0;
  const now = clock(kernel, call.thread, 0);
  const { long } = kernel.memory;
  kernel.memory.setWord(call.unsigned(0), Math.floor(now / 1e9));
  kernel.memory.setWord(call.unsigned(0) + long, Math.floor((now % 1e9) / 1e3));
  return 0;
}

const TICKS = 100;

function times(kernel: Kernel, call: Call): number {
  const ticks = Math.floor((kernel.nanoseconds(call.thread) * TICKS) / 1e9);
  if (call.unsigned(0) !== 0) {
    new RecordWriter(kernel.memory, call.unsigned(0), 4 * kernel.memory.long).word(ticks);
  }
  return ticks;
}

function usage(kernel: Kernel, call: Call): number {
  const now = kernel.nanoseconds(call.thread);
  const record = new RecordWriter(kernel.memory, call.unsigned(1), 18 * kernel.memory.long);
  record.word(Math.floor(now / 1e9)).word(Math.floor((now % 1e9) / 1e3));
  return 0;
}

/** System calls about the process, the machine and time. */
export const processCalls: Handlers = {
  getuid: () => USER,
  geteuid: () => USER,
  getgid: () => USER,
  getegid: () => USER,
  getppid: () => 1,
  getpgrp: () => PROCESS_ID,
  getrlimit: oldLimit,
  ugetrlimit: oldLimit,
  setrlimit: () => 0,
  prlimit64: limit64,
  sysinfo: systemInformation,
  uname: systemName,
  getrandom: random,
  time: (k, c) => {
    if (c.unsigned(0) !== 0) k.memory.setWord(c.unsigned(0), seconds(k, c));
    return seconds(k, c);
  },
  gettimeofday: timeOfDay,
  times,
  getrusage: usage,
  clock_gettime: (k, c) => clockTime(k, c, k.memory.long === 8),
  clock_gettime64: (k, c) => clockTime(k, c, true),
  clock_getres: (k, c) => resolution(k, c, k.memory.long === 8),
  clock_getres_time64: (k, c) => resolution(k, c, true),
  nanosleep: (k, c) => sleep(k, c, 1, 0, c.unsigned(0), k.memory.long === 8),
  clock_nanosleep: (k, c) => sleep(k, c, c.int(0), c.int(1), c.unsigned(2), k.memory.long === 8),
  clock_nanosleep_time64: (k, c) => sleep(k, c, c.int(0), c.int(1), c.unsigned(2), true),
};

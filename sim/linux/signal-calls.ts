import type { Call, Handlers, Kernel, Result } from './call.js';
import { fail } from './errno.js';
import { signalName } from './signals.js';
import { PROCESS_ID } from './threads.js';

const MOST = 64;
/** Signals that do nothing to a process that has not asked for them. */
const HARMLESS = ['SIGCHLD', 'SIGCONT', 'SIGURG', 'SIGWINCH'];
const SIG_DFL = 0;
const SIG_IGN = 1;

function action(kernel: Kernel, call: Call): number {
  const { memory, signals } = kernel;
  const signal = call.int(0);
  if (signal < 1 || signal > MOST || call.unsigned(3) !== 8) fail('EINVAL');
  const size = 3 * memory.long + 8;
  const before = signals.actions.get(signal) ?? new Uint8Array(size);
  const wanted = call.unsigned(1);
  if (wanted !== 0) signals.actions.set(signal, memory.bytes(wanted, size).slice());
  if (call.unsigned(2) !== 0) memory.room(call.unsigned(2), size).set(before);
  return 0;
}

function mask(kernel: Kernel, call: Call): number {
  const { memory, signals } = kernel;
  const before = signals.masks.get(call.thread) ?? new Uint8Array(8);
  const [how, set, old] = [call.int(0), call.unsigned(1), call.unsigned(2)];
  if (set !== 0) {
    const given = memory.bytes(set, 8).slice();
    if (how < 0 || how > 2) fail('EINVAL');
    const merged = before.map((byte, i) =>
      how === 0 ? byte | given[i] : how === 1 ? byte & ~given[i] : given[i],
    );
    signals.masks.set(call.thread, merged);
  }
  if (old !== 0) memory.room(old, 8).set(before);
  return 0;
}

/** Sends a signal to the process itself; nobody else can receive one. */
function send(kernel: Kernel, signal: number): Result {
  if (signal < 0 || signal > MOST) fail('EINVAL');
  if (signal === 0) return 0;
  const handler = kernel.signals.actions.get(signal);
  const address = handler === undefined ? SIG_DFL : handlerOf(handler, kernel.memory.long);
  if (address === SIG_IGN || (address === SIG_DFL && HARMLESS.includes(signalName(signal)))) return 0;
  const why =
    address === SIG_DFL
      ? `the program sent itself ${signalName(signal)}`
      : `the program sent itself ${signalName(signal)}; its handler cannot run: handlers of signals are not provided`;
  kernel.kill(signal, why);
  return 'done';
}

function handlerOf(record: Uint8Array, long: number): number {
  const view = new DataView(record.buffer, record.byteOffset);
  return long === 8 ? Number(view.getBigUint64(0)) : view.getUint32(0);
}

const toItself = (kernel: Kernel, id: number): void => {
  if (id !== PROCESS_ID && !kernel.threads.hasId(id)) fail('ESRCH');
};

/** System calls on signals. */
export const signalCalls: Handlers = {
  rt_sigaction: action,
  rt_sigprocmask: mask,
  sigaltstack: () => 0,
  kill: (k, c) => {
    if (c.int(0) !== 0) toItself(k, Math.abs(c.int(0)));
    return send(k, c.int(1));
  },
  tkill: (k, c) => {
    toItself(k, c.int(0));
    return send(k, c.int(1));
  },
  tgkill: (k, c) => {
    toItself(k, c.int(1));
    return send(k, c.int(2));
  },
};

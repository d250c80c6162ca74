import type { Call, Handler, Handlers, Kernel, Result } from './call.js';
import { fail, LinuxError } from './errno.js';
import { fileCalls } from './file-calls.js';
import { memoryCalls } from './memory-calls.js';
import { systemCallName, systemCallNumber } from './numbers.js';
import { processCalls } from './process-calls.js';
import { signalCalls } from './signal-calls.js';
import { threadCalls } from './thread-calls.js';

/** Calls that programs do without: C libraries ask for them and are content with ENOSYS. */
const REFUSED = ['rseq', 'set_robust_list', 'clone3', 'membarrier', 'mbind', 'set_mempolicy'];

const refused: Handlers = Object.fromEntries(
  REFUSED.map((name): [string, Handler] => [name, () => fail('ENOSYS')]),
);

const byNumber: ReadonlyMap<number, Handler> = new Map(
  Object.entries({
    ...fileCalls,
    ...memoryCalls,
    ...processCalls,
    ...signalCalls,
    ...threadCalls,
    ...refused,
  }).map(([name, handler]) => [systemCallNumber(name), handler]),
);

/** Numbers of the calls that are provided, ascending. */
export const providedCalls: readonly number[] = [...byNumber.keys()].sort((a, b) => a - b);

export type Outcome =
  | { readonly kind: 'result'; readonly value: number }
  | { readonly kind: 'error'; readonly value: number }
  | { readonly kind: 'thread'; readonly answer: Exclude<Result, number> };

/** Carries out a system call; `where` names the place in the program, for the message about an unknown one. */
export function systemCall(kernel: Kernel, number: number, call: Call, where: () => string): Outcome {
  try {
    const handler = byNumber.get(number) ?? unknown(kernel, number, where);
    const result = handler(kernel, call);
    return typeof result === 'number'
      ? { kind: 'result', value: result }
      : { kind: 'thread', answer: result };
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return { kind: 'error', value: error.number };
  }
}

function unknown(kernel: Kernel, number: number, where: () => string): never {
  const name = systemCallName(number);
  const what =
    name === undefined
      ? `system call ${number}, which Linux does not have,`
      : `system call ${number} (${name})`;
  kernel.say(
    `${what} is not provided, ENOSYS returned, at ${where()}; to add it, give its name a function in ` +
      'sim/linux/*-calls.ts',
  );
  return fail('ENOSYS');
}

import type { KernelCall } from '../../models/kernels/call.js';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { encodeRow } from '../../sim/isa/fields.js';
import { byName } from '../../sim/isa/table.js';
import type { Xenon } from '../../sim/machine/xenon.js';

export const KERNEL_CODE = 0x1_0000;
const RETURN = 0xf000;
/** Each thread's buffers and stack. */
export const KERNEL_DATA = 0x10_0000;
export const KERNEL_DATA_BYTES = 0x8_0000;

/** Puts a kernel's code in place, and what it returns to: a system call. */
export function installKernel(xenon: Xenon, code: Uint8Array): void {
  xenon.write(KERNEL_CODE, code);
  const word = encodeRow(byName('sc'), {});
  xenon.write(RETURN, Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word));
}

/** Puts a call's buffers, from `first` on, and registers in place for a thread. */
export function placeCall(
  xenon: Xenon,
  thread: number,
  call: KernelCall,
  first = KERNEL_DATA + thread * KERNEL_DATA_BYTES,
): void {
  const { bytes } = xenon;
  let next = first;
  const places = new Map<string, number>();
  for (const [name, { bytes: content, skew = 0 }] of Object.entries(call.buffers)) {
    bytes.fill(0, next, next + skew + content.length + 256);
    bytes.set(content, next + skew);
    places.set(name, next + skew);
    next = (next + skew + content.length + 255) & ~127;
  }
  const registers: Record<number, number> = { 1: first + KERNEL_DATA_BYTES - 256, 12: KERNEL_CODE };
  call.registers.forEach((operand, i) => {
    registers[3 + i] =
      typeof operand === 'number' ? operand : places.get(operand.buffer)! + (operand.offset ?? 0);
  });
  xenon.place(thread, KERNEL_CODE, registers);
  new DataView(bytes.buffer).setBigUint64(contextBase(thread) + CTX.lr, BigInt(RETURN), true);
}

import { disassemble } from '../asm/disassemble.js';
import type { ElfProgram } from '../asm/elf.js';
import { functionAt } from '../asm/functions.js';
import { CTX, contextBase, GUEST_BYTES } from '../engine/context.js';
import { rowOf } from '../isa/table.js';
import type { Exit } from '../machine/scheduler.js';
import { type AddressSpace, PROT } from './address-space.js';
import { foreignInstruction } from './foreign.js';

const hex = (value: number | bigint, digits = 8): string => value.toString(16).padStart(digits, '0');

/** An address with the function it lies in, such as `0x10000a3c (main+0x24)`. */
export function placeName(program: ElfProgram, address: number): string {
  const found = functionAt(program.functions, address);
  const inside =
    found === undefined
      ? 'in no known function'
      : `${found.name}+0x${(address - found.address).toString(16)}`;
  return `0x${hex(address)} (${inside})`;
}

/** What stopped a thread, where, how it came there, and its registers. */
export function stopReport(
  state: DataView,
  program: ElfProgram,
  space: AddressSpace,
  thread: number,
  exit: Extract<Exit, { kind: 'stop' }>,
): string {
  const word = state.getUint32(exit.pc & (GUEST_BYTES - 1) & ~3);
  return [
    exit.reason === 'illegal' ? illegalMessage(word, exit.message) : faultMessage(space, exit.message),
    `  at ${placeName(program, exit.pc)}: ${hex(word)}  ${disassemble(word, exit.pc).text}`,
    ...callers(state, program, thread).map((address) => `  called from ${placeName(program, address)}`),
    `hardware thread ${thread}:`,
    ...registers(state, thread, program.is64),
  ].join('\n');
}

function illegalMessage(word: number, message: string): string {
  if (rowOf(word) !== undefined) return message;
  const foreign = foreignInstruction(word);
  const what =
    foreign === undefined
      ? 'this word is no instruction of the machine'
      : `this is ${foreign.name} (${foreign.since}), which Xenon does not have: compile with -mcpu=cell`;
  return `${message}: ${what}; to add an instruction, write its row in sim/isa (see CONTRIBUTING.md)`;
}

/** An address may be mapped, but not for this. */
function faultMessage(space: AddressSpace, message: string): string {
  const address = /unmapped address (0x[0-9a-f]+)/.exec(message)?.[1];
  if (address === undefined || BigInt(address) >= BigInt(GUEST_BYTES) || space.isFree(Number(address), 1))
    return message;
  const rights = space.rights(Number(address));
  const kind = rights === 0 ? 'protected' : (rights & PROT.write) === 0 ? 'read-only' : 'partly mapped';
  return message.replace('unmapped', kind);
}

const DEEPEST = 8;

/** Return addresses: LR, then those saved in the stack frames. */
function callers(state: DataView, program: ElfProgram, thread: number): number[] {
  const base = contextBase(thread);
  const long = program.is64 ? 8 : 4;
  const isCode = (address: number) => functionAt(program.functions, address - 4) !== undefined;
  const read = (address: number): number =>
    long === 8 ? Number(state.getBigUint64(address)) : state.getUint32(address);
  const found = [Number(state.getBigUint64(base + CTX.lr, true) & 0xffff_ffffn)];
  let frame = Number(state.getBigUint64(base + CTX.gpr + 8, true));
  while (found.length < DEEPEST && frame > 0 && frame + 32 < GUEST_BYTES) {
    const outer = read(frame);
    if (outer <= frame || outer + 32 >= GUEST_BYTES) break;
    found.push(read(outer + (long === 8 ? 16 : 4)));
    frame = outer;
  }
  return found
    .filter((address, i) => isCode(address) && address !== found[i - 1])
    .map((address) => address - 4);
}

function registers(state: DataView, thread: number, is64: boolean): string[] {
  const base = contextBase(thread);
  const digits = is64 ? 16 : 8;
  const u64 = (at: number) => {
    const value = state.getBigUint64(base + at, true);
    return hex(is64 ? value : value & 0xffff_ffffn, digits);
  };
  const u32 = (at: number) => state.getUint32(base + at, true);
  let cr = '';
  for (let field = 0; field < 8; field++) cr += (u32(CTX.crf + 4 * field) & 15).toString(16);
  const xer = `so ${u32(CTX.so)} ov ${u32(CTX.ov)} ca ${u32(CTX.ca)}`;
  const lines = [`  pc  ${u64(CTX.pc)}  lr ${u64(CTX.lr)}  ctr ${u64(CTX.ctr)}  cr ${cr}  xer ${xer}`];
  for (let n = 0; n < 32; n += 4) {
    const four = [n, n + 1, n + 2, n + 3].map((r) => `${`r${r}`.padEnd(3)} ${u64(CTX.gpr + 8 * r)}`);
    lines.push(`  ${four.join('  ')}`);
  }
  return lines;
}

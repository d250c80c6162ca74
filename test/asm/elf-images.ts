import { assemble } from '../../sim/asm/assemble.js';

/** Addresses of the parts of the images below. */
export const CODE = 0x10000000;
export const DATA = 0x10020000;
export const DATA_MEMORY = 0x40;
export const TOC = 0x10028000;

/**
 * A small executable made with the assembler: headers and code in one segment, data (in 64 bits: a function
 * descriptor) in another, a symbol table with function `main`, ifunc `pick`, object `counter` and an undefined name.
 */
export function elfImage(bits: 32 | 64): Uint8Array {
  const is64 = bits === 64;
  const address = is64 ? '.quad' : '.long';
  const source = `
    .data
    .byte 0x7f; .ascii "ELF"; .byte ${is64 ? 2 : 1}, 2, 1; .zero 9
    .short 2, ${is64 ? 21 : 20}; .long 1
    ${address} ${is64 ? DATA : `${CODE} + code`}, headers, sections
    .long ${is64 ? 1 : 0}; .short headers, ${is64 ? 56 : 32}, 2, ${is64 ? 64 : 40}, 3, 0
  headers:
    ${segment(is64, 0, CODE, 'code_end', 'code_end', 5)}
    ${segment(is64, 'data', DATA, 'data_end - data', DATA_MEMORY, 6)}
  headers_end:
  code:
    .text
    li r3, 1
    sc
    .data
  code_end:
  data:
    ${is64 ? `.quad ${CODE} + code, ${TOC}, 0` : ''}
    .long 0xdeadbeef
  data_end:
  symbols:
    .zero ${is64 ? 24 : 16}
    ${symbol(is64, 'main_name - names', is64 ? String(DATA) : `${CODE} + code`, 8, 0x12, 1)}
    ${symbol(is64, 'counter_name - names', `${DATA} + 24`, 4, 0x11, 2)}
    ${symbol(is64, 'pick_name - names', `${CODE} + code + 4`, 4, 0x1a, 1)}
    ${symbol(is64, 'counter_name - names', '0', 0, 0x12, 0)}
  symbols_end:
  names:
    .byte 0
  main_name: .asciz "main"
  counter_name: .asciz "counter"
  pick_name: .asciz "pick"
  names_end:
    .balign 8
  sections:
    .zero ${is64 ? 64 : 40}
    ${section(is64, 2, 'symbols', 'symbols_end - symbols', 2, is64 ? 24 : 16)}
    ${section(is64, 3, 'names', 'names_end - names', 0, 0)}`;
  return assemble(source, { file: `elf${bits}.s` }).bytes;
}

type Text = string | number;

function segment(
  is64: boolean,
  offset: Text,
  at: Text,
  fileSize: Text,
  memorySize: Text,
  flags: number,
): string {
  return is64
    ? `.long 1, ${flags}; .quad ${offset}, ${at}, ${at}, ${fileSize}, ${memorySize}, 0x10000`
    : `.long 1, ${offset}, ${at}, ${at}, ${fileSize}, ${memorySize}, ${flags}, 0x10000`;
}

function symbol(is64: boolean, name: Text, value: Text, size: number, info: number, section: number): string {
  return is64
    ? `.long ${name}; .byte ${info}, 0; .short ${section}; .quad ${value}, ${size}`
    : `.long ${name}, ${value}, ${size}; .byte ${info}, 0; .short ${section}`;
}

function section(
  is64: boolean,
  type: number,
  offset: Text,
  size: Text,
  link: number,
  entrySize: number,
): string {
  return is64
    ? `.long 0, ${type}; .quad 0, 0, ${offset}, ${size}; .long ${link}, 0; .quad 8, ${entrySize}`
    : `.long 0, ${type}, 0, 0, ${offset}, ${size}, ${link}, 0, 8, ${entrySize}`;
}

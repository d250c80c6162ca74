import type { Assembled } from './assemble.js';
import { disassemble, type SymbolTable } from './disassemble.js';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** A program as text: address, word, source line; labels stand before their address. */
export function assembleListing(program: Assembled): string {
  const lines: string[] = [];
  let last = '';
  program.words.forEach((word, i) => {
    const address = program.base + 4 * i;
    const at = program.lines(address);
    const key = `${at?.file}:${at?.line}`;
    // A line that makes several words (data, a string) is shown once.
    const source =
      at === undefined || (key === last && /^\s*(?:[\w.$]+:\s*)*\./.test(at.text)) ? '' : at.text.trim();
    last = key;
    lines.push(`${hex(address, 8)}  ${hex(word, 8)}  ${source}`.trimEnd());
  });
  return `${lines.join('\n')}\n`;
}

/**
 * Words as text: `address <label>:` lines, then address, word, instruction. `bytes` is big-endian; up to
 * three bytes at its end that make no word are shown as `.byte`.
 */
export function disassembleListing(bytes: Uint8Array, base = 0, symbols?: SymbolTable): string {
  const lines: string[] = [];
  const labels = new Map<number, string[]>();
  for (const [name, address] of symbols ?? []) labels.set(address, [...(labels.get(address) ?? []), name]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < bytes.length; offset += 4) {
    const address = base + offset;
    for (const name of labels.get(address) ?? []) lines.push(`${hex(address, 8)} <${name}>:`);
    if (offset + 4 > bytes.length) {
      const rest = [...bytes.subarray(offset)].map((byte) => `0x${hex(byte, 2)}`).join(',');
      lines.push(`${hex(address, 8)}            .byte ${rest}`);
      break;
    }
    const word = view.getUint32(offset);
    lines.push(`${hex(address, 8)}  ${hex(word, 8)}  ${disassemble(word, address, symbols).text}`);
  }
  return `${lines.join('\n')}\n`;
}

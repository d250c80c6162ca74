import { checkLabel, DIRECTIVES } from './directives.js';
import { prepareInstruction } from './encode.js';
import { Fault, located, type Origin } from './error.js';
import { expand } from './expand.js';
import { createLayout, type Layout } from './layout.js';
import type { Head } from './lexer.js';
import { nearest } from './nearest.js';

export { AssemblyError } from './error.js';

export interface AssembleOptions {
  /** Name of the source, for messages. */
  readonly file: string;
  /** Address of the first byte; 0 when not given. */
  readonly base?: number;
  /** Text of an included file; throws when there is none. */
  include?(name: string): string;
  /** Symbols known from the start. */
  readonly symbols?: Readonly<Record<string, number>>;
}

/** A place in the source; for a line of a macro that of its body, with the arguments put into `text`. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** An assembled program: one flat image. */
export interface Assembled {
  readonly base: number;
  readonly bytes: Uint8Array;
  /** The image as big-endian words; a last partial word is filled with zeros. */
  readonly words: Uint32Array;
  /** Labels and symbols that were set, by name. */
  readonly symbols: ReadonlyMap<string, number>;
  /** Labels alone, by name, with their addresses in rising order. */
  readonly labels: ReadonlyMap<string, number>;
  /** The source line that an address comes from. */
  lines(address: number): SourceLine | undefined;
}

/** Assembles GNU-syntax source. Throws AssemblyError at the first fault. */
export function assemble(source: string, options: AssembleOptions): Assembled {
  const base = options.base ?? 0;
  const layout = createLayout(base, options.symbols ?? {}, { file: options.file, line: 1, text: '' });
  expand(source, options.file, {
    absolute: layout.absolute,
    isDefined: layout.isDefined,
    include: options.include,
    label(name, origin) {
      layout.origin = origin;
      checkLabel(name);
      layout.label(name);
    },
    statement: (head, origin) => place(layout, head, origin),
  });
  const bytes = write(layout, base);
  const symbols = layout.symbols();
  const labels = symbols.filter((symbol) => symbol.isLabel).sort((a, b) => a.value - b.value);
  return {
    base,
    bytes,
    words: wordsOf(bytes),
    symbols: new Map(symbols.map(({ name, value }) => [name, value])),
    labels: new Map(labels.map(({ name, value }) => [name, value])),
    lines: (address) => originAt(layout, address),
  };
}

function place(layout: Layout, head: Head, origin: Origin): void {
  layout.origin = origin;
  const name = head.name.toLowerCase();
  if (Object.hasOwn(DIRECTIVES, name)) {
    DIRECTIVES[name](layout, head.rest);
  } else if (name.startsWith('.cfi_')) {
    return;
  } else if (name.startsWith('.')) {
    throw new Fault(`unknown directive ${head.name}`, nearest(name, Object.keys(DIRECTIVES)));
  } else {
    if (layout.here() % 4 !== 0)
      throw new Fault(`instruction at address ${hex(layout.here())}, no multiple of 4`);
    const address = layout.here();
    const instruction = prepareInstruction(head.name, head.rest, layout.bind);
    layout.place(4, (bytes, resolve) => bytes.setUint32(0, instruction.encode(address, resolve)));
  }
}

function write(layout: Layout, base: number): Uint8Array {
  const bytes = new Uint8Array(layout.here() - base);
  for (const piece of layout.pieces) {
    const view = new DataView(bytes.buffer, piece.address - base, piece.size);
    located(piece.origin, () => piece.write(view, layout.resolve));
  }
  return bytes;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return Uint32Array.from({ length: padded.length / 4 }, (_, i) => view.getUint32(4 * i));
}

function originAt(layout: Layout, address: number): SourceLine | undefined {
  const { pieces } = layout;
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle].address + pieces[middle].size <= address) low = middle + 1;
    else high = middle;
  }
  const piece = pieces[low];
  if (piece === undefined || address < piece.address) return undefined;
  const { file, line, text, expanded } = piece.origin;
  return { file, line, text: expanded ?? text };
}

const hex = (address: number): string => `0x${address.toString(16)}`;

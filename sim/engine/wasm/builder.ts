import { OPCODES, type Opcode } from './opcodes.js';

/** A WebAssembly byte encoder: bytes, function bodies with labels instead of branch depths, modules. */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';
const TYPE_BYTE: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const NO_TYPE = 0x40;

export function valueTypeOf(byte: number): ValueType {
  return (Object.keys(TYPE_BYTE) as ValueType[]).find((type) => TYPE_BYTE[type] === byte)!;
}

/** A growing byte array with the integer encodings of WebAssembly. */
export class Bytes {
  private data = new Uint8Array(1024);
  length = 0;

  byte(value: number): void {
    if (this.length === this.data.length) this.grow(1);
    this.data[this.length++] = value;
  }

  bytes(values: ArrayLike<number>): void {
    this.grow(values.length);
    this.data.set(values, this.length);
    this.length += values.length;
  }

  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  signed(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest >= 0x40) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest >= 0x40n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  text(value: string): void {
    this.unsigned(value.length);
    for (let i = 0; i < value.length; i++) this.byte(value.charCodeAt(i));
  }

  /** Content with its size before it: sections, function bodies. */
  sized(content: Bytes): void {
    this.unsigned(content.length);
    this.bytes(content.view());
  }

  view(): Uint8Array {
    return this.data.subarray(0, this.length);
  }

  private grow(room: number): void {
    if (this.length + room <= this.data.length) return;
    const larger = new Uint8Array(Math.max(2 * this.data.length, this.length + room));
    larger.set(this.data.subarray(0, this.length));
    this.data = larger;
  }
}

export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** The local variables of one function, parameters first. Several bodies may share them and be joined later. */
export class Locals {
  private readonly types: ValueType[] = [];
  readonly parameters: readonly Local[];

  constructor(parameters: readonly ValueType[]) {
    this.parameters = parameters.map((type) => this.add(type));
  }

  add(type: ValueType): Local {
    this.types.push(type);
    return { index: this.types.length - 1, type };
  }

  declare(out: Bytes): void {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.types.slice(this.parameters.length)) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    out.unsigned(runs.length);
    for (const run of runs) {
      out.unsigned(run.count);
      out.byte(TYPE_BYTE[run.type]);
    }
  }
}

/** A place a branch can name: the end of a block or an if, the head of a loop. */
export interface Label {
  /** How many labels enclose it; -1 once it is closed. */
  level: number;
}

/**
 * Which way a branch mostly goes. Engines that know the branch hinting proposal keep the other way out of line, with what
 * it does to registers; others pass over the section that says so.
 */
export type Likelihood = 'likely' | 'unlikely';

/** The instructions of a function, or of a piece of one. */
export class Body {
  readonly code = new Bytes();
  /** Branches with a known likelihood, by ascending offset. */
  readonly hints: { readonly at: number; readonly hint: Likelihood }[] = [];
  private readonly open: Label[] = [];

  constructor(readonly locals: Locals) {}

  /** How many structures are open. */
  get level(): number {
    return this.open.length;
  }

  op(name: Opcode): void {
    const value = OPCODES[name];
    if (value < 0x100) {
      this.code.byte(value);
    } else if (value < 0x10000) {
      this.code.byte(0xfc);
      this.code.unsigned(value & 0xff);
    } else {
      this.code.byte(0xfd);
      this.code.unsigned(value & 0xfff);
    }
  }

  i32(value: number): void {
    this.code.byte(0x41);
    this.code.signed(value);
  }

  i64(value: bigint | number): void {
    this.code.byte(0x42);
    if (typeof value === 'number' && value === (value | 0)) this.code.signed(value);
    else this.code.signed64(BigInt(value));
  }

  /** A double given by its bits. */
  f64(bits: bigint): void {
    this.code.byte(0x44);
    for (let i = 0n; i < 64n; i += 8n) this.code.byte(Number((bits >> i) & 0xffn));
  }

  v128(bytes: readonly number[]): void {
    this.code.byte(0xfd);
    this.code.unsigned(12);
    this.code.bytes(bytes);
  }

  get(local: Local): void {
    this.code.byte(0x20);
    this.code.unsigned(local.index);
  }

  set(local: Local): void {
    this.code.byte(0x21);
    this.code.unsigned(local.index);
  }

  tee(local: Local): void {
    this.code.byte(0x22);
    this.code.unsigned(local.index);
  }

  /** An imported global, by its number. */
  getGlobal(index: number): void {
    this.code.byte(0x23);
    this.code.unsigned(index);
  }

  /** A load or store; `alignment` is the exponent of the promised alignment. */
  memory(name: Opcode, offset = 0, alignment = 0): void {
    this.op(name);
    this.code.unsigned(alignment);
    this.code.unsigned(offset);
  }

  /** A load or store of one lane. */
  memoryLane(name: Opcode, lane: number, offset = 0): void {
    this.memory(name, offset);
    this.code.byte(lane);
  }

  lane(name: Opcode, lane: number): void {
    this.op(name);
    this.code.byte(lane);
  }

  /** i8x16.shuffle: byte i of the result is byte bytes[i] of the two operands joined. */
  shuffle(bytes: readonly number[]): void {
    this.code.byte(0xfd);
    this.code.unsigned(13);
    this.code.bytes(bytes);
  }

  block(result?: ValueType): Label {
    return this.structure(0x02, result);
  }

  loop(result?: ValueType): Label {
    return this.structure(0x03, result);
  }

  /** `hint`: of the condition. */
  if(result?: ValueType, hint?: Likelihood): Label {
    this.mark(hint);
    return this.structure(0x04, result);
  }

  else(): void {
    this.code.byte(0x05);
  }

  /** Closes the innermost structure, which must be the one of `label`. */
  end(label: Label): void {
    if (this.open.pop() !== label)
      throw new Error('wasm builder: end of a structure that is not the innermost');
    label.level = -1;
    this.code.byte(0x0b);
  }

  br(label: Label): void {
    this.code.byte(0x0c);
    this.code.unsigned(this.depth(label));
  }

  brIf(label: Label, hint?: Likelihood): void {
    this.mark(hint);
    this.code.byte(0x0d);
    this.code.unsigned(this.depth(label));
  }

  brTable(labels: readonly Label[], otherwise: Label): void {
    this.code.byte(0x0e);
    this.code.unsigned(labels.length);
    for (const label of labels) this.code.unsigned(this.depth(label));
    this.code.unsigned(this.depth(otherwise));
  }

  call(functionIndex: number): void {
    this.code.byte(0x10);
    this.code.unsigned(functionIndex);
  }

  /** Appends a piece in which no structure is open. */
  append(piece: Body): void {
    if (piece.open.length > 0) throw new Error('wasm builder: appended piece has open structures');
    for (const { at, hint } of piece.hints) this.hints.push({ at: this.code.length + at, hint });
    this.code.bytes(piece.code.view());
  }

  /** Leaves nothing but zero bits on the stack. */
  zero(type: ValueType): void {
    if (type === 'v128') this.v128(new Array(16).fill(0));
    else if (type === 'i64') this.i64(0);
    else if (type === 'i32') this.i32(0);
    else throw new Error(`no zero of type ${type}`);
  }

  /** Of the branch that comes next. */
  hint(hint: Likelihood): void {
    this.mark(hint);
  }

  private mark(hint: Likelihood | undefined): void {
    if (hint !== undefined) this.hints.push({ at: this.code.length, hint });
  }

  private structure(opcode: number, result: ValueType | undefined): Label {
    this.code.byte(opcode);
    this.code.byte(result === undefined ? NO_TYPE : TYPE_BYTE[result]);
    const label = { level: this.open.length };
    this.open.push(label);
    return label;
  }

  private depth(label: Label): number {
    if (this.open[label.level] !== label) throw new Error('wasm builder: branch to a label that is not open');
    return this.open.length - 1 - label.level;
  }
}

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ImportedFunction extends Signature {
  readonly name: string;
}

export interface DefinedFunction extends Signature {
  /** Exported under this name. */
  readonly name: string;
  /** What profilers and stack traces call it. */
  readonly title?: string;
  readonly body: Body;
}

/**
 * A module that imports the memory `e.memory` (at least `memoryPages` pages of 64 KiB), functions and constant globals
 * of i32 from `e`, and exports its functions. Function indices count the imports first.
 */
export function encodeModule(
  memoryPages: number,
  imports: readonly ImportedFunction[],
  functions: readonly DefinedFunction[],
  globals: readonly string[] = [],
): Uint8Array {
  const out = new Bytes();
  out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const section = (id: number, count: number, fill: (content: Bytes) => void) => {
    const content = new Bytes();
    content.unsigned(count);
    fill(content);
    out.byte(id);
    out.sized(content);
  };
  const all: readonly Signature[] = [...imports, ...functions];
  section(1, all.length, (c) => {
    for (const { parameters, results } of all) {
      c.byte(0x60);
      for (const types of [parameters, results]) {
        c.unsigned(types.length);
        for (const type of types) c.byte(TYPE_BYTE[type]);
      }
    }
  });
  section(2, imports.length + globals.length + 1, (c) => {
    c.text('e');
    c.text('memory');
    c.bytes([2, 0]);
    c.unsigned(memoryPages);
    imports.forEach((f, type) => {
      c.text('e');
      c.text(f.name);
      c.byte(0);
      c.unsigned(type);
    });
    for (const name of globals) {
      c.text('e');
      c.text(name);
      c.bytes([3, TYPE_BYTE.i32, 0]);
    }
  });
  section(3, functions.length, (c) => {
    functions.forEach((_, i) => {
      c.unsigned(imports.length + i);
    });
  });
  section(7, functions.length, (c) => {
    functions.forEach((f, i) => {
      c.text(f.name);
      c.byte(0);
      c.unsigned(imports.length + i);
    });
  });
  if (functions.some(({ body }) => body.hints.length > 0)) out.bytes(hintSection(imports.length, functions));
  section(10, functions.length, (c) => {
    for (const f of functions) {
      const body = new Bytes();
      f.body.locals.declare(body);
      body.bytes(f.body.code.view());
      body.byte(0x0b);
      c.sized(body);
    }
  });
  if (functions.some(({ title }) => title !== undefined)) out.bytes(nameSection(imports.length, functions));
  return out.view().slice();
}

/** The custom section with the names of functions. */
function nameSection(imported: number, functions: readonly DefinedFunction[]): Uint8Array {
  const names = new Bytes();
  names.unsigned(functions.length);
  for (const [i, { name, title = name }] of functions.entries()) {
    names.unsigned(imported + i);
    names.text(title);
  }
  const content = new Bytes();
  content.text('name');
  content.byte(1);
  content.sized(names);
  return customSection(content);
}

/** The custom section of the branch hinting proposal; offsets count from where a function's locals are declared. */
function hintSection(imported: number, functions: readonly DefinedFunction[]): Uint8Array {
  const hinted = functions.flatMap(({ body }, i) => (body.hints.length > 0 ? [{ body, i }] : []));
  const content = new Bytes();
  content.text('metadata.code.branch_hint');
  content.unsigned(hinted.length);
  for (const { body, i } of hinted) {
    const declarations = new Bytes();
    body.locals.declare(declarations);
    content.unsigned(imported + i);
    content.unsigned(body.hints.length);
    for (const { at, hint } of body.hints) {
      content.unsigned(declarations.length + at);
      content.bytes([1, hint === 'likely' ? 1 : 0]);
    }
  }
  return customSection(content);
}

function customSection(content: Bytes): Uint8Array {
  const section = new Bytes();
  section.byte(0);
  section.sized(content);
  return section.view().slice();
}

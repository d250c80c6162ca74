import {
  type Body,
  type ImportedFunction,
  type Likelihood,
  type Local,
  type ValueType,
  valueTypeOf,
} from './builder.js';

/*
 * Functions of a compiled module, put in the place of calls: no engine does that by itself, and a call keeps no value in
 * a register of the host.
 */

/** A function as it stands in its module. */
export interface InlineFunction extends ImportedFunction {
  /** Local variables behind the parameters. */
  readonly locals: readonly ValueType[];
  readonly code: Uint8Array;
  /** Branches with a known likelihood, by offset in `code`. */
  readonly hints: ReadonlyMap<number, Likelihood>;
  /** What it calls, by number in its module: functions that the module exports. */
  readonly calls: ReadonlyMap<number, ImportedFunction>;
}

const SECTION = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 };
const HINTS = 'metadata.code.branch_hint';
const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
};
const LOCAL_GET = 0x20;
const LOCAL_TEE = 0x22;

/** Reads the encodings of a module. */
class Reader {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  byte(): number {
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 number; a signed one is passed over alike. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  list<T>(read: () => T): T[] {
    return Array.from({ length: this.number() }, read);
  }

  text(): string {
    return String.fromCharCode(...this.list(() => this.byte()));
  }

  /** Passes over the operands of an instruction that has no labels, locals or functions. */
  operands(op: number): void {
    if (op === 0xfd) return this.vectorOperands(this.number());
    if (op === 0xfc) throw new Error('inlining: an instruction that is not known');
    if (op >= 0x28 && op <= 0x3e) this.access();
    else if (op === 0x41 || op === 0x42) this.number();
    else if (op === 0x43 || op === 0x44) this.at += op === 0x43 ? 4 : 8;
    else if (op !== 0x1a && op !== 0x1b && (op < 0x45 || op > 0xc4))
      throw new Error(`inlining: instruction ${op}`);
  }

  private vectorOperands(op: number): void {
    if (op <= 11 || op === 92 || op === 93) this.access();
    else if (op === 12 || op === 13) this.at += 16;
    else if (op >= 21 && op <= 34) this.at++;
    else if (op >= 84 && op <= 91) {
      this.access();
      this.at++;
    }
  }

  private access(): void {
    this.number();
    this.number();
  }
}

/** The exported function of that name. */
export function inlineFunction(module: Uint8Array, name: string): InlineFunction {
  const sections = sectionsOf(module);
  const read = <T>(id: number, item: (r: Reader) => T): T[] => {
    const [r] = sections.get(id) ?? [];
    return r === undefined ? [] : r.list(() => item(r));
  };
  const types = read(SECTION.type, (r) => {
    r.byte();
    const values = () => r.list(() => valueTypeOf(r.byte()));
    return { parameters: values(), results: values() };
  });
  const imported = read(SECTION.import, (r) => {
    r.text();
    r.text();
    const kind = r.byte();
    if (kind !== 2) throw new Error('inlining: a module that imports more than its memory');
    const limits = r.byte();
    r.number();
    if ((limits & 1) !== 0) r.number();
  });
  if (imported.length !== 1) throw new Error('inlining: a module with imports');
  const typeOf = read(SECTION.function, (r) => types[r.number()]);
  const exported = read(SECTION.export, (r) => ({ name: r.text(), kind: r.byte(), index: r.number() }));
  const names = new Map(exported.filter(({ kind }) => kind === 0).map((e) => [e.index, e.name]));
  const index = exported.find((e) => e.name === name)!.index;
  const body = read(SECTION.code, (r) => {
    const length = r.number();
    const start = r.at;
    r.at += length;
    return r.bytes.subarray(start, start + length);
  })[index];
  const r = new Reader(body);
  const locals = r
    .list(() => ({ count: r.number(), type: valueTypeOf(r.byte()) }))
    .flatMap(({ count, type }) => Array.from({ length: count }, () => type));
  const declared = r.at;
  const calls = new Map<number, ImportedFunction>();
  const code = body.subarray(declared, -1);
  eachInstruction(code, (op, operand) => {
    if (op !== OP.call) return;
    const callee = names.get(operand);
    if (callee === undefined) throw new Error(`inlining: ${name} calls what is not exported`);
    calls.set(operand, { name: callee, ...typeOf[operand] });
  });
  const hints = new Map(hintsOf(sections, index).map(([at, likelihood]) => [at - declared, likelihood]));
  return { name, ...typeOf[index], locals, code, hints, calls };
}

function sectionsOf(module: Uint8Array): Map<number, Reader[]> {
  const sections = new Map<number, Reader[]>();
  for (const r = new Reader(module, 8); r.at < module.length; ) {
    const id = r.byte();
    const length = r.number();
    sections.set(id, [...(sections.get(id) ?? []), new Reader(module.subarray(r.at, r.at + length))]);
    r.at += length;
  }
  return sections;
}

/** Branch hints of a function, by offset from where its locals are declared. */
function hintsOf(sections: ReadonlyMap<number, Reader[]>, index: number): [number, Likelihood][] {
  const section = sections.get(SECTION.custom)?.find((r) => r.text() === HINTS);
  if (section === undefined) return [];
  const functions = section.list(() => ({ of: section.number(), hints: section.list(() => hint(section)) }));
  return functions.find(({ of }) => of === index)?.hints ?? [];
}

function hint(r: Reader): [number, Likelihood] {
  const at = r.number();
  // The size of what follows.
  r.number();
  return [at, r.byte() === 0 ? 'unlikely' : 'likely'];
}

/** Tells of each instruction its code, its first operand where that is a label, a local or a function, and its ends. */
function eachInstruction(
  code: Uint8Array,
  tell: (op: number, operand: number, from: number, to: number) => void,
): void {
  for (const r = new Reader(code); r.at < code.length; ) {
    const from = r.at;
    const op = r.byte();
    let operand = 0;
    if (op === OP.brTable) {
      for (let left = r.number() + 1; left > 0; left--) r.number();
    } else if ((op >= OP.block && op <= OP.if) || op === OP.br || op === OP.br + 1) operand = r.number();
    else if (op === OP.call || (op >= LOCAL_GET && op <= LOCAL_TEE)) operand = r.number();
    else if (op > OP.if + 1 && op !== OP.end && op !== OP.return) r.operands(op);
    tell(op, operand, from, r.at);
  }
}

/** Emits the function where its arguments are on the stack; `locals` are those it uses, parameters first. */
export function emitInline(
  body: Body,
  { code, hints, results, parameters, calls }: InlineFunction,
  locals: readonly Local[],
  indexOf: (called: ImportedFunction) => number,
): void {
  for (const [i] of [...parameters.entries()].reverse()) body.set(locals[i]);
  for (const local of locals.slice(parameters.length)) {
    body.zero(local.type);
    body.set(local);
  }
  const label = body.block(results[0]);
  let depth = 0;
  eachInstruction(code, (op, operand, from, to) => {
    if (op >= OP.block && op <= OP.if) depth++;
    if (op === OP.end) depth--;
    const hint = hints.get(from);
    if (hint !== undefined) body.hint(hint);
    if (op >= LOCAL_GET && op <= LOCAL_TEE) {
      body.code.byte(op);
      body.code.unsigned(locals[operand].index);
    } else if (op === OP.call) body.call(indexOf(calls.get(operand)!));
    else if (op === OP.return) {
      body.code.byte(OP.br);
      body.code.unsigned(depth);
    } else body.code.bytes(code.subarray(from, to));
  });
  body.end(label);
}

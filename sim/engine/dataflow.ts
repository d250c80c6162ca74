import { CA, CRF, CTR, FPR, FPSCR, GPR, LR, OV, SO, VR, VRSAVE, VSCR, XER_COUNT } from '../isa/registers.js';
import type { Fields, Row } from '../isa/row.js';
import type { Semantics, Spr32, Spr64 } from '../isa/semantics.js';
import type { AccessKind } from './event.js';

/**
 * What an instruction reads and writes, found by running its semantics on symbols: a value is the set of
 * registers it was made from. Register numbers are those of isa/registers.ts.
 *
 * Two implicit operands are left out because nothing waits for them: the rounding mode and status bits of
 * FPSCR in arithmetic, and NJ in vector arithmetic. Instructions that move FPSCR or VSCR name them.
 */

/**
 * Where a register's value goes: into an effective address, into memory, into a register (or a special
 * effect), or into a branch or trap (its condition, or the target taken from LR or CTR). One register may
 * have several roles.
 */
export type Role = 'address' | 'storeData' | 'value' | 'condition';

export interface Flow {
  /** In ascending order of register, then in the order of `Role`. */
  readonly reads: readonly { readonly reg: number; readonly role: Role }[];
  /**
   * In ascending order; `from` are the registers the written value was made from, `loaded` that memory had
   * part in it.
   */
  readonly writes: readonly {
    readonly reg: number;
    readonly from: readonly number[];
    readonly loaded: boolean;
  }[];
  readonly accesses: readonly { readonly kind: AccessKind; readonly size: number }[];
  readonly branch?: BranchFlow;
  readonly barrier?: string;
  readonly hint?: string;
  readonly traps: boolean;
  readonly systemCall: boolean;
  readonly illegal: boolean;
}

export interface BranchFlow {
  readonly kind: 'direct' | 'call' | 'return' | 'jump';
  /** False when it is taken whatever the registers hold. */
  readonly conditional: boolean;
  /** Of a direct branch: target address, or its distance from the branch. */
  readonly target?: { readonly relative: boolean; readonly value: number };
}

interface Symbol {
  readonly from: ReadonlySet<number>;
  readonly loaded: boolean;
}

const CONSTANT: Symbol = { from: new Set(), loaded: false };
const LOADED: Symbol = { from: new Set(), loaded: true };

function join(...values: Symbol[]): Symbol {
  const parts = values.filter((v) => v.from.size > 0 || v.loaded);
  if (parts.length === 0) return CONSTANT;
  if (parts.length === 1) return parts[0];
  return { from: new Set(parts.flatMap((v) => [...v.from])), loaded: parts.some((v) => v.loaded) };
}

const SPR64: Readonly<Record<Spr64, number>> = { lr: LR, ctr: CTR, vrsave: VRSAVE };
const SPR32: Readonly<Record<Spr32, number>> = {
  ca: CA,
  so: SO,
  ov: OV,
  xerCount: XER_COUNT,
  fpscr: FPSCR,
  vscr: VSCR,
};
const ROLES: readonly Role[] = ['address', 'storeData', 'value', 'condition'];

/** Operations whose result is made of all their symbol arguments and that do nothing else. */
const PURE = [
  'add',
  'sub',
  'mul',
  'mulHighS',
  'mulHighU',
  'divS',
  'divU',
  'and',
  'or',
  'xor',
  'shl',
  'shrU',
  'shrS',
  'rotl64',
  'rotl32',
  'clz64',
  'signExtend',
  'zeroExtend',
  'eq',
  'ltS',
  'ltU',
  'select',
  'add32',
  'and32',
  'or32',
  'xor32',
  'shl32',
  'shr32',
  'eqz32',
  'select32',
  'wrap',
  'widen',
  'i64',
  'i32',
  'timeBase',
  'fadd',
  'fsub',
  'fmul',
  'fdiv',
  'fsqrt',
  'fmadd',
  'fneg',
  'fabs',
  'frsp',
  'fcompare',
  'fgeZero',
  'fselect',
  'f64FromBits',
  'bitsOfF64',
  'f64FromI64',
  'i64FromF64',
  'freciprocalEstimate',
  'frsqrtEstimate',
  'v2',
  'v1',
  'vmadd',
  'vnmsub',
  'vselect',
  'vpermute',
  'vshuffle',
  'vconst',
  'vshiftPattern',
  'vfromInt',
  'vpackD3d',
  'vunpackD3d',
  'vallOnes',
  'vallZero',
  'vword3',
  'vfromWord3',
] as const satisfies readonly (keyof Semantics)[];

const isSymbol = (value: unknown): value is Symbol =>
  typeof value === 'object' && value !== null && (value as Symbol).from instanceof Set;

/** Makes a function that runs one instruction on symbols, uncached, as if it stood at `pc`. */
function newTrace(): (row: Row, fields: Fields, sf: boolean, pc: number) => Flow {
  let roles = new Map<number, Set<Role>>();
  let written = new Map<number, Symbol>();
  let accesses: { kind: AccessKind; size: number }[] = [];
  let rest: { branch?: BranchFlow; barrier?: string; hint?: string } = {};
  let effects = { traps: false, systemCall: false, illegal: false };

  const sink = (value: Symbol, role: Role) => {
    for (const reg of value.from) {
      const known = roles.get(reg);
      if (known === undefined) roles.set(reg, new Set([role]));
      else known.add(role);
    }
  };
  const read = (reg: number): Symbol => written.get(reg) ?? { from: new Set([reg]), loaded: false };
  const write = (reg: number, value: Symbol) => {
    sink(value, 'value');
    written.set(reg, value);
  };
  const touch = (kind: AccessKind, ea: Symbol, size: number): Symbol => {
    sink(ea, 'address');
    accesses.push({ kind, size });
    return LOADED;
  };
  const put = (kind: AccessKind, ea: Symbol, size: number, value: Symbol): Symbol => {
    sink(value, 'storeData');
    return touch(kind, ea, size);
  };

  const operations: Record<string, unknown> = {
    gpr: (n: number) => read(GPR + n),
    setGpr: (n: number, value: Symbol) => write(GPR + n, value),
    fpr: (n: number) => read(FPR + n),
    setFpr: (n: number, value: Symbol) => write(FPR + n, value),
    vr: (n: number) => read(VR + n),
    setVr: (n: number, value: Symbol) => write(VR + n, value),
    crf: (n: number) => read(CRF + n),
    setCrf: (n: number, value: Symbol) => write(CRF + n, value),
    spr64: (name: Spr64) => read(SPR64[name]),
    setSpr64: (name: Spr64, value: Symbol) => write(SPR64[name], value),
    spr32: (name: Spr32) => read(SPR32[name]),
    setSpr32: (name: Spr32, value: Symbol) => write(SPR32[name], value),

    load: (ea: Symbol, size: number) => touch('load', ea, size),
    store: (ea: Symbol, size: number, value: Symbol) => put('store', ea, size, value),
    loadReversed: (ea: Symbol, size: number) => touch('load', ea, size),
    storeReversed: (ea: Symbol, size: number, value: Symbol) => put('store', ea, size, value),
    loadF32: (ea: Symbol) => touch('load', ea, 4),
    storeF32: (ea: Symbol, value: Symbol) => put('store', ea, 4, value),
    loadV: (ea: Symbol) => touch('load', ea, 16),
    storeV: (ea: Symbol, value: Symbol) => put('store', ea, 16, value),
    loadVLeft: (ea: Symbol) => touch('load', ea, 16),
    loadVRight: (ea: Symbol) => touch('load', ea, 16),
    storeVLeft: (ea: Symbol, value: Symbol) => put('store', ea, 16, value),
    storeVRight: (ea: Symbol, value: Symbol) => put('store', ea, 16, value),
    storeVElement: (ea: Symbol, size: number, value: Symbol) => put('store', ea, size, value),
    loadReserve: (ea: Symbol, size: number) => touch('loadReserve', ea, size),
    storeConditional: (ea: Symbol, size: number, value: Symbol) => put('storeConditional', ea, size, value),
    cacheHint: (kind: AccessKind, ea: Symbol) => void touch(kind, ea, 0),
    zeroBlock: (ea: Symbol, bytes: number) => void touch('zero', ea, bytes),
    barrier: (kind: string) => {
      rest.barrier = kind;
    },
    threadHint: (kind: string) => {
      rest.hint = kind;
    },

    branch: (cond: Symbol, target: number) => {
      sink(cond, 'condition');
      rest.branch = {
        kind: 'direct',
        conditional: cond.from.size > 0,
        target: { relative: false, value: target },
      };
    },
    branchIndirect: (cond: Symbol, target: Symbol, kind: BranchFlow['kind']) => {
      sink(cond, 'condition');
      sink(target, 'condition');
      rest.branch = { kind, conditional: cond.from.size > 0 };
    },
    systemCall: () => {
      effects.systemCall = true;
    },
    trap: (cond: Symbol) => {
      sink(cond, 'condition');
      effects.traps = true;
    },
    illegal: () => {
      effects.illegal = true;
    },

    vsat: (_: string, a: Symbol, b: Symbol) => ({ value: join(a, b), saturated: join(a, b) }),
    vtoInt: (a: Symbol) => ({ value: a, saturated: a }),
  };
  for (const name of PURE) operations[name] = (...args: unknown[]) => join(...args.filter(isSymbol));

  return (row, fields, sf, pc) => {
    [roles, written, accesses, rest] = [new Map(), new Map(), [], {}];
    effects = { traps: false, systemCall: false, illegal: false };
    operations.sf = sf;
    operations.pc = pc;
    row.exec(operations as unknown as Semantics, fields);
    const reads = [...roles.entries()]
      .sort(([a], [b]) => a - b)
      .flatMap(([reg, set]) => ROLES.filter((role) => set.has(role)).map((role) => ({ reg, role })));
    const writes = [...written.entries()]
      .sort(([a], [b]) => a - b)
      .map(([reg, { from, loaded }]) => ({ reg, from: [...from].sort((a, b) => a - b), loaded }));
    return { reads, writes, accesses, ...rest, ...effects };
  };
}

/** Its operations are many, so they are made once. */
const trace = newTrace();

const SOMEWHERE = 0x1000_0000;
const ELSEWHERE = 0x1800_0000;

/** Whether the target, of a flow from SOMEWHERE, moves with the instruction tells relative from absolute. */
function locate(row: Row, fields: Fields, sf: boolean, flow: Flow): Flow {
  if (flow.branch?.target === undefined) return flow;
  const here = flow.branch.target.value;
  const relative = here !== trace(row, fields, sf, ELSEWHERE).branch!.target!.value;
  const value = relative ? (here - SOMEWHERE) | 0 : here;
  return { ...flow, branch: { ...flow.branch, target: { relative, value } } };
}

const known = new WeakMap<Row, Map<string, Flow>>();

/**
 * Cached by row, field values and mode; `pc` is accepted for the caller's convenience and changes nothing.
 */
export function dataflow(row: Row, fields: Fields, at: { readonly sf: boolean; readonly pc?: number }): Flow {
  let flows = known.get(row);
  if (flows === undefined) {
    flows = new Map();
    known.set(row, flows);
  }
  const key = `${at.sf ? 64 : 32}:${Object.values(fields).join()}`;
  let flow = flows.get(key);
  if (flow === undefined) {
    flow = locate(row, fields, at.sf, trace(row, fields, at.sf, SOMEWHERE));
    flows.set(key, flow);
  }
  return flow;
}

/** Where a direct branch at `pc` goes when taken, undefined when the target is in a register. */
export function branchTarget(branch: BranchFlow, pc: number): number | undefined {
  if (branch.target === undefined) return undefined;
  return (branch.target.relative ? pc + branch.target.value : branch.target.value) >>> 0;
}

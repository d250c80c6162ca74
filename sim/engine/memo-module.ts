import { GPR } from '../isa/registers.js';
import { withConstants } from '../memory/wasm-constants.js';
import type { CoreTiming } from '../timing/core-timing.js';
import { code, places } from '../timing/records/module.js';
import { PAUSE_BYTES } from '../timing/records/tables.js';
import {
  CTX,
  MEMO,
  MEMO_CONTEXT,
  MEMO_ENTERED,
  MEMO_ENTERED_PLACES,
  MEMO_PAUSES,
  MEMO_PAUSES_PLACES,
  MEMO_TABLE,
  MEMO_TABLE_SETS,
} from './context.js';
import type { ImportedFunction, ValueType } from './wasm/builder.js';
import { WOVEN_IMPORTS } from './weave-calls.js';

/* What bodies with records call: functions of timing/records/index.ts and of the host. */

const words = (count: number): ValueType[] => Array.from({ length: count }, () => 'i32');

export const MEMO_IMPORTS: readonly ImportedFunction[] = [
  { name: 'remember', parameters: words(4), results: words(1) },
  { name: 'settle', parameters: words(3), results: [] },
  { name: 'recent', parameters: words(3), results: words(1) },
  { name: 'awaitLine', parameters: words(5), results: words(1) },
  { name: 'memoDelayed', parameters: words(3), results: words(1) },
  { name: 'enter', parameters: words(2), results: words(1) },
  { name: 'memoNext', parameters: words(4), results: words(1) },
  { name: 'memoLeave', parameters: words(5), results: [] },
];
export const [REMEMBER, SETTLE, RECENT, AWAIT_LINE, DELAYED, ENTER, NEXT, LEAVE] = MEMO_IMPORTS.map(
  (_, i) => WOVEN_IMPORTS.length + i,
);
const wovenImport = (name: string): number => WOVEN_IMPORTS.findIndex((known) => known.name === name);
export const PREFETCH = wovenImport('prefetch');
export const LOAD_MISS = wovenImport('loadMiss');

/** Where it stands what is known of looking for records at a block. */
export const pauseOf = (ref: number): number =>
  MEMO_PAUSES + PAUSE_BYTES * ((Math.imul(ref, 0x61c8_8647) >>> 16) & (MEMO_PAUSES_PLACES - 1));

/** What timing/records/index.ts calls. */
export interface MemoHost {
  make(context: number, ref: number): number;
  measureLate(record: number, cut: number, late: number): void;
  makeLate(record: number, cut: number, late: number): number;
  follow(context: number, ref: number): number;
}

/** What it exports, besides what only translated code calls. */
export interface MemoModule {
  readonly begun: WebAssembly.Global;
  settle(context: number, record: number, s: number): void;
  settleUp(context: number, cost: number): void;
}

const compiled = new Map<string, WebAssembly.Module>();

/** `always`: records are made and taken up wherever a thread can. */
export function memoModule(
  memory: WebAssembly.Memory,
  core: CoreTiming,
  always: boolean,
  host: MemoHost,
): WebAssembly.Exports & MemoModule {
  const key = `${always} ${core.addressExtra}`;
  let module = compiled.get(key);
  if (module === undefined) {
    module = new WebAssembly.Module(withConstants(code, places, numbersOf(core, always)));
    compiled.set(key, module);
  }
  const instance = new WebAssembly.Instance(module, { env: { memory }, host: { ...host } });
  return instance.exports as WebAssembly.Exports & MemoModule;
}

const numbersOf = (core: CoreTiming, always: boolean): Readonly<Record<string, number>> => ({
  ...CTX,
  addressRegisters: GPR + 32,
  addressMargin: 2 * core.addressExtra,
  memoRecord: MEMO_CONTEXT + MEMO.record,
  memoBegun: MEMO_CONTEXT + MEMO.begun,
  memoPause: MEMO_CONTEXT + MEMO.pause,
  memoShift: MEMO_CONTEXT + MEMO.shift,
  table: MEMO_TABLE,
  tableMask: MEMO_TABLE_SETS - 1,
  entered: MEMO_ENTERED,
  enteredMask: MEMO_ENTERED_PLACES - 1,
  always: always ? 1 : 0,
});

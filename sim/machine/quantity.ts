import type { NumberParam, Param } from './record.js';

/** How many of a record's unit one of the written suffix makes; '' is a bare number. */
const SUFFIXES: Readonly<Record<NumberParam['unit'], Readonly<Record<string, number>>>> = {
  cycles: { '': 1, cycles: 1, cycle: 1 },
  ns: { '': 1, ns: 1, us: 1e3, ms: 1e6, s: 1e9 },
  tCK: { '': 1, tCK: 1 },
  B: { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 },
  GHz: { '': 1, GHz: 1, MHz: 1e-3 },
  MHz: { '': 1, MHz: 1, GHz: 1e3 },
  'GB/s': { '': 1, 'GB/s': 1, 'MB/s': 1e-3 },
  'MB/s': { '': 1, 'MB/s': 1, 'GB/s': 1e3 },
  '%': { '': 1, '%': 1 },
  count: { '': 1 },
};

const FLAG_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** What may be written for a record, for messages. */
export function allowed(param: Param): string {
  if (param.unit === 'flag') return 'true or false';
  if (param.unit === 'choice') return `one of ${param.choices.join(', ')}`;
  const suffixes = Object.keys(SUFFIXES[param.unit]).filter((suffix) => suffix !== '');
  if (param.unit === 'cycles') suffixes.push('ns', 'us');
  const kind = wholeUnit(param) ? 'a whole number' : 'a number';
  const range = param.low === param.high ? '' : `; sources allow ${param.low} to ${param.high}`;
  return `${kind}${suffixes.length > 0 ? ` with ${suffixes.join(', ')} or in ${unitWords(param)}` : ''}${range}`;
}

const unitWords = (param: NumberParam): string => (param.unit === 'B' ? 'bytes' : param.unit);

const wholeUnit = (param: NumberParam): boolean => param.unit === 'B' || param.unit === 'count';

/**
 * Reads the text of a value in the unit of a record: '2MiB', '3.192 GHz', '10cycles', '12ns', 'open', 'true'.
 * `clockGHz` turns times into cycles. Undefined where the text says nothing the record could hold.
 */
export function parseQuantity(
  param: Param,
  text: string,
  clockGHz: number,
): number | boolean | string | undefined {
  const trimmed = text.trim();
  if (param.unit === 'flag') return FLAG_WORDS[trimmed];
  if (param.unit === 'choice') return param.choices.find((candidate) => candidate === trimmed);
  const match = /^([-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?|0x[\da-f]+)\s*([a-z/%]*)$/i.exec(trimmed);
  if (match === null) return undefined;
  const amount = Number(match[1].replaceAll('_', ''));
  const factor = suffixFactor(param, match[2], clockGHz);
  if (factor === undefined || !Number.isFinite(amount)) return undefined;
  // 0.1 + 0.2 should read as 0.3: twelve digits are more than any source has.
  const value = Number((amount * factor).toPrecision(12));
  if (wholeUnit(param) && !Number.isInteger(value)) return undefined;
  if (value < 0 && param.low >= 0) return undefined;
  return value;
}

function suffixFactor(param: NumberParam, suffix: string, clockGHz: number): number | undefined {
  if (param.unit === 'cycles' && SUFFIXES.ns[suffix] !== undefined && suffix !== '') {
    return SUFFIXES.ns[suffix] * clockGHz;
  }
  return SUFFIXES[param.unit][suffix];
}

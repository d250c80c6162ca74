import { format } from 'd3';

/** Numbers as text for people; the same number always reads the same. */

/** No line break between a number and its unit. */
export const NB = '\u00a0';

const group = format(',.0f');
const fixed: readonly ((n: number) => string)[] = [0, 1, 2, 3].map((digits) => format(`,.${digits}f`));

/** Whole number with thousands separators. */
export const count = (n: number): string => (Number.isFinite(n) ? group(n) : '–');

/** With one decimal and thousands separators. */
export const tenths = fixed[1];

/** About three significant digits, never in exponent form between 0.001 and 1e6. */
export function number3(n: number): string {
  if (!Number.isFinite(n)) return '–';
  const size = Math.abs(n);
  if (size === 0) return '0';
  if (size >= 99.95) return group(n);
  if (size >= 9.995) return fixed[1](n);
  if (size >= 0.9995) return fixed[2](n);
  if (size >= 0.00095) return fixed[3](n);
  return n.toExponential(1);
}

/** A scale for numbers of one kind: what to multiply with, and what to call it. */
export interface Scale {
  readonly factor: number;
  readonly unit: string;
}

const pick = (
  value: number,
  steps: readonly (readonly [from: number, factor: number, unit: string])[],
): Scale => {
  const found = steps.find(([from]) => Math.abs(value) >= from) ?? steps[steps.length - 1];
  return { factor: found[1], unit: found[2] };
};

export const timeScale = (seconds: number): Scale =>
  seconds === 0
    ? { factor: 1, unit: 's' }
    : pick(seconds, [
        [0.9995, 1, 's'],
        [0.9995e-3, 1e3, 'ms'],
        [0.9995e-6, 1e6, 'µs'],
        [0, 1e9, 'ns'],
      ]);

export const byteScale = (bytes: number): Scale =>
  pick(bytes, [
    [0.995 * 2 ** 30, 2 ** -30, 'GiB'],
    [0.995 * 2 ** 20, 2 ** -20, 'MiB'],
    [0.995 * 2 ** 10, 2 ** -10, 'KiB'],
    [0, 1, 'B'],
  ]);

/** Unit is empty or a word: `million`. */
export const countScale = (n: number): Scale =>
  pick(n, [
    [0.9995e9, 1e-9, 'billion'],
    [0.9995e6, 1e-6, 'million'],
    [0.9995e3, 1e-3, 'thousand'],
    [0, 1, ''],
  ]);

const scaled = (value: number, { factor, unit }: Scale): string =>
  `${number3(value * factor)}${NB}${unit}`.trimEnd();

export const duration = (seconds: number): string =>
  Number.isFinite(seconds) ? scaled(seconds, timeScale(seconds)) : '–';
export const bytes = (n: number): string => (Number.isFinite(n) ? scaled(n, byteScale(n)) : '–');
/** `1.23 billion`. */
export const bigCount = (n: number): string => scaled(n, countScale(n));

/** `12.3 %` of a whole; a dash where there is no whole. */
export function percent(part: number, whole: number): string {
  const share = (100 * part) / whole;
  if (!Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.05) return `<${NB}0.1${NB}%`;
  return `${fixed[1](share)}${NB}%`;
}

/** A share in per cent within a sentence: `12.3 %`; what cannot be told from nothing is `less than 0.1 %`. */
export const shareText = (percent: number): string =>
  Math.abs(percent) < 0.05 ? `less than 0.1${NB}%` : `${fixed[1](percent)}${NB}%`;

/** Cycles per instruction; a dash where no instruction was counted. */
export const cpi = (cycles: number, instructions: number): string =>
  instructions === 0 ? '–' : fixed[2](cycles / instructions);

/** A number of the machine with its unit; what is counted or chosen has none. */
export const withUnit = (value: number | string | boolean, unit: string): string =>
  ['flag', 'choice', 'count'].includes(unit) ? String(value) : `${value} ${unit}`;

export const plural = (n: number, word: string): string => `${count(n)} ${word}${n === 1 ? '' : 's'}`;

/** `0x1234_5678`-like address without separators, eight digits. */
export const address = (n: number): string => `0x${n.toString(16).padStart(8, '0')}`;

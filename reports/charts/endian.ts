import { max } from 'd3';
import { byteScale, bytes, duration, number3, timeScale } from '../format.js';
import type { EndianComparison } from '../results.js';
import { panelsChart, type Segment } from './panels.js';

/** The way to the first token in parts that add up to it, in seconds. */
export interface FirstToken {
  readonly read: number;
  /** Conversion that is not hidden behind reading. */
  readonly convert: number;
  readonly otherLoad: number;
  /** The forward passes of the prompt, from the end of loading to the first token. */
  readonly prompt: number;
}

export function firstTokenParts(c: EndianComparison): FirstToken {
  const read = Math.min(c.deviceReadSeconds, c.loadSeconds);
  const convert = Math.min(c.convertSeconds, c.loadSeconds - read);
  const rest = c.loadSeconds - read - convert;
  return {
    read,
    convert,
    otherLoad: rest > 1e-9 * c.loadSeconds ? rest : 0,
    prompt: Math.max(0, c.timeToFirstTokenSeconds - c.loadSeconds),
  };
}

const PARTS = [
  { key: 'read', label: 'device read', style: 'c6' },
  { key: 'convert', label: 'conversion', style: 'c1' },
  { key: 'otherLoad', label: 'other loading', style: 'c4' },
  { key: 'prompt', label: 'prompt', style: 'c5' },
] as const;

/** Endian strategies: time to the first token by part, tokens per second, peak memory. */
export function endianChart(comparison: readonly EndianComparison[], width: number): string {
  const time = timeScale(max(comparison, (c) => c.timeToFirstTokenSeconds) ?? 0);
  const memory = byteScale(max(comparison, (c) => c.peakMemoryBytes) ?? 0);
  const parts = comparison.map(firstTokenParts);
  const shown = PARTS.filter(({ key }) => parts.some((p) => p[key] > 0));
  return panelsChart(
    {
      name: 'endian',
      title: 'Endian strategies: time to first token, tokens per second, peak memory',
      description: comparison.map(sentence).join('; '),
      rows: comparison.map((c) => c.strategy),
      legend: shown.map(({ label, style }) => ({ label, swatches: [{ style }] })),
      panels: [
        {
          title: `time to first token (${time.unit})`,
          factor: time.factor,
          bars: comparison.map((c, i) => ({
            segments: shown.map(
              ({ key, label, style }): Segment => ({
                value: parts[i][key],
                style,
                tip: `${c.strategy}, ${label}: ${duration(parts[i][key])}${hidden(key, c, parts[i])}`,
              }),
            ),
            label: number3(c.timeToFirstTokenSeconds * time.factor),
          })),
        },
        {
          title: 'tokens per second',
          bars: comparison.map((c) =>
            one(
              c.tokensPerSecond,
              'c0',
              number3(c.tokensPerSecond),
              `${c.strategy}: ${number3(c.tokensPerSecond)} tokens per second`,
            ),
          ),
        },
        {
          title: `peak memory (${memory.unit})`,
          factor: memory.factor,
          bars: comparison.map((c) =>
            one(
              c.peakMemoryBytes,
              'c2',
              number3(c.peakMemoryBytes * memory.factor),
              `${c.strategy}: peak memory ${bytes(c.peakMemoryBytes)}`,
            ),
          ),
        },
      ],
    },
    width,
  );
}

const one = (value: number, style: string, label: string, tip: string) => ({
  segments: [{ value, style, tip }],
  label,
});

/** Conversion behind the reading of the next piece costs no time of its own: said, not drawn. */
function hidden(key: keyof FirstToken, c: EndianComparison, { convert }: FirstToken): string {
  const seconds = c.convertSeconds - convert;
  return key === 'convert' && seconds > 1e-9 ? ` (and ${duration(seconds)} hidden behind reading)` : '';
}

const sentence = (c: EndianComparison): string =>
  `${c.strategy}: first token after ${duration(c.timeToFirstTokenSeconds)} ` +
  `(device read ${duration(c.deviceReadSeconds)}, conversion ${duration(c.convertSeconds)}), ` +
  `${number3(c.tokensPerSecond)} tokens per second, peak memory ${bytes(c.peakMemoryBytes)}`;

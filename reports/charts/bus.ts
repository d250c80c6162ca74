import { sum } from 'd3';
import { bytes, NB, number3, percent } from '../format.js';
import type { PositionCost, Simulated } from '../results.js';
import { panelsChart } from './panels.js';
import { isDecode } from './positions.js';

export interface PhaseTraffic {
  readonly phase: 'prompt' | 'decode' | 'all positions';
  readonly positions: number;
  readonly bytesPerToken: number;
  /** Bytes read a second, in GB/s (1e9 bytes). */
  readonly gigabytesPerSecond: number;
}

/** What the run read from memory in each of its phases. */
export function trafficByPhase(positions: readonly PositionCost[], promptTokens: number): PhaseTraffic[] {
  const phase = (name: PhaseTraffic['phase'], chosen: readonly PositionCost[]): PhaseTraffic[] => {
    const read = sum(chosen, (p) => p.dramReadBytes);
    const seconds = sum(chosen, (p) => p.seconds);
    if (chosen.length === 0 || seconds === 0) return [];
    return [
      {
        phase: name,
        positions: chosen.length,
        bytesPerToken: read / chosen.length,
        gigabytesPerSecond: read / seconds / 1e9,
      },
    ];
  };
  return [
    ...phase(
      'prompt',
      positions.filter((p) => !isDecode(p.position, promptTokens)),
    ),
    ...phase(
      'decode',
      positions.filter((p) => isDecode(p.position, promptTokens)),
    ),
    ...phase('all positions', positions),
  ];
}

/** Read peak of the front-side bus in GB/s, from the run's own figures; undefined where nothing was read. */
export const busPeak = (s: Simulated): number | undefined =>
  s.readPercentOfPeak > 0 ? (100 * s.readGBPerSecond) / s.readPercentOfPeak : undefined;

/** Bytes read per token and per second, against what the bus could carry. */
export function busChart(
  simulated: Simulated,
  positions: readonly PositionCost[],
  promptTokens: number,
  width: number,
): string {
  const phases = trafficByPhase(positions, promptTokens);
  const peak = busPeak(simulated);
  const share = (p: PhaseTraffic) => (peak === undefined ? [] : [percent(p.gigabytesPerSecond, peak)]);
  const rate = (p: PhaseTraffic) => `${number3(p.gigabytesPerSecond)}${NB}GB/s`;
  const label = (p: PhaseTraffic) => [rate(p), ...share(p), `${bytes(p.bytesPerToken)}/token`].join(' · ');
  const brief = (p: PhaseTraffic) => share(p)[0] ?? rate(p);
  return panelsChart(
    {
      name: 'bus',
      title: 'Memory reads against the bus',
      description:
        phases.map((p) => `${p.phase}: ${label(p)}`).join('; ') +
        (peak === undefined ? '' : `; the bus carries at most ${number3(peak)} GB/s of reads`),
      rows: phases.map((p) => p.phase),
      panels: [
        {
          title: 'read from memory (GB/s)',
          limit:
            peak === undefined
              ? undefined
              : { value: peak, label: `read peak of the bus ${number3(peak)} GB/s` },
          bars: phases.map((p) => ({
            segments: [
              {
                value: p.gigabytesPerSecond,
                style: p.phase === 'all positions' ? 'c6' : 'c0',
                tip: `${p.phase}, ${p.positions} positions: ${label(p)}`,
              },
            ],
            label: width < 500 ? brief(p) : label(p),
          })),
        },
      ],
    },
    width,
  );
}

import type { OpenFile } from '../../sim/linux/file-system.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { capturedOutput } from '../node/standard-streams.js';
import { type ExecRequest, type ExecResult, execute } from './execute.js';

/** What one number of the machine costs a program: cycles as it is, less cycles with another value. */
export interface WhatIf {
  readonly override: string;
  /** Of the region of interest if there is one. */
  readonly cycles: number;
  readonly saved: number;
  /** `saved` as a share of the cycles as it is. */
  readonly share: number;
}

/** Refuses overrides that do not exist, before anything runs. */
export function checkOverrides(machine: string, overrides: readonly string[]): void {
  for (const one of overrides) applyOverrides(presetNamed(machine), [one]);
}

/** Runs the program again for each override, with the input that it read the first time and its output unseen. */
export function whatIf(
  request: ExecRequest,
  result: ExecResult,
  input: RecordedInput,
  overrides: readonly string[],
): WhatIf[] {
  const measured = ({ roi, simulated }: ExecResult) => (roi ?? simulated).cycles ?? 0;
  const base = measured(result);
  return overrides.map((override) => {
    const again = execute({
      ...request,
      overrides: [...request.overrides, override],
      standard: [input.replay(), capturedOutput(), capturedOutput()],
      profile: false,
      say: () => {},
    });
    const cycles = measured(again);
    return { override, cycles, saved: base - cycles, share: base === 0 ? 0 : (base - cycles) / base };
  });
}

/** An input that remembers what was read from it. */
export interface RecordedInput extends OpenFile {
  /** The same bytes in the same pieces. */
  replay(): OpenFile;
}

export function recordedInput(source: OpenFile): RecordedInput {
  const pieces: Uint8Array[] = [];
  const base: OpenFile = { ...source };
  return {
    ...base,
    read: (into, position) => {
      const count = source.read(into, position);
      pieces.push(into.slice(0, count));
      return count;
    },
    replay: () => {
      let next = 0;
      return {
        ...base,
        read: (into) => {
          const piece = pieces[next++] ?? new Uint8Array(0);
          into.set(piece);
          return piece.length;
        },
      };
    },
  };
}

import { leaves, type Param } from './record.js';
import type { MachineConfig } from './xbox360.js';

/** One line of a machine's listing. */
export interface Described {
  readonly path: string;
  readonly value: number | boolean | string;
  readonly unit: string;
  readonly source: string;
  readonly grade: string;
  readonly low?: number;
  readonly high?: number;
  readonly choices?: readonly (boolean | string)[];
  readonly distribution: string;
  /** Nothing in the simulator depends on it. */
  readonly recorded?: true;
  /** Of a tuned value: what it was before it was compared with measured figures. */
  readonly untuned?: number | boolean;
  readonly note?: string;
}

/** Every number of a machine with its origin, in the order of the tree; plain JSON data. */
export function describeMachine(machine: MachineConfig): Described[] {
  return leaves(machine).map(({ path, param }) => ({ path, ...param }));
}

/** The listing as text: path, value with unit, range, grade, source, note. */
export function describeText(machine: MachineConfig): string {
  const rows = leaves(machine).map(({ path, param }) => [
    path,
    `${param.value}${['flag', 'choice', 'count'].includes(param.unit) ? '' : ` ${param.unit}`}`,
    rangeText(param),
    param.grade,
    param.source,
    noteText(param),
  ]);
  const head = ['path', 'value', 'range', 'grade', 'source', 'note'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function noteText(param: Param): string {
  const tuned = 'untuned' in param && param.untuned !== undefined ? [`tuned, was ${param.untuned}`] : [];
  return [
    ...tuned,
    ...(param.recorded ? ['only recorded'] : []),
    ...(param.note === undefined ? [] : [param.note]),
  ].join('; ');
}

function rangeText(param: Param): string {
  if ('low' in param) return param.low === param.high ? '' : `${param.low}..${param.high}`;
  return param.choices.length > 1 ? param.choices.join('|') : '';
}

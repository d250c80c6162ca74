import type { CodeUnit } from '../../models/code.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { Region } from '../../sim/memory/pool.js';
import type { MemoryView } from '../../sim/observe/memory-view.js';
import type { StallTable } from '../../sim/observe/stall-table.js';
import type { Occupancy } from './memory-view.js';
import type { RunTimeline, TimelineSite } from './run-timeline.js';
import type { Watch } from './watch.js';

/** Where a run tells what it does while it does it. */
export interface RunObserver {
  /** Text as it is generated, the prompt included. */
  onText?(piece: string): void;
  /** A line on how far it is; called often, build the text only when asked. */
  onProgress?(text: () => string): void;
  onMessage?(text: string): void;
  /** Asked after each position; the run ends there if the answer is no. */
  goesOn?(): boolean;
  /** What there is to see after a detailed run; asking for it slows the run down. */
  onSeen?(seen: SeenRun): void;
  /** With `onSeen`: who else looks on, for a program with these call sites. */
  watching?(sites: readonly TimelineSite[]): Pick<Seeing, 'watch' | 'timeline'>;
}

export interface SeenRun {
  readonly stalls: StallTable;
  readonly code: readonly CodeUnit[];
  /** Guest memory, physical address 0 first. */
  readonly bytes: Uint8Array;
  readonly machine: Machine;
  readonly timeline: RunTimeline | undefined;
  /** All threads' latest time. */
  readonly cycles: number;
  readonly regions: readonly Region[];
}

/** What a run is looked at with. */
export interface Seeing {
  readonly stalls?: StallTable;
  /** The rest only with `stalls`. */
  readonly watch?: Watch;
  readonly timeline?: RunTimeline;
  readonly occupancy?: Occupancy;
  readonly view?: MemoryView;
}

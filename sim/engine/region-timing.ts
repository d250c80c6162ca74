import type { PointAllocator } from '../observe/woven-points.js';
import type { CoreTiming } from '../timing/core-timing.js';
import type { IssuePlan } from '../timing/plan.js';
import type { MemoRegion } from './memo-plan.js';
import type { Instruction } from './regions.js';

/** Why translated code returned. The thread's pc says where to go on. */
export const LEFT = {
  /** Control went to code outside the region. */
  branch: 0,
  /** A yield point, with the budget used up. */
  yield: 1,
  /** The evaluator must execute the next instruction. */
  single: 2,
  /** The next instruction must run in time order among all threads. */
  sync: 3,
} as const;

/** How the instructions of a region issue: makes translated code keep time. */
export interface RegionTiming {
  readonly core: CoreTiming;
  plan(instruction: Instruction): IssuePlan;
  /** Makes translated code count where its time goes. */
  readonly points?: PointAllocator;
  /** Blocks whose timing may be taken from records, by their numbers plus one. */
  readonly memo?: MemoRegion;
}

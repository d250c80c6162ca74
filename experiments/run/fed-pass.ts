import type { SavedXenon } from '../../sim/machine/xenon.js';
import type { PassCost } from './pass-cost.js';

/** A forward pass: its first position, what each of its positions is fed, and whether it draws the next token. */
export interface FedPass {
  readonly position: number;
  readonly tokens: readonly number[];
  readonly draws: boolean;
}

/** Which passes of a run are timed, by their first position; the others only keep the caches warm. */
export interface Sampling {
  isMeasured(position: number): boolean;
  note(pass: FedPass, cost: PassCost): void;
}

/** All of a machine but its guest memory, which forward passes over the same tokens leave as it is. */
export interface Moment {
  readonly xenon: SavedXenon;
  readonly state: Uint8Array;
}

import type { Result, TimedEvent } from './plan.js';

/** What a wait of the issue slot, or of an entry of the vector queue, is for; `which` says which one. */
export type WaitFor =
  /** `which`: the register. */
  | 'register'
  /** The entry of the vector queue's ring that must issue first. */
  | 'vectorQueue'
  /** The entry of the store queue's ring that must leave first. */
  | 'storeQueue'
  /** The entry of the table of recent stores. */
  | 'loadHitStore'
  /** The pipe of the vector queue: arithmetic or permute. */
  | 'arithmetic'
  | 'permute'
  /** The store before, which leaves the queue first. */
  | 'lastDrain'
  | 'missSlots'
  | 'translation'
  /** dcbz, dcbf. */
  | 'line'
  | 'misaligned';

export type ClosedBy = 'block' | 'hint' | 'fence' | 'taken' | 'mispredict';

/** Several observers as one. */
export function allObservers(observers: readonly TimingObserver[]): TimingObserver {
  return {
    fetched: (...given) => {
      for (const o of observers) o.fetched(...given);
    },
    begin: (...given) => {
      for (const o of observers) o.begin(...given);
    },
    waited: (...given) => {
      for (const o of observers) o.waited(...given);
    },
    delayed: (...given) => {
      for (const o of observers) o.delayed(...given);
    },
    queued: (...given) => {
      for (const o of observers) o.queued(...given);
    },
    stored: (...given) => {
      for (const o of observers) o.stored(...given);
    },
    produced: (...given) => {
      for (const o of observers) o.produced(...given);
    },
    closed: (...given) => {
      for (const o of observers) o.closed(...given);
    },
    end: (...given) => {
      for (const o of observers) o.end(...given);
    },
  };
}

/**
 * Told by the readable timing model what it does with each instruction, in order. It changes no time. Times are
 * half-cycles, in the model's present epoch.
 */
export interface TimingObserver {
  /**
   * Before an instruction begins its line has to come: nothing issues from `from` until `until`; `to` may be later for
   * the sibling's sake.
   */
  fetched(thread: number, event: TimedEvent, from: number, until: number, to: number): void;
  /** An instruction begins: after the slot `previous` the next one it may take is `slot`. */
  begin(thread: number, event: TimedEvent, previous: number, slot: number): void;
  /** Its slot moves from `from` to `to`, as `until` comes first; `to` may be later for the sibling's sake. */
  waited(what: WaitFor, which: number, from: number, until: number, to: number): void;
  /** What it does in the vector queue, or a store's data, is late because of this. The last to be told counts. */
  delayed(what: WaitFor, which: number): void;
  /** It has issued from the vector queue at `slot`, as entry `ring`. */
  queued(ring: number, slot: number): void;
  /** It has left the store queue, as entry `ring`; `gathered`: held up by a gather buffer; entry of the store table. */
  stored(ring: number, gathered: boolean, entry: number): void;
  /** A result will be ready then; `late`: because of the line's arrival. */
  produced(result: Result, ready: number, late: boolean): void;
  /** Nothing issues from `from` until `until`; `to` may be later for the sibling's sake. */
  closed(by: ClosedBy, from: number, until: number, to: number): void;
  /** The instruction is done with; the thread's slot is now `slot`. */
  end(slot: number): void;
}

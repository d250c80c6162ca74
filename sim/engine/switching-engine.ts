import type { Engine, Exit } from '../machine/scheduler.js';
import type { SiteProfile } from '../observe/site-profile.js';
import { CTX, contextBase } from './context.js';

interface Profiled extends Engine {
  profile: SiteProfile | undefined;
}

/** When instructions are looked at one by one; half-cycles in the present epoch. */
export interface LookedAt {
  isLookedAt(slot: number): boolean;
  /** The next slot at which this changes; infinite when it does not. */
  changesAt(slot: number): number;
}

/**
 * Runs on one engine, and on the readable one while instructions are looked at. The two agree in every state at every
 * stop, so changing between them changes nothing; nor does a stop more.
 */
export class SwitchingEngine implements Profiled {
  private readonly i32: Int32Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly usual: Profiled,
    private readonly readable: Profiled,
    private readonly looked: LookedAt,
  ) {
    this.i32 = new Int32Array(buffer);
  }

  get profile(): SiteProfile | undefined {
    return this.usual.profile;
  }

  set profile(profile: SiteProfile | undefined) {
    this.usual.profile = profile;
    this.readable.profile = profile;
  }

  run(thread: number, deadline: number): Exit {
    const slot = this.slot(thread);
    return this.engine(slot).run(thread, Math.min(deadline, this.looked.changesAt(slot)));
  }

  runSync(thread: number): Exit {
    return this.engine(this.slot(thread)).runSync(thread);
  }

  private engine(slot: number): Profiled {
    return this.looked.isLookedAt(slot) ? this.readable : this.usual;
  }

  private slot(thread: number): number {
    return this.i32[(contextBase(thread) + CTX.issue) >> 2];
  }
}

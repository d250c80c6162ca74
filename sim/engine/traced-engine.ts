import type { Engine, Exit } from '../machine/scheduler.js';
import type { SiteProfile } from '../observe/site-profile.js';
import type { TracedWindow } from '../timing/traced-window.js';
import { CTX, contextBase } from './context.js';
import type { TranslatedEngine } from './translated.js';

/** How many instructions run before the time is looked at. */
const STRETCH = 1 << 16;

/** Runs tracing code by the time that the readable model keeps. */
export class TracedEngine implements Engine {
  private readonly i32: Int32Array;
  private readonly counts: BigUint64Array;

  constructor(
    buffer: ArrayBufferLike,
    private readonly inner: TranslatedEngine,
    private readonly window: TracedWindow,
  ) {
    this.i32 = new Int32Array(buffer);
    this.counts = new BigUint64Array(buffer);
  }

  get profile(): SiteProfile | undefined {
    return this.inner.profile;
  }
  set profile(profile: SiteProfile | undefined) {
    this.inner.profile = profile;
  }

  run(thread: number, deadline: number): Exit {
    const base = contextBase(thread);
    for (;;) {
      const retired = Number(this.counts[(base + CTX.instructions) >> 3]);
      const exit = this.inner.run(thread, retired + STRETCH);
      if (exit.kind !== 'yield' || this.i32[(base + CTX.issue) >> 2] >= deadline) return exit;
    }
  }

  runSync(thread: number): Exit {
    return this.inner.runSync(thread);
  }

  settle(): void {
    this.window.settle();
  }
}

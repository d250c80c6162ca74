import type { MemoryViewResult, Stacks } from '../../reports/results.js';
import type { Region } from '../../sim/memory/pool.js';
import type { MemoryPlace } from '../../sim/observe/memory-view.js';
import type { SiteProfile } from '../../sim/observe/site-profile.js';
import { memoryViewOf } from './memory-view.js';
import type { Seeing } from './run-observer.js';
import type { TimelineReading, TimelineSite } from './run-timeline.js';
import { stacksOf } from './stacks.js';
import type { MadeWorks } from './works.js';

/** Lets those who look on at a run see what there is, and tells what they have seen. */
export class Onlookers {
  constructor(
    private readonly seeing: Seeing,
    private readonly works: MadeWorks,
  ) {}

  /** Whether any of them wants to look each time, not only now and then. */
  get lookClosely(): boolean {
    const { watch, timeline, occupancy } = this.seeing;
    return [watch, timeline, occupancy].some((one) => one !== undefined);
  }

  /** Keeps the site of each thread where they want it. */
  follow(profile: SiteProfile, cycleOf: (thread: number) => number): void {
    const { stalls, watch, timeline } = this.seeing;
    if (stalls === undefined) return;
    const none = stalls.sites - 1;
    stalls.site.fill(none);
    watch?.begin(0);
    profile.onChange = (thread, site) => {
      this.works.readStalls(thread);
      stalls.site[thread] = site < 0 ? none : site;
      timeline?.enter(thread, site, cycleOf(thread));
    };
  }

  /** Lets them take what there is up to a cycle. */
  look(cycle: number, read: () => Pick<TimelineReading, 'cycle' | 'instructions'>): void {
    const { watch, timeline, occupancy } = this.seeing;
    const statistics = () => this.works.counted!.statistics();
    if (watch !== undefined) watch.collect(this.works.counted!);
    timeline?.sample(() => {
      const { dramReadBytes, dramWriteBytes } = statistics();
      return { ...read(), readBytes: dramReadBytes, writtenBytes: dramWriteBytes };
    }, cycle);
    occupancy?.sample(cycle, statistics);
  }

  /** All time of these threads up to now, by cause; undefined where nobody has looked. */
  stacks(threads: readonly number[], sites: readonly TimelineSite[]): Stacks | undefined {
    const { stalls } = this.seeing;
    if (stalls === undefined) return undefined;
    for (const thread of threads) this.works.readStalls(thread);
    return stacksOf(stalls, threads, [...sites, { op: 'none', site: 'no site', layer: -1 }]);
  }

  /** What the caches and the memory did, by tensor and region. */
  memoryView(tensors: readonly MemoryPlace[], regions: readonly Region[]): MemoryViewResult | undefined {
    const { view, occupancy } = this.seeing;
    if (view === undefined) return undefined;
    return memoryViewOf(view, tensors, regions, occupancy!, this.works.counted!.statistics());
  }
}

import type { Hardware } from './results.js';
import type { Statistic } from './statistic.js';

/**
 * What the machine counted in so many cycles, by the part of it: names are gem5's where the meaning is the same. Waits
 * are sums over all requests, in cycles.
 */
export function hardwareStatistics({ threads, memory: m }: Hardware, elapsed: number): Statistic[] {
  const cycles = (halfCycles: number) => halfCycles / 2;
  const l2 = m.l2LoadHits + m.l2LoadMisses;
  const rows = m.rowHits + m.rowsClosed + m.rowConflicts;
  return [
    ...threads.flatMap(({ thread, instructions }): Statistic[] => {
      const path = `xenon.core${thread >> 1}.thread${thread & 1}`;
      return [
        [`${path}.committedInsts`, instructions, 'Instructions retired, spinning included', 'count'],
        [`${path}.ipc`, instructions / elapsed, 'Instructions per cycle, spinning included', 'count/cycle'],
      ];
    }),
    ['xenon.l1d.misses', m.l1Misses, 'Lines that loads and prefetches asked the L2 cache for', 'count'],
    [
      'xenon.l1d.invalidations',
      m.l1Invalidations,
      'Lines taken out by stores of others and by the L2 cache',
      'count',
    ],
    ['xenon.l1i.misses', m.fetchMisses, 'Lines of instructions that were not there', 'count'],
    ['xenon.l1i.prefetches', m.fetchesAhead, 'Lines of instructions fetched ahead', 'count'],
    ['xenon.l1i.waitCycles', cycles(m.fetchWait), 'Threads waited for instructions', 'cycle'],
    [
      'xenon.l2.hits.demandLoad',
      m.l2LoadHits,
      'Loads and prefetches whose line was there or under way',
      'count',
    ],
    ['xenon.l2.hits.inFlight', m.l2LoadHitsInFlight, 'Those of them whose line was under way', 'count'],
    ['xenon.l2.misses.demandLoad', m.l2LoadMisses, 'Loads and prefetches that went to memory', 'count'],
    ['xenon.l2.missRate', m.l2LoadMisses / l2, 'Misses of loads over their accesses', 'ratio'],
    ['xenon.l2.hits.store', m.l2StoreHits, 'Gathered stores whose line was there', 'count'],
    ['xenon.l2.misses.store', m.readsForOwnership, 'Lines read because stores write to them', 'count'],
    ['xenon.l2.misses.fetch', m.fetchL2Misses, 'Lines of instructions that came from memory', 'count'],
    ['xenon.l2.portWaitCycles', cycles(m.l2PortWait), 'Requests waited for the port', 'cycle'],
    ['xenon.l2.writebacks', m.castouts, 'Changed lines written to memory', 'count'],
    ['xenon.missQueue.prefetches', m.prefetches, 'Lines asked for ahead by software', 'count'],
    ['xenon.missQueue.prefetchesDropped', m.prefetchesDropped, 'Those of them that found no slot', 'count'],
    ['xenon.missQueue.waitCycles', cycles(m.missSlotWait), 'Loads waited for a slot', 'cycle'],
    ['xenon.storeGather.stores', m.stores, 'Stores', 'count'],
    ['xenon.storeGather.drains', m.gatherDrains, 'Buffers written to the L2 cache', 'count'],
    ['xenon.sync.barriers', m.barriers, 'Instructions that order memory', 'count'],
    ['xenon.sync.waitCycles', cycles(m.barrierWait), 'Threads waited at them', 'cycle'],
    ['xenon.translation.eratMisses', m.eratMisses, 'Misses of the ERAT', 'count'],
    ['xenon.translation.tlbMisses', m.tlbMisses, 'Misses of the TLB', 'count'],
    ['xenon.translation.waitCycles', cycles(m.translationWait), 'Accesses waited for translation', 'cycle'],
    [
      'xenon.bus.requestWaitCycles',
      cycles(m.requestWait),
      'Requests waited for one under way to end',
      'cycle',
    ],
    ['xenon.bus.writeUtilisation', m.busWriteUtilisation, 'Utilisation of the write bus', 'ratio'],
    ['xenon.dram.rowHits', m.rowHits, 'Accesses whose row was open', 'count'],
    ['xenon.dram.rowsClosed', m.rowsClosed, 'Accesses that opened a row of an idle bank', 'count'],
    ['xenon.dram.rowConflicts', m.rowConflicts, 'Accesses that closed another row first', 'count'],
    ['xenon.dram.rowHitRate', m.rowHits / rows, 'Row hits over accesses', 'ratio'],
    ['xenon.dram.utilisation', m.dramUtilisation, 'Utilisation of the data buses', 'ratio'],
  ];
}

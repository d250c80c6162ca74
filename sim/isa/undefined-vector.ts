import type { UndefinedResult } from './row.js';

/** What the architecture, or what is publicly known of VMX128, leaves open in vector results. */
export const UNDEFINED_VECTOR_RESULTS: readonly UndefinedResult[] = [
  {
    rows: ['lvebx', 'lvehx', 'lvewx', 'lvewx128'],
    what: 'lanes of vD outside the element',
    chosen: 'what stands in the same quadword of memory',
    reason: 'as lvx; the console emulators do the same',
  },
  {
    rows: ['vsl', 'vsr'],
    what: 'the result when the low three bits of the bytes of vB differ',
    chosen: 'the count of the last byte',
    reason: 'the one byte that later versions of the architecture name',
  },
  {
    rows: [
      'vrefp',
      'vrsqrtefp',
      'vexptefp',
      'vlogefp',
      'vrefp128',
      'vrsqrtefp128',
      'vexptefp128',
      'vlogefp128',
    ],
    what: 'the estimate within its error bound',
    chosen: 'the tables and lines of exact-vector-estimate.ts',
    reason: 'published results of real hardware; few of them for vexptefp',
  },
  {
    rows: ['vmsum3fp128', 'vmsum4fp128'],
    what: 'order and width of the sum, NaN order, overflow, denormals with NJ off',
    chosen:
      'double precision, (p0 + p2) + (p1 + p3); overflow gives 7FC00000; denormals always count as zero',
    reason: 'the public model that is right on a console up to the last bit',
  },
  {
    rows: ['vpkd3d128'],
    what: 'TYPE 7, PACK 0, halves at the edges of their range',
    chosen: 'zero; vD unchanged; cut instead of rounded, 7FFF from 131008 on, zero below 2^-14',
    reason: 'unused by known code; halves as Xenia has them',
  },
  {
    rows: ['vupkd3d128'],
    what: 'type 7 and denormal halves',
    chosen: 'zero; a zero of the same sign',
    reason: 'unused by known code; the counterpart of packing',
  },
  {
    rows: ['dst', 'dstt', 'dstst', 'dststt', 'dss', 'dssall'],
    what: 'whether the hint prefetches',
    chosen: 'no-operation',
    reason: 'a hint may be ignored; what the console does with it is not public',
  },
];

/** A guest loop whose simulation is timed. */
export interface BenchCase {
  readonly name: string;
  readonly threads: readonly number[];
  readonly mode: 'detailed' | 'functional' | 'warming';
  /** Assembly; label `start`, r3 = iterations, r4 = address of this thread's own memory, ends with `sc`. */
  readonly source: string;
  /** Iterations of one sample. */
  readonly iterations: number;
}

const OFFSETS = 'li 6,16\n li 7,32\n li 8,48\n li 9,64\n li 10,80\n li 11,96\n li 12,112';

const VECTOR = Array.from({ length: 8 }, (_, i) => `lvx128 v${32 + i},4,${i === 0 ? 0 : i + 5}`).join('\n ');

/** Eight-fold unrolled dot product with prefetch: 22 instructions a cache line, `wrap` bytes of weights. */
const vectorDot = (wrap: number): string => `
start: mtctr 3
 mr 14,4
 lis 15,${wrap >>> 16}
 ori 15,15,${wrap & 0xffff}
 add 15,15,4
 ${OFFSETS}
 li 0,0
 ${VECTOR}
 li 16,1024
 .balign 16
1: dcbt 16,14
 lvx 0,0,14
 lvx 1,14,6
 lvx 2,14,7
 lvx 3,14,8
 vmaddfp128 v64,v0,v32,v64
 lvx 4,14,9
 vmaddfp128 v65,v1,v33,v65
 lvx 5,14,10
 vmaddfp128 v66,v2,v34,v66
 lvx 6,14,11
 vmaddfp128 v67,v3,v35,v67
 lvx 7,14,12
 vmaddfp128 v68,v4,v36,v68
 addi 14,14,128
 vmaddfp128 v69,v5,v37,v69
 cmpld 14,15
 vmaddfp128 v70,v6,v38,v70
 vmaddfp128 v71,v7,v39,v71
 blt 2f
 mr 14,4
2: bdnz 1b
 sc`;

const SCALAR = `
start: mtctr 3
 li 9,0
 .balign 16
1: lfsx 12,4,9
 lfsx 13,4,9
 addi 9,9,4
 fmadds 0,12,13,0
 rlwinm 9,9,0,18,31
 bdnz 1b
 sc`;

const ONE = [0];
const SIX = [0, 1, 2, 3, 4, 5];
const STREAM = vectorDot(16 << 20);
const RESIDENT = vectorDot(16 << 10);

export const BENCH_CASES: readonly BenchCase[] = [
  { name: 'streaming VMX128, 1 thread', threads: ONE, mode: 'detailed', source: STREAM, iterations: 400_000 },
  {
    name: 'L1-resident VMX128, 1 thread',
    threads: ONE,
    mode: 'detailed',
    source: RESIDENT,
    iterations: 1_000_000,
  },
  { name: 'scalar, 1 thread', threads: ONE, mode: 'detailed', source: SCALAR, iterations: 8_000_000 },
  { name: 'streaming VMX128, 6 threads', threads: SIX, mode: 'detailed', source: STREAM, iterations: 40_000 },
  {
    name: 'L1-resident VMX128, 6 threads',
    threads: SIX,
    mode: 'detailed',
    source: vectorDot(2 << 10),
    iterations: 100_000,
  },
  { name: 'scalar, 6 threads', threads: SIX, mode: 'detailed', source: SCALAR, iterations: 800_000 },
  {
    name: 'functional, streaming VMX128',
    threads: ONE,
    mode: 'functional',
    source: STREAM,
    iterations: 4_000_000,
  },
  {
    name: 'functional warm-up, streaming VMX128',
    threads: ONE,
    mode: 'warming',
    source: STREAM,
    iterations: 2_000_000,
  },
  {
    name: 'functional warm-up, scalar',
    threads: ONE,
    mode: 'warming',
    source: SCALAR,
    iterations: 15_000_000,
  },
  { name: 'functional, scalar', threads: ONE, mode: 'functional', source: SCALAR, iterations: 30_000_000 },
];

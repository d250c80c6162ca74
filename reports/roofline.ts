/** `xenon roofline --json`: what the machine can do at most, and how near kernels come. */
export interface RooflineResult {
  readonly schema: 'xenon-roofline/1';
  readonly machine: string;
  readonly clockHz: number;
  readonly ceilings: readonly Ceiling[];
  readonly points: readonly RooflinePoint[];
}

export interface Ceiling {
  readonly name: string;
  /** Floating-point operations or bytes. */
  readonly kind: 'compute' | 'memory';
  readonly threads: number;
  /** By the machine's numbers, a second. */
  readonly peak: number;
  /** What a loop written for it reaches in the simulator, a second. */
  readonly sustained: number;
}

/** One call of a kernel on one thread, caches cold. */
export interface RooflinePoint {
  readonly kernel: string;
  readonly op: string;
  readonly variant: string;
  readonly sizes: Readonly<Record<string, number>>;
  readonly flops: number;
  /** Operands and results; the least that has to move. */
  readonly bytes: number;
  /** Read and written by the memory chips. */
  readonly dramBytes: number;
  readonly cycles: number;
  /** Operations a byte of operands, and a second. */
  readonly intensity: number;
  readonly flopsPerSecond: number;
  /** The lower of the one-thread ceilings at this intensity, sustained. */
  readonly attainable: number;
}

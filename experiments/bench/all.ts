import { cpus } from 'node:os';
import { BENCH_CASES, type BenchCase } from './cases.js';
import { type Measured, measure } from './measure.js';
import { type Native, nativeProduct } from './native.js';
import { type HostProfile, profileOf } from './profile.js';
import { FIRST_PASSES, FORWARD_PASSES, type Loading, measureForwardPass, measureLoading } from './whole.js';

/** Schema `xenon-bench/1`. */
export interface BenchResult {
  readonly schema: 'xenon-bench/1';
  readonly host: { readonly node: string; readonly processor: string; readonly cores: number };
  readonly samples: number;
  readonly results: readonly Measured[];
  /** How many times longer the streaming product takes than compiled for this processor; null without gcc. */
  readonly native: (Native & { readonly slowdown: number }) | null;
  readonly loading: Loading | null;
  /** Of forward passes on six threads. */
  readonly profile: HostProfile | null;
}

export const hostOf = (): BenchResult['host'] => ({
  node: process.version,
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
});

/** The case whose work the native program does, and what an iteration of it is. */
const STREAMING = 'streaming VMX128, 1 thread';
const INSTRUCTIONS_PER_LINE = 22;
const MULTIPLY_ADDS_PER_LINE = 32;

/** Runs everything, or the cases whose name contains `only`. */
export async function benchAll(
  samples: number,
  only: string | undefined,
  progress: (what: string) => void,
): Promise<BenchResult> {
  const wanted = (name: string) => only === undefined || name.includes(only);
  const results: Measured[] = [];
  for (const one of BENCH_CASES.filter(({ name }: BenchCase) => wanted(name))) {
    progress(one.name);
    results.push(measure(one, samples));
  }
  for (const passes of FORWARD_PASSES.filter(({ name }) => wanted(name))) {
    progress(passes.name);
    results.push(await measureForwardPass(passes, samples));
  }
  const head = { schema: 'xenon-bench/1', host: hostOf(), samples } as const;
  if (only !== undefined) return { ...head, results, native: null, loading: null, profile: null };
  progress('native product');
  const native = nativeProduct(samples);
  progress('loading 256 MB');
  const loading = measureLoading(Math.min(3, samples));
  progress('profile');
  const profile = await profileOf(() => measureForwardPass(FIRST_PASSES, 1), 'runThreads');
  return {
    ...head,
    results,
    native: native === undefined ? null : slowdown(native, results),
    loading,
    profile,
  };
}

function slowdown(native: Native, results: readonly Measured[]): Native & { slowdown: number } {
  const { mips } = results.find(({ name }) => name === STREAMING)!;
  const nanoseconds = (INSTRUCTIONS_PER_LINE / MULTIPLY_ADDS_PER_LINE) * (1000 / mips);
  return { ...native, slowdown: nanoseconds / native.nanosecondsPerMultiplyAdd };
}

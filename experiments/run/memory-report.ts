import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { type FitRequest, largestFitting, neededBytes, requireFit } from '../../models/fit.js';
import { type FootprintPoint, usedBytes } from '../../models/footprint.js';
import { KV_CACHES, type KvCache } from '../../models/kv-cache.js';
import { poolAllocator } from '../../models/memory.js';
import { PRECISIONS, type Precision } from '../../models/quantize/packed.js';
import type { DoesNotFit, MemoryAlternative, MemoryPressure } from '../../reports/results.js';
import { RunError } from '../../sim/machine/errors.js';
import type { Machine } from '../../sim/machine/resolve.js';
import { MemoryFull, type MemoryPool, mapText, newMemoryPool } from '../../sim/memory/pool.js';

/** What a run asks of memory. */
export type Fit = Omit<FitRequest, 'allocate'>;

function fits(machine: Machine, fit: Fit): boolean {
  try {
    requireFit({ ...fit, allocate: poolAllocator(newMemoryPool(machine)) });
    return true;
  } catch (error) {
    if (error instanceof MemoryFull) return false;
    throw error;
  }
}

/** Bytes by which everything that a run needs exceeds what is free; 0 where it fits. */
export function missingBytes(machine: Machine, fit: Fit): number {
  if (fits(machine, fit)) return 0;
  return Math.max(1, neededBytes(fit) - newMemoryPool(machine).freeBytes());
}

/** The largest context, up to the model's own, that fits beside everything else; 0 where none does. */
export const largestContext = (machine: Machine, fit: Fit): number =>
  largestFitting(fit.checkpoint.shape.sequence, (context) => fits(machine, { ...fit, context }));

/** The same model and context in every precision, converted beforehand, with either cache. */
export function alternatives(machine: Machine, fit: Fit): MemoryAlternative[] {
  return PRECISIONS.flatMap((quant) => KV_CACHES.map((kvCache) => alternative(machine, fit, quant, kvCache)));
}

function alternative(machine: Machine, fit: Fit, quant: Precision, kvCache: KvCache): MemoryAlternative {
  const other = { ...fit, quant, kvCache, endian: 'offline', stream: undefined } as const;
  return {
    quant,
    kvCache,
    missingBytes: missingBytes(machine, other),
    largestContext: largestContext(machine, other),
  };
}

/** How a run that fits used memory. */
export function memoryPressure(
  machine: Machine,
  fit: Fit,
  pool: MemoryPool,
  points: readonly FootprintPoint[],
): MemoryPressure {
  return {
    poolBytes: pool.map.totalBytes,
    allocatedBytes: pool.peakBytes(),
    peakUsedBytes: Math.max(...points.map(usedBytes)),
    footprint: points,
    largestContext: largestContext(machine, fit),
    modelContext: fit.checkpoint.shape.sequence,
    alternatives: alternatives(machine, fit),
  };
}

/** A model that the machine cannot hold: exit status 1, with what would help. */
export class TooLarge extends RunError {
  constructor(
    message: string,
    readonly report: DoesNotFit,
  ) {
    super(message);
    this.name = 'TooLarge';
  }
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Everything about why a run does not fit, of what was in the way first. */
export function tooLarge(
  machine: Machine,
  model: { readonly name: string; readonly checkpoint: Checkpoint },
  fit: Fit,
  { request, regions }: MemoryFull,
): TooLarge {
  const report: DoesNotFit = {
    schema: 'xenon-does-not-fit/1',
    model: model.name,
    context: fit.context,
    poolBytes: newMemoryPool(machine).map.totalBytes,
    neededBytes: neededBytes(fit),
    missingBytes: missingBytes(machine, fit),
    failed: { name: request.name, bytes: request.bytes },
    largestContext: largestContext(machine, fit),
    regions: regions.map(({ name, owner, start, bytes }) => ({ name, owner, start, bytes })),
    alternatives: alternatives(machine, fit),
  };
  const better = report.alternatives.filter((choice) => choice.missingBytes === 0);
  const ways = [
    ...(report.largestContext > 0 ? [`--context ${report.largestContext}`] : []),
    ...(better.length > 0
      ? [
          better[0].kvCache === 'fp32'
            ? `--quant ${better[0].quant}`
            : `--quant ${better[0].quant} --kv-cache int8`,
        ]
      : []),
    '--stream usb',
  ];
  return new TooLarge(
    `${model.name} does not fit: with ${fit.context} positions it needs ${mib(report.neededBytes)} besides what` +
      ` the machine keeps, ${mib(report.missingBytes)} more than there is; no room was left for ${request.name}` +
      ` (${mib(request.bytes)})\n${mapText(regions, report.poolBytes)}\nWhat would fit: ${ways.join(', or ')}`,
    report,
  );
}

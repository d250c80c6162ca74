import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { type FitRequest, largestFitting, neededBytes, requireFit } from '../../models/fit.js';
import { type FootprintPoint, usedBytes } from '../../models/footprint.js';
import { KV_CACHES, type KvCache } from '../../models/kv-cache.js';
import type { StreamPlan } from '../../models/layout.js';
import { poolAllocator } from '../../models/memory.js';
import { PRECISIONS, type Precision } from '../../models/quantize/precisions.js';
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

/** One layer is used while the next one comes. */
const SLOTS = 2;

/** How many layers stay in memory so that the rest has room to come by turns; undefined where all fit. */
export function planStream(machine: Machine, fit: Fit): StreamPlan | undefined {
  if (fits(machine, { ...fit, stream: undefined })) return undefined;
  const { layers } = fit.checkpoint.shape;
  const slots = Math.min(SLOTS, layers);
  const firstLayer = largestFitting(layers - 1, (first) =>
    fits(machine, { ...fit, stream: { firstLayer: first, slots } }),
  );
  return { firstLayer, slots };
}

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
  const ways = waysToFit(machine, fit, report);
  return new TooLarge(
    `${model.name} does not fit: with ${fit.context} positions it needs ${mib(report.neededBytes)} besides what` +
      ` the machine keeps, ${mib(report.missingBytes)} more than there is; no room was left for ${request.name}` +
      ` (${mib(request.bytes)})\n${mapText(regions, report.poolBytes)}\nWhat would fit: ${ways.length > 0 ? ways.join(', or ') : 'nothing of it'}`,
    report,
  );
}

/** Options with which the model would fit: a shorter context, another precision, or layers that come each time. */
function waysToFit(
  machine: Machine,
  fit: Fit,
  { largestContext: context, alternatives }: DoesNotFit,
): string[] {
  const offline = (fit.endian ?? 'offline') === 'offline' ? [] : ['--endian offline'];
  const other = alternatives.find((choice) => choice.missingBytes === 0);
  const streamed = [undefined, ...PRECISIONS]
    .map((quant) => ({
      options: quant === undefined ? [] : [`--quant ${quant}`],
      request: { ...fit, endian: 'offline', quant: quant ?? fit.quant } as const,
    }))
    .find(({ request }) => {
      const stream = planStream(machine, request);
      return stream !== undefined && fits(machine, { ...request, stream });
    });
  const ways = [
    ...(context > 0 ? [[`--context ${context}`]] : []),
    ...(other === undefined
      ? []
      : [[...offline, `--quant ${other.quant}`, ...(other.kvCache === 'fp32' ? [] : ['--kv-cache int8'])]]),
    ...(streamed === undefined ? [] : [[...offline, ...streamed.options, '--stream usb']]),
  ];
  return ways.map((way) => way.join(' '));
}

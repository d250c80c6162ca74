import { type HeldWeights, holdable } from '../run/held-weights.js';
import { type WeightBytes, weightBytes } from '../run/model.js';
import type { RunRequest } from '../run/request.js';

/** At most so much is held at a time; a model for which no room is left is read by each run itself. */
const MOST_BYTES = 1 << 30;

/** Weights that several runs of a sweep read: held from the first of them until the last one has begun. */
export class SharedWeights {
  private readonly left = new Map<string, number>();
  private readonly held = new Map<string, HeldWeights>();

  constructor(requests: readonly RunRequest[]) {
    for (const request of requests) {
      const key = bytesOf(request)?.key;
      if (key !== undefined) this.left.set(key, (this.left.get(key) ?? 0) + 1);
    }
  }

  /** For the next run; to be called once for each. */
  next(request: RunRequest): HeldWeights | undefined {
    const bytes = bytesOf(request);
    if (bytes === undefined) return undefined;
    const { key } = bytes;
    const left = this.left.get(key)! - 1;
    this.left.set(key, left);
    const weights = this.held.get(key) ?? (left > 0 ? this.fetch(bytes) : undefined);
    if (left === 0) this.held.delete(key);
    return weights;
  }

  private fetch({ key, open }: WeightBytes): HeldWeights | undefined {
    const source = open();
    try {
      const others = [...this.held.values()].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
      if (others + source.size > MOST_BYTES) return undefined;
      const weights = holdable(key, source);
      this.held.set(key, weights);
      return weights;
    } finally {
      source.close?.();
    }
  }
}

const bytesOf = ({ model, seed }: RunRequest): WeightBytes | undefined => weightBytes(model, seed);

import { exp } from './elementary.js';

/**
 * llama2.c's sampler on the host: the mirror against which the guest's is checked, and what draws tokens
 * where no guest runs.
 */
export interface Sampling {
  /** 0 takes the most probable token. */
  readonly temperature: number;
  /** Nucleus: a value outside (0, 1) samples from all tokens. */
  readonly topP: number;
}

/** xorshift64* (Vigna): advances the state, gives the new state and 32 random bits. */
export function randomU32(state: bigint): { state: bigint; bits: number } {
  let s = state;
  s ^= s >> 12n;
  s = BigInt.asUintN(64, s ^ (s << 25n));
  s ^= s >> 27n;
  return { state: s, bits: Number(BigInt.asUintN(64, s * 0x2545f4914f6cdd1dn) >> 32n) };
}

/** A float in [0, 1) with 24 random bits. */
export function randomF32(state: bigint): { state: bigint; value: number } {
  const drawn = randomU32(state);
  return { state: drawn.state, value: (drawn.bits >>> 8) / 16777216 };
}

/** Index of the largest value, the first among equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** In place, in single precision: e^(x - max) over their sum. */
export function softmax(values: Float32Array): void {
  let max = values[0];
  for (let i = 1; i < values.length; i++) if (values[i] > max) max = values[i];
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = exp(Math.fround(values[i] - max));
    sum = Math.fround(sum + values[i]);
  }
  for (let i = 0; i < values.length; i++) values[i] = values[i] / sum;
}

/** One token from logits, and the generator's next state. */
export function sample(logits: Float32Array, { temperature, topP }: Sampling, state: bigint): Drawn {
  if (temperature === 0) return { token: argmax(logits), state };
  const t = Math.fround(temperature);
  const probabilities = logits.map((logit) => logit / t);
  softmax(probabilities);
  return draw(probabilities, topP, state);
}

export interface Drawn {
  readonly token: number;
  readonly state: bigint;
}

/** One token from probabilities. */
export function draw(probabilities: Float32Array, topP: number, state: bigint): Drawn {
  const drawn = randomF32(state);
  const token =
    topP <= 0 || topP >= 1
      ? sampleAll(probabilities, drawn.value)
      : sampleTopP(probabilities, Math.fround(topP), drawn.value);
  return { token, state: drawn.state };
}

function sampleAll(probabilities: Float32Array, coin: number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    sum = Math.fround(sum + probabilities[i]);
    if (coin < sum) return i;
  }
  return probabilities.length - 1;
}

function sampleTopP(probabilities: Float32Array, topP: number, coin: number): number {
  // Tokens below this can never be in the nucleus; llama2.c leaves them out before sorting.
  const cutoff = Math.fround(Math.fround(1 - topP) / (probabilities.length - 1));
  const order = [...probabilities.keys()].filter((i) => probabilities[i] >= cutoff);
  if (order.length === 0) return sampleAll(probabilities, coin);
  order.sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  let sum = 0;
  let last = order.length - 1;
  for (let i = 0; i < order.length; i++) {
    sum = Math.fround(sum + probabilities[order[i]]);
    if (sum > topP) {
      last = i;
      break;
    }
  }
  const r = Math.fround(coin * sum);
  let cumulative = 0;
  for (let i = 0; i <= last; i++) {
    cumulative = Math.fround(cumulative + probabilities[order[i]]);
    if (r < cumulative) return order[i];
  }
  return order[last];
}

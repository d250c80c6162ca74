import { at, type CallBuffer, floatBytes, gaussian, type KernelOp } from './call.js';
import { EXACT, empty } from './operands.js';

export const byteswap: KernelOp = {
  name: 'byteswap',
  meaning: 'little-endian words to big-endian ones, to another place or in place',
  examples: [
    { words: 256 },
    { words: 77, skew: 4 },
    { words: 3 },
    { words: 64, copy: 1 },
    { words: 39, skew: 12 },
  ],
  call({ words, skew = 0, copy = 0 }, random) {
    const values = gaussian(words, random);
    const source = { bytes: floatBytes(values, true), skew };
    const target = copy ? 'target' : 'source';
    const buffers: Record<string, CallBuffer> = { source };
    if (copy) buffers.target = { ...empty(words), skew };
    return {
      buffers,
      registers: [at(target), at('source'), words],
      expected: [{ buffer: target, floats: values, tolerance: EXACT }],
      flops: 0,
      bytes: 8 * words,
    };
  },
};

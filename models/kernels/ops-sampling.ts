import { CONTROL } from '../control.js';
import { argmax, draw, softmax } from '../sampler.js';
import { at, gaussian, type KernelOp, wordBytes } from './call.js';
import { buffer, control, empty } from './operands.js';

export const softmaxOp: KernelOp = {
  name: 'softmax',
  meaning: 'x[n] := e^(x - max) over their sum',
  examples: [{ n: 32 }, { n: 512 }, { n: 1 }, { n: 17 }, { n: 5 }],
  call({ n }, random) {
    const x = gaussian(n, random, 5);
    const out = Float32Array.from(x);
    softmax(out);
    return {
      buffers: { x: buffer(x) },
      registers: [at('x'), n],
      expected: [{ buffer: 'x', floats: out, tolerance: { relative: 3e-6, absolute: 0 } }],
      flops: 13 * n,
      bytes: 8 * n,
    };
  },
};

export const argmaxOp: KernelOp = {
  name: 'argmax',
  meaning: 'next := index of the largest logit, the first among equals',
  examples: [{ n: 512 }, { n: 64, ties: 3 }, { n: 1 }, { n: 37 }, { n: 100, ties: 50 }],
  call({ n, ties = 0 }, random) {
    const logits = gaussian(n, random).map((value) => value - 20);
    for (let i = 0; i < ties; i++) logits[Math.floor(random() * n)] = 7;
    return {
      buffers: { logits: buffer(logits), control: control({}) },
      registers: [at('logits'), n, at('control')],
      expected: [{ buffer: 'control', offset: CONTROL.next, bytes: wordBytes([argmax(logits)]) }],
      flops: n,
      bytes: 4 * n,
    };
  },
};

export const temperature: KernelOp = {
  name: 'temperature',
  meaning: 'out[n] = logits[n] / temperature',
  examples: [{ n: 64 }, { n: 512 }, { n: 3 }],
  call({ n }, random) {
    const logits = gaussian(n, random, 4);
    const t = Math.fround(0.8);
    return {
      buffers: { out: empty(n), logits: buffer(logits), control: control({ temperature: t }) },
      registers: [at('out'), at('logits'), n, at('control')],
      expected: [
        {
          buffer: 'out',
          floats: logits.map((value) => value / t),
          tolerance: { relative: 1e-7, absolute: 0 },
        },
      ],
      flops: n,
      bytes: 8 * n,
    };
  },
};

export const sampleOp: KernelOp = {
  name: 'sample',
  meaning: 'next := a token drawn from probabilities, from the smallest set above top-p',
  examples: [
    { n: 512, topP: 0.9, seed: 1 },
    { n: 64, topP: 1, seed: 2 },
    { n: 40, topP: 0.5, seed: 3 },
    { n: 33, topP: 0, seed: 4 },
    { n: 300, topP: 0.99, seed: 5 },
    { n: 96, topP: 0.05, seed: 6 },
  ],
  call({ n, topP, seed }, random) {
    const probabilities = gaussian(n, random, 2);
    softmax(probabilities);
    // Equal probabilities: the smaller index comes first.
    for (let i = 3; i < n; i += 5) probabilities[i] = probabilities[i - 1];
    const state = (BigInt(seed) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
    const drawn = draw(probabilities, topP, state);
    return {
      buffers: {
        probabilities: buffer(probabilities),
        control: control({ topP, seed: state }),
        scratch: empty(2 * n),
      },
      registers: [at('probabilities'), n, at('control'), at('scratch')],
      expected: [{ buffer: 'control', offset: CONTROL.next, bytes: wordBytes([drawn.token]) }],
      flops: n,
      bytes: 4 * n,
    };
  },
};

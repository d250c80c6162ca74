import test from 'ava';
import seedrandom from 'seedrandom';
import { bytesSource } from '../../models/checkpoint/byte-source.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { withActivations } from '../../models/checkpoint/tensors.js';
import type { ProgramRequest } from '../../models/program.js';
import {
  bf16Bits,
  bf16Value,
  consoleFp16Bits,
  consoleFp16Value,
  fp16Bits,
  fp16Value,
} from '../../models/quantize/formats.js';
import { q4Integer, quantizeInt8, quantizeQ4 } from '../../models/quantize/groups.js';
import { PRECISIONS } from '../../models/quantize/precisions.js';
import { referenceModel } from '../../models/reference.js';
import type { ModelShape } from '../../models/zoo.js';
import { UsageError } from '../../sim/machine/errors.js';
import { machineOf, programOf, worstOf } from '../support/program.js';
import { sharedFile, sharedFloats, sharedJson, withShared } from '../support/shared.js';

/** Rows of 40 and 72 numbers: no multiples of the narrow kernels' steps. */
const SHAPE: ModelShape = {
  dim: 40,
  hiddenDim: 72,
  layers: 2,
  heads: 5,
  kvHeads: 1,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: true,
};

for (const quant of PRECISIONS) {
  test(`${quant}: logits are those of the reference with the same weights, for 1 and 5 threads alike`, (t) => {
    const checkpoint = syntheticCheckpoint(SHAPE, 'narrow');
    const reference = referenceModel(checkpoint, 16, quant);
    const exact = referenceModel(checkpoint, 16);
    const machines = [1, 5].map((threads) => machineOf(checkpoint, { quant, threads }));
    [1, 7, 44, 3].forEach((token, position) => {
      const wanted = Float32Array.from(reference.forward(token, position));
      const [one, five] = machines.map((machine) => machine.forward(token, position));
      t.true(worstOf(one, wanted) < 1e-4, `position ${position}: ${worstOf(one, wanted)}`);
      t.deepEqual(five, one);
      const error = worstOf(wanted, exact.forward(token, position));
      const most = { fp32: 0, bf16: 0.08, fp16: 0.03, q80: 0.15, q4_0: 2.5 }[quant];
      t.true(error <= most && (quant === 'fp32') === (error === 0), `${quant} is ${error} from fp32`);
    });
  });
}

for (const quant of ['bf16', 'fp16', 'q80', 'q4_0'] as const) {
  test(`${quant}: kernels that take one number at a time, with either cache, and both activations`, (t) => {
    const checkpoint = syntheticCheckpoint(SHAPE, 'narrow');
    const kernels = { variant: 'scalar', ops: {} };
    const kinds: Partial<ProgramRequest>[] = [{}, { kvCache: 'int8' }];
    if (quant.startsWith('q')) kinds.push({ activations: 'q80' });
    for (const kind of kinds) {
      const asked = withActivations(checkpoint, kind.activations);
      const reference = referenceModel(asked, 16, quant, kind.kvCache);
      const machine = machineOf(checkpoint, { quant, kernels, threads: 2, ...kind });
      [1, 7].forEach((token, position) => {
        const worst = worstOf(machine.forward(token, position), reference.forward(token, position));
        t.true(worst < 1e-4, `${JSON.stringify(kind)} position ${position}: ${worst}`);
      });
    }
  });
}

interface Expected {
  ids: number[];
}

withShared('runq.c: the reference and the guest draw its tokens and have its logits', (t) => {
  const checkpoint = openLlama2c(bytesSource(sharedFile('llama2c/stories260K_q80_gs4.bin')), 'q80');
  t.is(checkpoint.format, 'llama2c-v2');
  const { ids } = sharedJson<Expected>('expected/stories260K_q80_gs4.once.json');
  const wanted = sharedFloats('expected/stories260K_q80_gs4.once.logits_pos0-2.f32.bin');
  const reference = referenceModel(checkpoint, 256);
  for (let position = 0; position + 1 < ids.length; position++) {
    const logits = reference.forward(ids[position], position);
    if (position < 3) t.true(worstOf(logits, wanted.subarray(512 * position, 512 * position + 512)) < 2e-5);
    if (position >= 4) t.is(logits.indexOf(Math.max(...logits)), ids[position + 1], `position ${position}`);
  }
  for (const request of [{ threads: 3 }, { endian: 'load-vperm' }] as const) {
    const machine = machineOf(checkpoint, request);
    for (let position = 0; position < 6; position++) {
      const logits = machine.forward(ids[position], position, true);
      if (position < 3) {
        const worst = worstOf(logits, wanted.subarray(512 * position, 512 * position + 512));
        t.true(worst < 2e-4, `position ${position}: ${worst}`);
      }
      if (position >= 4) t.is(machine.program.next(machine.bytes), ids[position + 1]);
    }
  }
});

const EXACT_OPS = { rmsnorm: 'exact', rope: 'exact', attention: 'exact', swiglu: 'exact' };

withShared(
  'runq.c in the guest, with kernels that round as it does: the reference’s logits in every bit',
  (t) => {
    const checkpoint = openLlama2c(bytesSource(sharedFile('llama2c/stories260K_q80_gs4.bin')), 'q80');
    const { ids } = sharedJson<Expected>('expected/stories260K_q80_gs4.once.json');
    const reference = referenceModel(checkpoint, 16);
    const machine = machineOf(checkpoint, { threads: 2, kernels: { variant: 'vmx128', ops: EXACT_OPS } });
    for (let position = 0; position < 8; position++)
      t.deepEqual(machine.forward(ids[position], position), reference.forward(ids[position], position));
  },
);

withShared('runq.c’s rounding is what auto takes for its files, unless something else is asked for', (t) => {
  const checkpoint = openLlama2c(bytesSource(sharedFile('llama2c/stories260K_q80_gs4.bin')), 'q80');
  const variant = (request: Partial<ProgramRequest>): string | undefined =>
    programOf(checkpoint, { kernels: { variant: 'auto', ops: {} }, ...request }).code.find(
      ({ op }) => op === 'attention' || op === 'attention-q8',
    )?.name;
  t.is(variant({}), 'attention.exact');
  t.is(variant({ activations: 'fp32' }), 'attention.vmx128');
  t.is(variant({ kvCache: 'int8' }), 'attention-q8.vmx128');
  t.is(variant({ quant: 'q4_0' }), 'attention.vmx128');
  t.is(variant({ kernels: { variant: 'vmx128', ops: {} } }), 'attention.vmx128');
  t.is(variant({ kernels: { variant: 'auto', ops: { attention: 'scalar' } } }), 'attention.scalar');
});

withShared('strategies that a file of signed bytes cannot take are refused with a way out', (t) => {
  const checkpoint = openLlama2c(bytesSource(sharedFile('llama2c/stories260K_q80_gs4.bin')), 'q80');
  const refused = (request: Partial<ProgramRequest>, message: RegExp): void => {
    t.throws(() => machineOf(checkpoint, request), { instanceOf: UsageError, message });
  };
  refused({ endian: 'load-copy' }, /load-vperm or load-scalar/);
  refused({ endian: 'load-vperm', quant: 'bf16' }, /--endian offline, not load-vperm/);
  refused({ kernels: { variant: 'scaler', ops: {} } }, /no kernel 'scaler' for embedding-q80/);
  refused({ quant: 'bf16', activations: 'q80' }, /weights in groups.*--quant q80/);
});

test('halves: every bit pattern survives, ties go to even, ends are the console’s', (t) => {
  for (let bits = 0; bits < 65536; bits++) {
    if ((bits & 0x7c00) !== 0x7c00) t.is(fp16Bits(fp16Value(bits)), bits);
    if ((bits & 0x7f80) !== 0x7f80) t.is(bf16Bits(bf16Value(bits)), bits);
  }
  t.is(fp16Bits(2049), fp16Bits(2048));
  t.is(fp16Bits(2051), fp16Bits(2052));
  t.is(fp16Bits(1e6), 0x7c00);
  t.is(fp16Bits(-65519), 0xfbff);
  t.is(consoleFp16Value(consoleFp16Bits(1e6)), 65504);
  t.is(consoleFp16Value(consoleFp16Bits(-4e-5)), -(2 ** -14));
  t.is(consoleFp16Bits(-2e-5), 0x8000);
  t.is(bf16Bits(Number.NaN) & 0x7fff, 0x7fc0);
  t.is(bf16Bits(1 + 2 ** -8), bf16Bits(1));
  t.is(bf16Bits(1 + 3 * 2 ** -8), bf16Bits(1 + 2 ** -6));
  // Below 2^-14 in steps of 2^-24.
  t.is(fp16Bits(2.5 * 2 ** -24), 2);
  t.is(fp16Bits(3.5 * 2 ** -24), 4);
  t.is(fp16Bits(2.75 * 2 ** -24), 3);
  t.is(fp16Value(0xfc00), -Infinity);
  t.is(fp16Value(0x7c01), Number.NaN);
});

test('groups of half bytes are what ggml makes of the same numbers', (t) => {
  // The first of the largest sets the scale; every step is rounded to single precision.
  const groups: readonly (readonly [number[], Record<number, number>])[] = [
    [[1, -1, 0.5, 0.0625, -0.0625, 0.0625 * (1 + 2 ** -23)], { 0: 0, 1: 15, 2: 4, 3: 8, 4: 9, 5: 8, 6: 8 }],
    [[0.9546083807945251, 0.298315167427063, -0.1789890080690384], { 0: 0, 1: 6, 2: 9, 31: 8 }],
    [[], { 0: 8, 17: 8 }],
  ];
  for (const [given, wanted] of groups) {
    const values = new Float32Array(32);
    values.set(given);
    const bytes = new Uint8Array(16);
    const scales = new Float32Array(1);
    quantizeQ4(values, bytes, scales);
    t.is(scales[0], Math.fround((given[0] ?? 0) / -8));
    for (const [i, n] of Object.entries(wanted)) t.is(q4Integer(bytes, 0, Number(i)) + 8, n, `${given} ${i}`);
  }
});

test('groups of bytes err by half a step at most, and zeros stay zeros', (t) => {
  const random = seedrandom('groups');
  const values = Float32Array.from({ length: 320 }, (_, i) => (i < 32 ? 0 : random() - 0.5));
  const quants = new Int8Array(320);
  const scales = new Float32Array(10);
  quantizeInt8(values, 32, quants, scales);
  t.is(scales[0], 0);
  values.forEach((value, i) => {
    t.true(Math.abs(quants[i] * scales[i >> 5] - value) <= 0.5001 * scales[i >> 5]);
  });
  t.is(
    quants.reduce((most, q) => Math.max(most, Math.abs(q)), 0),
    127,
  );
});

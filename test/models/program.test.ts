import test, { type ExecutionContext } from 'ava';
import { bytesSource } from '../../models/checkpoint/byte-source.js';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import type { Checkpoint } from '../../models/checkpoint/tensors.js';
import { assembleAll } from '../../models/code.js';
import { ENDIAN_STRATEGIES, type EndianStrategy, strategyOf } from '../../models/endian.js';
import { OPS } from '../../models/kernels/ops.js';
import { bumpAllocator, poolAllocator } from '../../models/memory.js';
import { buildProgram, type GuestProgram, type ProgramRequest } from '../../models/program.js';
import { referenceModel } from '../../models/reference.js';
import { sample } from '../../models/sampler.js';
import { type ModelShape, zooModel } from '../../models/zoo.js';
import { assemble } from '../../sim/asm/assemble.js';
import { RunError, UsageError } from '../../sim/machine/errors.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { FunctionalMachine } from '../support/functional.js';
import { machineWith } from '../support/guest.js';
import { guestSource, variantsOf } from '../support/kernel.js';
import { sharedFile, sharedFloats, sharedJson, withShared } from '../support/shared.js';

function program(checkpoint: Checkpoint, request: Partial<ProgramRequest>): GuestProgram {
  return buildProgram({
    checkpoint,
    sources: guestSource,
    kernels: { variant: 'vmx128', ops: {} },
    endian: 'offline',
    threads: 1,
    context: 16,
    sampling: { temperature: 0, topP: 0.9, seed: 1n },
    addressBase: 0x8000_0000,
    allocate: bumpAllocator(0x1_0000, 0x1e00_0000),
    ...request,
  });
}

/** A small model that is odd where the kernels allow it: hidden size and vocabulary no multiples of four. */
const ODD: ModelShape = {
  dim: 24,
  hiddenDim: 37,
  layers: 2,
  heads: 6,
  kvHeads: 2,
  vocabulary: 45,
  sequence: 32,
  tiedClassifier: false,
};
const TOKENS = [1, 7, 44, 3, 3, 20];

function logitsOf(request: Partial<ProgramRequest>): Float32Array[] {
  const machine = new FunctionalMachine(program(syntheticCheckpoint(ODD, 'odd'), request));
  return TOKENS.map((token, position) => machine.forward(token, position));
}

const sameBits = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

/** The same in Hugging Face's rotary layout, with a head size that its kernel takes. */
const HALF_SPLIT: ModelShape = {
  ...ODD,
  dim: 48,
  ropeLayout: 'half-split',
  ropeTheta: 100000,
  normEpsilon: 1e-3,
};

function differenceOf(shape: ModelShape, request: Partial<ProgramRequest>): number {
  const checkpoint = syntheticCheckpoint(shape, 'odd');
  const reference = referenceModel(checkpoint, 16);
  const machine = new FunctionalMachine(program(checkpoint, request));
  return Math.max(
    ...TOKENS.map((token, position) => {
      const wanted = Float32Array.from(reference.forward(token, position));
      return machine
        .forward(token, position)
        .reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
    }),
  );
}

for (const variant of ['scalar', 'vmx128']) {
  const kernels = { variant, ops: {} };
  test(`${variant}: logits with halves of heads rotated, other frequencies, another epsilon`, (t) => {
    for (const threads of [1, 5]) t.true(differenceOf(HALF_SPLIT, { kernels, threads }) < 5e-5);
  });

  test(`${variant}: logits of an odd shape are the reference's`, (t) => {
    const reference = referenceModel(syntheticCheckpoint(ODD, 'odd'), 16);
    const found = logitsOf({ kernels });
    TOKENS.forEach((token, position) => {
      const wanted = reference.forward(token, position);
      const worst = found[position].reduce(
        (most, value, i) => Math.max(most, Math.abs(value - wanted[i])),
        0,
      );
      t.true(worst < 2e-5, `position ${position}: ${worst}`);
    });
  });

  test(`${variant}: logits are the same in every bit for all thread counts and endian strategies`, (t) => {
    const wanted = logitsOf({ kernels });
    const same = (request: Partial<ProgramRequest>): void => {
      const found = logitsOf({ kernels, ...request });
      found.forEach((logits, position) => {
        t.true(sameBits(logits, wanted[position]), `${JSON.stringify(request)} position ${position}`);
      });
    };
    for (const threads of [2, 3, 6]) same({ threads });
    for (const endian of ENDIAN_STRATEGIES)
      for (const threads of strategyOf(endian).threads === 'all' ? [1, 3] : [1]) same({ endian, threads });
  });
}

interface Expected {
  ids: number[];
  num_prompt_tokens: number;
}

function forwardStory(t: ExecutionContext, request: Partial<ProgramRequest>, positions: number): void {
  const checkpoint = openLlama2c(bytesSource(sharedFile('llama2c/stories260K.bin')), 'stories260K.bin');
  const { ids, num_prompt_tokens: prompt } = sharedJson<Expected>('expected/stories260K.sleepy.json');
  const wanted = sharedFloats('expected/stories260K.sleepy.logits_pos0-2.f32.bin');
  const machine = new FunctionalMachine(program(checkpoint, { ...request, context: positions }));
  for (let position = 0; position < positions; position++) {
    const logits = machine.forward(ids[position], position, position + 1 >= prompt);
    if (position < 3) {
      const worst = logits.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - wanted[512 * position + i])),
        0,
      );
      t.true(worst < 2e-4, `position ${position}: logits differ by ${worst}`);
    }
    if (position + 1 >= prompt)
      t.is(machine.program.next(machine.bytes), ids[position + 1], `position ${position}`);
  }
}

withShared('stories260K, vmx128, three threads, swapped by vperm: logits and first drawn tokens', (t) => {
  forwardStory(t, { threads: 3, endian: 'load-vperm' }, 14);
});

withShared('stories260K, scalar, weights left little-endian: logits', (t) => {
  forwardStory(t, { kernels: { variant: 'scalar', ops: {} }, endian: 'fused-vperm' }, 2);
});

test('the guest draws the tokens of the host mirror at temperature 0.9, top-p 0.8', (t) => {
  const sampling = { temperature: 0.9, topP: 0.8, seed: 42n };
  const machine = new FunctionalMachine(
    program(syntheticCheckpoint(ODD, 'odd'), {
      sampling,
      threads: 2,
      kernels: { variant: 'vmx128', ops: {} },
    }),
  );
  let state = sampling.seed;
  let token = 1;
  const drawn: number[] = [];
  for (let position = 0; position < 12; position++) {
    const logits = machine.forward(token, position, true);
    const wanted = sample(logits, sampling, state);
    token = machine.program.next(machine.bytes);
    t.is(token, wanted.token, `position ${position}`);
    state = wanted.state;
    drawn.push(token);
  }
  t.true(new Set(drawn).size > 3);
});

test('requests that cannot be built are refused', (t) => {
  const checkpoint = syntheticCheckpoint(ODD, 'odd');
  const refused = (
    request: Partial<ProgramRequest>,
    message: RegExp,
    shape: Partial<ModelShape> = {},
  ): void => {
    const from = Object.keys(shape).length ? syntheticCheckpoint({ ...ODD, ...shape }, 'odd') : checkpoint;
    t.throws(() => program(from, request), { instanceOf: UsageError, message });
  };
  refused({ context: 33 }, /context of 33.*1 to 32/);
  refused({ threads: 7 }, /threads 7/);
  refused({ sampling: { temperature: 1, topP: 1, seed: 0n } }, /seed 0/);
  refused({ kernels: { variant: 'scaler', ops: {} } }, /no kernel 'scaler' for embedding/);
  refused({ kernels: { variant: 'scalar', ops: { matmull: 'scalar' } } }, /no operation 'matmull'.*matmul/);
  refused({ kernels: { variant: 'scalar', ops: { matmul: 'x' } } }, /no kernel 'x' for matmul/);
  refused({}, /head size that is a multiple of 4, this model's is 6/, { dim: 36 });
});

test('models that the console cannot hold end with the memory map; endian strategies differ in what they need', (t) => {
  const build = (name: string, endian: EndianStrategy): GuestProgram =>
    program(syntheticCheckpoint(zooModel(name).shape, 'x'), {
      endian,
      allocate: poolAllocator(newMemoryPool(machineWith())),
    });
  for (const [name, endian] of [
    ['llama-2-7b', 'offline'],
    ['stories110M', 'load-copy'],
  ] as const) {
    t.throws(() => build(name, endian), { instanceOf: RunError, message: /weights needs.*memory map/s });
  }
  const room = (endian: EndianStrategy): number =>
    build('stories15M', endian).regions.reduce((sum, region) => sum + region.bytes, 0);
  t.true(room('load-copy') - room('load-vperm') > 60e6);
  t.true(build('stories110M', 'fused-vperm').regions.length > 5);
});

test('the payload of a checkpoint stands on a cache line, whatever its header', (t) => {
  for (const endian of ['offline', 'load-copy'] as EndianStrategy[]) {
    const built = program(syntheticCheckpoint(ODD, 'odd'), { endian });
    const file = built.regions.find(
      (region) => region.name === (endian === 'offline' ? 'weights' : 'model file'),
    )!;
    t.is((file.start + 28) % 128, 0);
    t.true(
      built.regions.every((region, i, all) => i === 0 || all[i - 1].start + all[i - 1].bytes <= region.start),
    );
  }
});

test('every kernel is the same wherever it stands, and so is the runtime', (t) => {
  const kernels = Object.keys(OPS).flatMap((op) => variantsOf(op).map((variant) => ({ op, variant })));
  t.true(kernels.length > 100);
  for (const { op, variant, assembled } of assembleAll(kernels, guestSource, () => 0x8000_1280)) {
    const file = op === 'runtime' ? 'runtime/runtime.s' : `kernels/${op}.${variant}.s`;
    const { base } = assembled;
    const there = assemble(guestSource(file), { file, base, include: guestSource });
    t.deepEqual(assembled.bytes, there.bytes, file);
    t.deepEqual([...assembled.symbols], [...there.symbols], file);
    t.deepEqual([...assembled.labels], [...there.labels], file);
    t.deepEqual(assembled.lines(base + 4), there.lines(base + 4), file);
  }
});

test('every call site is reached, and its work adds up to that of the shape', (t) => {
  const built = program(syntheticCheckpoint(ODD, 'odd'), { threads: 3 });
  const flops = built.sites.filter((site) => site.op === 'matmul').reduce((sum, site) => sum + site.flops, 0);
  const { dim, hiddenDim, layers, vocabulary } = ODD;
  t.is(flops, 2 * (layers * (2 * dim * dim + 2 * dim * 8 + 3 * dim * hiddenDim) + vocabulary * dim));
  t.is(new Set(built.sites.map((site) => site.site)).size, built.sites.length);
  const machine = new FunctionalMachine(built);
  machine.forward(1, 0);
  t.is(built.siteOf(machine.bytes, 0), -1);
});

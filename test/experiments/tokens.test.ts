import { createHash } from 'node:crypto';
import { join } from 'node:path';
import test from 'ava';
import { ENDIAN_STRATEGIES } from '../../experiments/run/request.js';
import { hasShared, readLogits, runOf, scratch, TINY } from '../support/runs.js';
import { SHARED, sharedFloats, sharedJson } from '../support/shared.js';

/** The whole stack on the published stories260K: exact ids of llama2.c, logits equal in bits across all ways. */
const maybe = hasShared ? test : test.skip;
const why = hasShared ? '' : ` (skipped: no shared data at ${SHARED}; set XENON_SHARED)`;

interface Expected {
  readonly prompt: string;
  readonly ids: readonly number[];
}
const expected = (name: string) => sharedJson<Expected>(`expected/stories260K.${name}.json`);
const KERNELS = ['scalar', 'vmx128'];
const THREADS = [1, 2, 3, 6];

maybe(`the whole texts, without time, each way of running at least once${why}`, async (t) => {
  const ways: [string, number, string][] = [
    ['scalar', 1, 'load-copy'],
    ['scalar', 6, 'load-scalar'],
    ['vmx128', 1, 'offline'],
    ['vmx128', 2, 'load-vperm'],
    ['vmx128', 3, 'fused-vperm'],
  ];
  for (const name of ['sleepy', 'once']) {
    const { prompt, ids } = expected(name);
    for (const [kernels, threads, endian] of ways) {
      const result = await runOf({
        ...TINY,
        prompt,
        kernels,
        endian,
        threads: `${threads}`,
        mode: 'functional',
      });
      t.deepEqual(result.tokens, ids, `${name} ${kernels} ${threads} ${endian}`);
    }
  }
});

for (const kernels of KERNELS) {
  maybe(`${kernels}: ids and logits of every endian strategy and thread count${why}`, async (t) => {
    const folder = scratch();
    const { prompt, ids } = expected('once');
    const hashes = new Map<string, string>();
    for (const endian of ENDIAN_STRATEGIES) {
      for (const threads of THREADS) {
        const logits = join(folder.path, 'logits.bin');
        const steps = 16;
        const way = `${endian} ${threads}`;
        const result = await runOf({
          ...TINY,
          prompt,
          kernels,
          endian,
          logits,
          steps: `${steps}`,
          threads: `${threads}`,
          mode: 'functional',
        });
        t.deepEqual(result.tokens, ids.slice(0, steps + 1), way);
        const values = readLogits(logits);
        hashes.set(way, createHash('sha256').update(Buffer.from(values.buffer)).digest('hex'));
        const reference = sharedFloats('expected/stories260K.once.logits_pos0-2.f32.bin');
        const worst = reference.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i])), 0);
        t.true(worst < 2e-4, `${way}: ${worst}`);
      }
    }
    t.is(new Set(hashes.values()).size, 1, JSON.stringify([...hashes]));
    folder.drop();
  });
}

maybe(`with time the text is the same${why}`, async (t) => {
  const { prompt, ids } = expected('sleepy');
  for (const [kernels, threads, endian] of [
    ['vmx128', '6', 'fused-vperm'],
    ['scalar', '1', 'offline'],
  ]) {
    const result = await runOf({ ...TINY, prompt, kernels, threads, endian, steps: '40' });
    t.deepEqual(result.tokens, ids.slice(0, 41));
    t.true(result.simulated.tokensPerSecond > 0);
  }
});

maybe(`reference and woven timing agree on a forward pass to the cycle${why}`, async (t) => {
  for (const [kernels, threads] of [
    ['vmx128', '2'],
    ['scalar', '1'],
  ]) {
    const ask = (engine: string) => runOf({ ...TINY, prompt: 'a', kernels, threads, steps: '2', engine });
    const woven = await ask('translated');
    const reference = await ask('reference');
    t.deepEqual(woven.simulated, reference.simulated);
    t.deepEqual(woven.ops, reference.ops);
  }
});

maybe(
  `the same request gives the same result but for the host; quantum 100 gives the cycles within 1 %${why}`,
  async (t) => {
    const ask = (...set: string[]) => runOf({ ...TINY, steps: '12', set });
    const { host: _one, ...first } = await ask();
    const { host: _two, ...second } = await ask();
    t.deepEqual(first, second);
    const short = await ask('quantumCycles=100');
    const ratio = short.simulated.cycles / first.simulated.cycles;
    t.log(`quantum 100 against the default: ${(100 * (ratio - 1)).toFixed(3)} %`);
    t.true(Math.abs(ratio - 1) < 0.01);
  },
);

test("stories15M's shape, scalar, one thread: at most 11.5 tokens/s, one miss at a time", async (t) => {
  const result = await runOf({
    model: 'stories15M-shape',
    kernels: 'scalar',
    threads: '1',
    steps: '3',
    ignoreEos: true,
    prompt: '',
  });
  t.log(`${result.simulated.tokensPerSecond.toFixed(2)} tokens/s`);
  t.true(result.simulated.tokensPerSecond <= 11.5);
  t.true(result.simulated.tokensPerSecond > 4);
});

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isProgramFile, readProgram } from '../../experiments/run/read-programs.js';
import { comparePrograms } from '../../reports/programs.js';
import { SHARED, sharedJson } from '../support/shared.js';
import { type Bits, compile, compileNative, newFolder, runHost, runXenon, withTools } from './support.js';

/** A Llama forward pass in C, compiled for the console by a compiler that knows nothing of it. */

const LEVELS = [['-O2'], ['-O3'], ['-O3', '-ffast-math']] as const;
const CELL = ['-mcpu=cell'];
const PROMPT = '1,403,407,261';

/** A model of seven layers' worth of nothing: small enough for any engine, weights from a simple generator. */
function tinyModel(): string {
  const shape = { width: 16, hidden: 24, layers: 2, heads: 4, kvHeads: 2, words: 32, longest: 16 };
  const { width, hidden, layers, words, longest } = shape;
  const kv = (width / shape.heads) * shape.kvHeads;
  const count =
    words * width +
    layers * (2 * width + 2 * width * width + 2 * width * kv + 3 * width * hidden) +
    width +
    longest * (width / shape.heads);
  const model = new DataView(new ArrayBuffer(28 + 4 * count));
  for (const [i, value] of Object.values(shape).entries()) model.setInt32(4 * i, value, true);
  for (let i = 0, state = 1; i < count; i++) {
    state = (state * 48271) % 2147483647;
    model.setFloat32(28 + 4 * i, state / 2147483647 - 0.5, true);
  }
  const tokenizer = new DataView(new ArrayBuffer(4 + words * 9));
  for (let i = 0; i < words; i++) {
    tokenizer.setUint32(4 + 9 * i + 4, 1, true);
    tokenizer.setUint8(4 + 9 * i + 8, 65 + i);
  }
  return newFolder({
    'model.bin': new Uint8Array(model.buffer),
    'tok.bin': new Uint8Array(tokenizer.buffer),
  });
}

/** The real model where the shared data is there, otherwise the tiny one. */
function model(): { folder: string; files: readonly [string, string]; real: boolean } {
  try {
    const file = (name: string) => new Uint8Array(readFileSync(join(SHARED, 'llama2c', name)));
    const folder = newFolder({ 'model.bin': file('stories260K.bin'), 'tok.bin': file('tok512.bin') });
    return { folder, files: ['model.bin', 'tok.bin'], real: true };
  } catch {
    return { folder: tinyModel(), files: ['model.bin', 'tok.bin'], real: false };
  }
}

const { folder, files, real } = model();
const prompt = real ? PROMPT : '1,3,5';

withTools('native', 'the text is the one that the program gives natively, at every level', (t) => {
  const args = [...files, real ? '60' : '12', prompt];
  const expected = runHost(undefined, compileNative('llama.c', '-O2', '-ffp-contract=off'), args, {
    cwd: folder,
  });
  t.is(expected.status, 0);
  for (const level of LEVELS) {
    const actual = runXenon(compile('llama.c', 64, ...level, ...CELL), args, { root: folder });
    t.is(actual.stdout, expected.stdout, level.join(' '));
  }
  if (!real) return;
  const { text } = sharedJson<{ text?: string }>('expected/stories260K.once.json');
  if (text !== undefined) t.true(text.startsWith(expected.stdout.trim()), expected.stdout);
});

withTools('native', 'without contraction the logits have the bits of a native build', (t) => {
  const args = [...files, '8', prompt, 'sums'];
  const native = compileNative('llama.c', '-O2', '-ffp-contract=off');
  const expected = runHost(undefined, native, args, { cwd: folder });
  // A story of the tiny model may end before that.
  const lines = expected.stdout.trim().split('\n').length;
  t.true(real ? lines === 8 : lines > 4, `${lines} lines`);
  for (const bits of [64, 32] as Bits[]) {
    for (const level of ['-O2', '-O3']) {
      const program = compile('llama.c', bits, level, ...CELL, '-ffp-contract=off');
      t.is(runXenon(program, args, { root: folder }).stdout, expected.stdout, `${bits} bits ${level}`);
    }
  }
  const contracted = runXenon(compile('llama.c', 64, '-O2', ...CELL), args, { root: folder });
  t.not(contracted.stdout, expected.stdout, 'fused multiply-add rounds once');
});

withTools('native', 'OpenMP on six hardware threads gives the same bits', (t) => {
  const args = [...files, real ? '3' : '8', prompt, 'sums'];
  const program = compile('llama.c', 64, '-O2', ...CELL, '-fopenmp', '-ffp-contract=off');
  const native = compileNative('llama.c', '-O2', '-ffp-contract=off');
  const actual = runXenon(program, args, { root: folder });
  t.is(actual.stdout, runHost(undefined, native, args, { cwd: folder }).stdout);
  t.is(actual.result.simulated.threads.length, 6);
});

type Measured = ReturnType<typeof measure>;
const known = new Map<string, Measured>();

/** Cycles of the region of interest at a level. */
function measured(
  t: ExecutionContext,
  level: readonly string[],
  overrides: readonly string[] = [],
): Measured {
  const key = [...level, ...overrides].join(' ');
  const result = known.get(key) ?? measure(t, level, overrides);
  known.set(key, result);
  return result;
}

function measure(t: ExecutionContext, level: readonly string[], overrides: readonly string[]) {
  const program = compile('llama.c', 64, ...level, ...CELL);
  const { result, status } = runXenon(program, [...files, '5', prompt], {
    root: folder,
    mode: 'detailed',
    roi: 'forward',
    profile: true,
    overrides,
  });
  t.is(status, 0);
  t.is(result.roi!.calls, 5);
  const product = result.functions.find(({ name }) => name === 'product')!;
  return { roi: result.roi!, product, result };
}

// The tiny model's rows are too short for it.
const withRows: typeof withTools = real
  ? withTools
  : (_needs, title, body) => test.skip(`${title} (skipped: no shared data at ${SHARED})`, body);

withRows('compilers', 'ordered sums in vector registers cost a load-hit-store storm', (t) => {
  const scalar = measured(t, ['-O2']);
  const ordered = measured(t, ['-O3']);
  const fast = measured(t, ['-O3', '-ffast-math']);
  // -O3 keeps the order of the sum: products go by stvx to memory and come back by lfs before they are there.
  t.true(ordered.roi.instructions < scalar.roi.instructions);
  t.true(ordered.roi.cycles! > 2 * scalar.roi.cycles!, `${ordered.roi.cycles} against ${scalar.roi.cycles}`);
  t.true(ordered.product.cpi! > 3 * scalar.product.cpi!);
  t.true(fast.roi.cycles! < scalar.roi.cycles!);
  // The counter of such waits names the reason: of the product's cycles nearly all there, none at -O2.
  const waits = ({ product, roi }: typeof scalar) => [
    product.loadHitStoreCycles / product.cycles,
    roi.loadHitStoreCycles! / roi.cycles!,
  ];
  const [[stormy, stormyWhole], [calm, calmWhole]] = [waits(ordered), waits(scalar)];
  t.true(stormy > 0.75 && stormyWhole > 0.6, `${stormy} of the product, ${stormyWhole} of the pass`);
  t.true(calm < 0.01 && calmWhole < 0.3, `${calm} of the product, ${calmWhole} of the pass`);
  const lost = ordered.roi.loadHitStoreCycles! - scalar.roi.loadHitStoreCycles!;
  t.true(lost > ordered.roi.cycles! - scalar.roi.cycles!, `${lost} cycles lost`);
  // With no penalty for loads that hit a store the storm is over: that is the reason, and the only one.
  // The page that `xenon report O2.json O3.json fast.json` makes says so.
  const builds = Object.entries({ O2: scalar, O3: ordered, fast }).map(([name, { result }]) => {
    const path = join(newFolder(), `${name}.json`);
    writeFileSync(path, JSON.stringify(result));
    t.true(isProgramFile(path));
    return readProgram(path);
  });
  const { answer } = comparePrograms(builds);
  t.regex(answer.rest, /O3 takes compared with fast.* is loads that wait for stores .*load-hit-store/);
  const without = measured(t, ['-O3'], ['core.loadHitStoreCycles=0']);
  t.true(without.roi.cycles! < 0.5 * ordered.roi.cycles!, `${without.roi.cycles} of ${ordered.roi.cycles}`);
  t.is(without.roi.instructions, ordered.roi.instructions);
});

withTools('compilers', 'the region of interest is a part of the whole', (t) => {
  const { roi, result } = measured(t, ['-O2']);
  const { simulated, memory } = result;
  t.true(roi.cycles! < simulated.cycles! && roi.instructions < simulated.instructions);
  t.true(roi.memory.l1Misses > 0 && roi.memory.l1Misses < memory!.l1Misses);
  const charged = result.functions.reduce((sum, { cycles }) => sum + cycles, 0);
  t.true(Math.abs(charged / roi.cycles! - 1) < 0.01, `${charged} of ${roi.cycles}`);
  t.throws(() => runXenon(compile('llama.c', 64, '-O2', ...CELL), [], { roi: 'forwrad', mode: 'detailed' }), {
    message: /forwrad.*nearest: forward/,
  });
});

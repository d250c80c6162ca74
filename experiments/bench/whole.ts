import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLlama2c } from '../../models/checkpoint/llama2c.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { writeLegacy } from '../../models/checkpoint/write.js';
import { poolAllocator } from '../../models/memory.js';
import { buildProgram } from '../../models/program.js';
import type { ModelShape } from '../../models/zoo.js';
import { machineNamed } from '../../sim/machine/named.js';
import { newMemory } from '../../sim/machine/xenon.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { kernelSource, openFile } from '../node/files.js';
import { parseRequest } from '../run/request.js';
import { simulate } from '../run/simulate.js';
import type { Measured } from './measure.js';

/** Whole forward passes of the shape of stories15M: full timing, six threads. */
export interface ForwardPasses {
  readonly name: string;
  readonly positions: number;
}

/** The first few, in which code is met and records of its timing are made; and many. */
export const FIRST_PASSES: ForwardPasses = {
  name: 'forward pass of stories15M, vmx128, 6 threads, first 6 positions',
  positions: 6,
};
export const FORWARD_PASSES: readonly ForwardPasses[] = [
  FIRST_PASSES,
  { name: 'forward pass of stories15M, vmx128, 6 threads, 48 positions', positions: 48 },
];

/** The first run translates and is not counted. */
export async function measureForwardPass(passes: ForwardPasses, samples: number): Promise<Measured> {
  const request = parseRequest({
    model: 'stories15M-shape',
    prompt: 'A',
    steps: String(passes.positions),
    temperature: '0',
    topP: '0.9',
    seed: '1',
    ignoreEos: true,
    machine: 'xbox360',
    threads: '6',
    placement: 'spread',
    kernels: 'vmx128',
    endian: 'offline',
    mode: 'detailed',
    engine: 'translated',
    out: '',
  });
  const rates: number[] = [];
  for (let i = 0; i <= samples; i++) rates.push((await simulate(request)).host.mips);
  const counted = rates.slice(1);
  return { name: passes.name, mips: Math.max(...counted), samples: counted };
}

/** 67 million parameters. */
const LARGE: ModelShape = {
  dim: 512,
  hiddenDim: 1376,
  layers: 16,
  heads: 8,
  kvHeads: 8,
  vocabulary: 32_000,
  sequence: 256,
  tiedClassifier: true,
};

export interface Loading {
  readonly megabytes: number;
  /** From the file to guest memory, words turned; the fastest of the samples. */
  readonly seconds: number;
}

/** Loads a checkpoint of 256 MB. */
export function measureLoading(samples: number): Loading {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-bench-'));
  try {
    const file = join(folder, 'large.bin');
    const out = openSync(file, 'w');
    writeLegacy(syntheticCheckpoint(LARGE, '1'), (bytes) => writeSync(out, bytes));
    closeSync(out);
    const seconds = Array.from({ length: samples }, () => load(file));
    return { megabytes: statSync(file).size / 2 ** 20, seconds: Math.min(...seconds) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function load(file: string): number {
  const machine = machineNamed('xbox360');
  const memory = newMemory();
  const source = openFile(file, 'checkpoint');
  const began = performance.now();
  const program = buildProgram({
    checkpoint: openLlama2c(source, file),
    sources: kernelSource,
    kernels: { variant: 'vmx128', ops: {} },
    endian: 'offline',
    threads: 1,
    context: 16,
    sampling: { temperature: 0, topP: 1, seed: 1n },
    addressBase: machine.memoryMap.linkAddress,
    allocate: poolAllocator(newMemoryPool(machine)),
  });
  program.load(new Uint8Array(memory.buffer));
  const seconds = (performance.now() - began) / 1000;
  source.close();
  return seconds;
}

import { BITS } from '../models/quantize/precisions.js';
import { countParameters, zooModel } from '../models/zoo.js';
import { analyticExperiment, type NumberOf } from './api.js';

const factors = {
  model: ['stories15M', 'stories110M', 'smollm-135m', 'smollm-360m'],
  precision: ['fp32', 'bf16', 'q80', 'q4_0'],
} as const;
type Cell = { readonly model: string; readonly precision: (typeof factors.precision)[number] };

/** Groups of 32 share a scale of 32 bits. */
const bitsOf = ({ precision }: Cell): number =>
  BITS[precision] + (precision === 'q80' || precision === 'q4_0' ? 1 : 0);

const macs = ({ model }: Cell): number => countParameters(zooModel(model).shape).matmulMacs;
const bytes = (cell: Cell): number => (macs(cell) * bitsOf(cell)) / 8;

/** GB/s of GDDR3: two transfers a clock on every controller's channel. */
const dramPeak = (number: NumberOf): number =>
  (2 * number('dram.clock') * number('dram.controllers') * number('dram.channelBytes')) / 1000;
const dramRate = (number: NumberOf): number =>
  (dramPeak(number) * number('dram.efficiency')) / 100 - number('gpu.scanOut');
const shaderFlops = (number: NumberOf): number =>
  number('xenos.alus') * number('xenos.floatsPerAlu') * 2 * number('gpu.clock') * 1e6;

const memoryRate = (cell: Cell, number: NumberOf): number => (dramRate(number) * 1e9) / bytes(cell);
const shaderRate = (cell: Cell, number: NumberOf): number => shaderFlops(number) / (2 * macs(cell));
const busRate = (cell: Cell, number: NumberOf): number =>
  (number('bus.readBandwidth') * (number('bus.efficiency') / 100) * 1e9) / bytes(cell);

const plain = { model: 'stories15M', precision: 'fp32' } as const;

/** The GPU reads memory at twice the CPU's rate. What could it give at best? */
export default analyticExperiment({
  name: '12-gpu-bound',
  question: 'How many tokens per second could the GPU give at best, if it did all matrix-vector products?',
  machine: 'xbox360',
  inputs: {
    'xenos.alus': {
      value: 48,
      unit: 'count',
      low: 48,
      high: 48,
      grade: 'vendor doc',
      note: 'Doggett 2005: three groups of 16',
    },
    'xenos.floatsPerAlu': {
      value: 5,
      unit: 'count',
      low: 4,
      high: 5,
      grade: 'vendor doc',
      note: 'Doggett 2005: a vector of four and a scalar a clock; a product of a matrix may use the four only',
    },
    'dram.efficiency': {
      value: 80,
      unit: '%',
      low: 70,
      high: 90,
      grade: 'inferred',
      note: 'read-dominated streaming: refresh, turnarounds and row misses take the rest',
    },
  },
  factors,
  except: ({ model, precision }) => bytes({ model, precision }) > 480 * 2 ** 20,
  measure: {
    gpu: { title: 'GPU, by memory', unit: 'tokens/s', of: memoryRate },
    cpu: { title: 'CPU, by its bus', unit: 'tokens/s', of: busRate },
    shaders: { title: 'GPU, by arithmetic', unit: 'tokens/s', of: shaderRate },
    megabytes: { title: 'weights read a token', unit: 'MB', of: (cell) => bytes(cell) / 1e6 },
    batch: {
      title: 'positions at once that fill the shaders',
      of: (cell, number) => shaderRate(cell, number) / memoryRate(cell, number),
    },
  },
  show: [{ bars: ['gpu', 'cpu', 'shaders'] }],
  headline: {
    unit: 'tokens per second',
    of: ({ value }) => value('gpu', plain),
    uncertain: ['dram.efficiency', 'gpu.scanOut'],
  },
  answer: ({ value }) => {
    const [gpu, cpu] = [value('gpu', plain), value('cpu', plain)];
    const small = { model: 'smollm-360m', precision: 'q4_0' } as const;
    return (
      `is the most that memory lets Xenos give on stories15M in fp32, ${(gpu / cpu).toFixed(1)} times what the ` +
      `CPU's bus sustains (${cpu.toFixed(0)}). Its shaders could multiply ${value('batch', plain).toFixed(0)} ` +
      `positions in the time one reading of the weights takes, and SmolLM-360M in 4 bits ends at ` +
      `${value('gpu', small).toFixed(0)} tokens per second.`
    );
  },
  notes: [
    'A token reads every weight once; keys, values and activations are left out, as are the start of a shader ' +
      'program and the way back to the CPU, tens of microseconds each time. Nobody reaches these bounds.',
    'Weights of 8 and 4 bits count one bit more for their scales. Combinations that do not fit the memory are ' +
      'left out.',
  ],
});

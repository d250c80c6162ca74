import { Body, encodeModule, Locals } from './wasm/builder.js';

/** What the host's WebAssembly can do beyond the standard every engine has. */
export interface HostCapabilities {
  /** Relaxed SIMD multiply-add exists and rounds once. */
  readonly relaxedFma: boolean;
}

const probeOf = (width: 'f32x4' | 'f64x2'): Body => {
  const body = new Body(new Locals(['v128', 'v128', 'v128'].map(() => 'i32' as const)));
  const [operand] = body.locals.parameters;
  for (const offset of [0, 16, 32]) {
    body.get(operand);
    body.memory('v128.load', offset);
  }
  const result = body.locals.add('v128');
  body.op(`${width}.relaxed_madd`);
  body.set(result);
  body.get(operand);
  body.get(result);
  body.memory('v128.store', 48);
  return body;
};

const probe = (): BufferSource => {
  const signature = { parameters: ['i32', 'i32', 'i32'], results: [] } as const;
  const functions = [
    { name: 'single', ...signature, body: probeOf('f32x4') },
    { name: 'double', ...signature, body: probeOf('f64x2') },
  ];
  return encodeModule(1, [], functions) as BufferSource;
};

/**
 * Whether the engine has the relaxed multiply-add, fused or not: Node 20 wants the V8 flag
 * `--experimental-wasm-relaxed-simd`, which only the host side can set.
 */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(probe());

/**
 * Tries the relaxed multiply-add: absent in some engines, and unfused on CPUs without it. With a = c = 1 + e and
 * b = -(1 + 2e), a fused one gives e^2, an unfused one 0.
 */
export function probeCapabilities(): HostCapabilities {
  if (!hasRelaxedSimd()) return { relaxedFma: false };
  const memory = new WebAssembly.Memory({ initial: 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(probe()), { e: { memory } });
  const { single, double } = instance.exports as Record<string, (at: number) => void>;
  const f32 = new Float32Array(memory.buffer);
  const f64 = new Float64Array(memory.buffer);
  const ask = (values: Float32Array | Float64Array, e: number, run: (at: number) => void): boolean => {
    const lanes = 16 / values.BYTES_PER_ELEMENT;
    values.fill(1 + e, 0, 2 * lanes);
    values.fill(-(1 + 2 * e), 2 * lanes, 3 * lanes);
    run(0);
    return values.subarray(3 * lanes, 4 * lanes).every((x) => x === e * e);
  };
  return { relaxedFma: ask(f32, 2 ** -12, single) && ask(f64, 2 ** -27, double) };
}

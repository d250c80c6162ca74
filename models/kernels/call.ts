export interface KernelWork {
  /**
   * Arithmetic operations on numbers (a multiply-add is two, an exp ten), and bytes of operands and results.
   */
  readonly flops: number;
  readonly bytes: number;
}

/** One self-contained kernel call: for tests, for looking at a kernel's cycles, for benchmarks. */
export interface KernelCall extends KernelWork {
  readonly buffers: Readonly<Record<string, CallBuffer>>;
  /** Values of r3, r4, ... */
  readonly registers: readonly Operand[];
  readonly expected: readonly Expectation[];
}

/**
 * Guest memory of a call, aligned to 128 bytes plus `skew`; kernels may use the room up to a multiple of 64
 * bytes.
 */
export interface CallBuffer {
  readonly bytes: Uint8Array;
  readonly skew?: number;
}

/** A number, or the address of a place in a buffer. */
export type Operand = number | { readonly buffer: string; readonly offset?: number };

/** What must stand in a buffer after the call. */
export type Expectation =
  | { readonly buffer: string; readonly offset?: number; readonly bytes: Uint8Array }
  | {
      readonly buffer: string;
      readonly offset?: number;
      readonly floats: Float32Array;
      readonly tolerance: Tolerance;
    };

/** |found - expected| <= relative * |expected| + absolute * (largest |expected|). */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

/** Sizes of a call, such as { rows: 4, columns: 64 }. */
export type Sizes = Readonly<Record<string, number>>;

/** An operation of the forward pass: one reference, any number of guest variants (`<name>.<variant>.s`). */
export interface KernelOp {
  readonly name: string;
  readonly meaning: string;
  /** Sizes at which it is tested, the first one a typical one. */
  readonly examples: readonly Sizes[];
  /**
   * A call with random operands. `little`: tables and matrices little-endian, for variants named `...-le`.
   */
  call(sizes: Sizes, random: () => number, little: boolean): KernelCall;
}

export const at = (buffer: string, offset = 0): Operand => ({ buffer, offset });

/** Big-endian (or little-endian) bytes of fp32 numbers. */
export function floatBytes(values: ArrayLike<number>, little = false): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i], little);
  return bytes;
}

/** Big-endian fp32 numbers. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength >> 2 }, (_, i) => view.getFloat32(4 * i));
}

export function wordBytes(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setUint32(4 * i, value);
  });
  return bytes;
}

/** Numbers near a Gaussian of mean 0 and the given standard deviation. */
export function gaussian(count: number, random: () => number, deviation = 1): Float32Array {
  return Float32Array.from(
    { length: count },
    () => deviation * Math.sqrt(3) * (random() + random() + random() + random() - 2),
  );
}

/** Largest mismatch of an expectation as a fraction of what is allowed; above 1 it is a failure. */
export function mismatch(found: Uint8Array, expectation: Expectation): number {
  if ('bytes' in expectation) return expectation.bytes.every((byte, i) => byte === found[i]) ? 0 : Infinity;
  const { floats, tolerance } = expectation;
  const values = floatsOf(found.subarray(0, 4 * floats.length));
  const largest = floats.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return floats.reduce((worst, value, i) => {
    const allowed = tolerance.relative * Math.abs(value) + tolerance.absolute * largest;
    const difference = Math.abs(values[i] - value);
    return Number.isNaN(difference)
      ? Infinity
      : difference === 0
        ? worst
        : Math.max(worst, difference / allowed);
  }, 0);
}

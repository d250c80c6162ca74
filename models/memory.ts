import type { Owner } from '../sim/memory/address-map.js';
import type { MemoryPool } from '../sim/memory/pool.js';

/** What a program asks of the machine's memory. */
export interface RegionRequest {
  /** `weights`, `kv cache`, ... */
  readonly name: string;
  readonly owner: Owner;
  readonly bytes: number;
  /** The address is `skewBytes` above a multiple of this. */
  readonly alignBytes: number;
  readonly skewBytes?: number;
}

export interface Region extends RegionRequest {
  /** Physical address. */
  readonly start: number;
}

/** Finds room; throws a RunError with the memory map where there is none. */
export type Allocate = (request: RegionRequest) => number;

/** Takes regions from a machine's memory. */
export function poolAllocator(pool: MemoryPool): Allocate {
  return ({ name, owner, bytes, alignBytes, skewBytes = 0 }) =>
    pool.allocate({ name, owner, bytes: bytes + skewBytes, alignment: alignBytes }).start + skewBytes;
}

/** A plain allocator from `start` up to `end`, for tests and small tools; no reservations. */
export function bumpAllocator(start: number, end: number): Allocate {
  let next = start;
  return ({ name, bytes, alignBytes, skewBytes = 0 }) => {
    const address = Math.ceil((next - skewBytes) / alignBytes) * alignBytes + skewBytes;
    if (address + bytes > end) throw new RangeError(`${name} does not fit: ${bytes} bytes at ${address}`);
    next = address + bytes;
    return address;
  };
}

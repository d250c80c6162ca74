import { RunError } from '../machine/errors.js';
import type { Machine } from '../machine/resolve.js';
import { type AddressMap, addressMap, align, type Owner } from './address-map.js';

/** A piece of physical memory in use. */
export interface Region {
  readonly name: string;
  readonly owner: Owner;
  /** Physical address. */
  readonly start: number;
  readonly bytes: number;
  /** Size of the pages it is mapped with. */
  readonly pageBytes: number;
}

export interface RegionRequest {
  readonly name: string;
  readonly owner: Owner;
  readonly bytes: number;
  /** A power of two, 128 (a cache line) unless said otherwise. */
  readonly alignment?: number;
  /** Pages of the machine's translation.pageSize unless said otherwise. */
  readonly pageBytes?: number;
  /** A fixed physical address, for what a linker has placed. */
  readonly at?: number;
}

/** The pool at one moment: after which allocation or release, and how much was in use. */
export interface FootprintPoint {
  readonly event: string;
  readonly usedBytes: number;
  /** CPU cycles since the start, as told to `at`. */
  readonly cycles: number;
}

/** The console's one memory, shared out in named regions. */
export interface MemoryPool {
  readonly map: AddressMap;
  /** Takes the lowest free place that fits; MemoryFull where none does. */
  allocate(request: RegionRequest): Region;
  release(region: Region): void;
  /** All regions in use, reservations too, by address. */
  regions(): readonly Region[];
  /** Bytes not in use, and the largest piece of them. */
  freeBytes(): number;
  largestFree(): number;
  /** Most bytes that were ever in use at once, and the regions then. */
  peakBytes(): number;
  peakRegions(): readonly Region[];
  /** Tells the time for the footprint's next points. */
  at(cycles: number): void;
  footprint(): readonly FootprintPoint[];
}

/** An allocation that the console's memory cannot hold: exit status 1, the map in the message. */
export class MemoryFull extends RunError {
  constructor(
    message: string,
    readonly request: RegionRequest,
    readonly missingBytes: number,
    readonly regions: readonly Region[],
  ) {
    super(message);
    this.name = 'MemoryFull';
  }
}

/** Bytes of a page by the machine's name for its size. */
export const PAGE_BYTES = { '4KB': 4096, '64KB': 65536, '16MB': 16 * 2 ** 20 } as const;

/** A pool holding a machine's reservations and nothing else. */
export function newMemoryPool(machine: Machine): MemoryPool {
  const map = addressMap(machine);
  const defaultPage = PAGE_BYTES[machine.translation.pageSize];
  const used: Region[] = map.reservations.map((reservation) => ({
    ...reservation,
    pageBytes: PAGE_BYTES['64KB'],
  }));
  used.sort((a, b) => a.start - b.start);
  let now = 0;
  const sum = () => used.reduce((bytes, region) => bytes + region.bytes, 0);
  let peak = { bytes: sum(), regions: [...used] };
  const points: FootprintPoint[] = [{ event: 'reservations', usedBytes: peak.bytes, cycles: 0 }];

  /** Free pieces, by address. */
  const gaps = () => {
    const found: { start: number; end: number }[] = [];
    let start = 0;
    for (const region of used) {
      if (region.start > start) found.push({ start, end: region.start });
      start = region.start + region.bytes;
    }
    if (start < map.totalBytes) found.push({ start, end: map.totalBytes });
    return found;
  };

  const note = (event: string) => {
    const usedBytes = sum();
    points.push({ event, usedBytes, cycles: now });
    if (usedBytes > peak.bytes) peak = { bytes: usedBytes, regions: [...used] };
  };

  const largestFree = () => Math.max(0, ...gaps().map((gap) => gap.end - gap.start));

  return {
    map,
    allocate(request) {
      const { name, owner, bytes, alignment = 128, pageBytes = defaultPage } = request;
      if (!(bytes >= 0 && Number.isSafeInteger(bytes)))
        throw new RangeError(`region ${name} of ${bytes} bytes`);
      const placed = gaps()
        .map((gap) => ({ ...gap, at: request.at ?? align(gap.start, alignment) }))
        .find(({ start, end, at }) => at >= start && at + bytes <= end);
      if (placed === undefined) throw memoryFull(request, map.totalBytes, used, largestFree());
      const region = { name, owner, start: placed.at, bytes, pageBytes };
      used.push(region);
      used.sort((a, b) => a.start - b.start || a.bytes - b.bytes);
      note(`+ ${name}`);
      return region;
    },
    release(region) {
      const index = used.indexOf(region);
      if (index < 0) throw new RangeError(`region ${region.name} is not in use`);
      used.splice(index, 1);
      note(`- ${region.name}`);
    },
    regions: () => [...used],
    freeBytes: () => map.totalBytes - sum(),
    largestFree,
    peakBytes: () => peak.bytes,
    peakRegions: () => peak.regions,
    at: (cycles) => {
      now = cycles;
    },
    footprint: () => [...points],
  };
}

function memoryFull(
  request: RegionRequest,
  total: number,
  used: readonly Region[],
  largest: number,
): MemoryFull {
  const missing = Math.max(1, request.bytes - largest);
  const where = request.at === undefined ? '' : ` at ${hex(request.at)}`;
  const message =
    `out of memory: ${request.name} needs ${mebibytes(request.bytes)}${where}, ` +
    `${mebibytes(missing)} more than the largest free piece (${mebibytes(largest)})\n${mapText(used, total)}`;
  return new MemoryFull(message, request, missing, used);
}

/** A table of regions and the free pieces between them, by address. */
export function mapText(regions: readonly Region[], totalBytes: number): string {
  const lines: string[] = [];
  const line = (start: number, bytes: number, name: string, owner: string) =>
    lines.push(`  ${hex(start)}  ${mebibytes(bytes).padStart(11)}  ${owner.padEnd(11)}  ${name}`.trimEnd());
  let at = 0;
  for (const region of [...regions].sort((a, b) => a.start - b.start)) {
    if (region.start > at) line(at, region.start - at, '', 'free');
    line(region.start, region.bytes, region.name, region.owner);
    at = region.start + region.bytes;
  }
  if (at < totalBytes) line(at, totalBytes - at, '', 'free');
  return [`memory map of ${mebibytes(totalBytes)} (physical addresses):`, ...lines].join('\n');
}

const hex = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 3 : 1)} MiB`;

import type { Machine } from '../machine/resolve.js';

/**
 * Where physical memory is taken before a program comes, as libxenon sets the console up: the top reservation
 * (framebuffer, GPU ring, loader), below it a context for each hardware thread, below those the main stack.
 * Physical addresses; effective addresses are seen through views 0x80000000 and 0x90000000, cached, that drop the
 * upper bits.
 */
export interface AddressMap {
  /** Where programs are linked to run (effective). */
  readonly linkAddress: number;
  /** Bytes of memory in all. */
  readonly totalBytes: number;
  readonly reservations: readonly Reservation[];
}

export interface Reservation {
  readonly name: string;
  readonly owner: Owner;
  readonly start: number;
  readonly bytes: number;
}

/** Who uses a piece of memory. */
export type Owner =
  | 'system'
  | 'framebuffer'
  | 'stack'
  | 'program'
  | 'file'
  | 'weights'
  | 'kvCache'
  | 'activations'
  | 'tape';

/** Physical address of an effective one: the views drop the upper three bits. */
export const physicalAddress = (effective: number): number => effective & 0x1fff_ffff;

/** The effective address programs use for a physical one. */
export const cachedAddress = (map: AddressMap, physical: number): number => map.linkAddress + physical;

/** The machine's memory with nothing loaded. */
export function addressMap(machine: Machine): AddressMap {
  const {
    totalBytes,
    topReservationBytes,
    framebufferBytes,
    threadContextBytes,
    mainStackBytes,
    linkAddress,
  } = machine.memoryMap;
  const threads = machine.core.count * machine.core.threadsPerCore;
  const framebuffer = Math.min(align(framebufferBytes, 64 * 1024), topReservationBytes);
  let end = totalBytes;
  const below = (name: string, owner: Owner, bytes: number): Reservation => {
    end -= bytes;
    return { name, owner, start: end, bytes };
  };
  const reservations = [
    below('framebuffer', 'framebuffer', framebuffer),
    below('system (GPU ring, loader)', 'system', topReservationBytes - framebuffer),
    below('thread contexts', 'stack', threads * threadContextBytes),
    below('main stack', 'stack', mainStackBytes),
  ].filter((reservation) => reservation.bytes > 0);
  return { linkAddress, totalBytes, reservations };
}

/** The next multiple of a power of two. */
export const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

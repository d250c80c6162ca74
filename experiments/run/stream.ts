import type { GuestProgram, StreamedLayer } from '../../models/program.js';
import type { Streaming } from '../../reports/results.js';
import type { Machine } from '../../sim/machine/resolve.js';
import type { StreamDevice } from './request.js';

/** The machine while a device writes to its memory at full rate, which takes that much from the controllers. */
export const withDevice = (machine: Machine, device: StreamDevice): Machine => ({
  ...machine,
  gpu: { ...machine.gpu, traffic: machine.gpu.traffic + machine.devices[`${device}Bandwidth`] },
});

/** Until the head of a disc is where a file begins. */
const seekCycles = (devices: Machine['devices'], device: StreamDevice): number =>
  device === 'dvd' ? devices.dvdSeek : 0;

/** Until so many bytes of a model file have been read. */
export const readCycles = ({ devices }: Machine, bytes: number): number => {
  const { loadFrom } = devices;
  return seekCycles(devices, loadFrom) + bytes / devices[`${loadFrom}Bandwidth`];
};

/**
 * A device that writes layers into memory by itself (DMA) while the processor computes: one after the other, at
 * its own rate, each as soon as the layer that was in its buffer is done with. All times in cycles since the
 * first forward pass began, when it begins, too.
 */
export class WeightDevice {
  /** Passes it has brought layers for, their bytes, and cycles that all threads waited for them. */
  passes = 0;
  bytes = 0;
  waitCycles = 0;
  private free = 0;
  private readonly slots = new Map<number, number>();
  private readonly bytesPerCycle: number;
  private readonly seekCycles: number;

  constructor(
    { devices }: Machine,
    readonly name: StreamDevice,
  ) {
    this.bytesPerCycle = devices[`${name}Bandwidth`];
    this.seekCycles = seekCycles(devices, name);
  }

  /** Cycles to wait at `now` until a layer is there. `isFirst`: the first one of a pass, where a disc seeks. */
  bring({ bytes, slot }: StreamedLayer, isFirst: boolean, now: number): number {
    const start = Math.max(this.free, this.slots.get(slot) ?? 0) + (isFirst ? this.seekCycles : 0);
    this.free = start + bytes / this.bytesPerCycle;
    this.bytes += bytes;
    if (isFirst) this.passes++;
    const wait = Math.max(0, this.free - now);
    this.waitCycles += wait;
    return wait;
  }

  /** The layer in a buffer is done with. */
  release({ slot }: StreamedLayer, now: number): void {
    this.slots.set(slot, now);
  }
}

/** What a device has brought of a program's weights. */
export function streamingOf(
  { shape, streamed }: Pick<GuestProgram, 'shape' | 'streamed'>,
  device: WeightDevice,
  waitSeconds: number,
): Streaming {
  return {
    device: device.name,
    residentLayers: shape.layers - streamed.length,
    streamedLayers: streamed.length,
    buffers: new Set(streamed.map(({ slot }) => slot)).size,
    bytesPerPass: device.bytes / device.passes,
    bytes: device.bytes,
    waitSeconds,
  };
}

/** A request on the memory controllers: of a line of 128 bytes. */
export interface MemoryRequest {
  readonly address: number;
  readonly isWrite: boolean;
  /** CPU cycle at which it came to the controller. */
  readonly cycle: number;
}

export const MEMORY_FORMATS = ['dramsim3', 'ramulator'] as const;
export type MemoryFormat = (typeof MEMORY_FORMATS)[number];

const hex = (address: number): string => `0x${address.toString(16).padStart(8, '0')}`;

/**
 * Requests in order of time as other simulators read them. DRAMsim3: `address READ|WRITE cycle`, the cycles those of
 * the memory clock. Ramulator's DRAM traces: `address R|W`.
 */
export function memoryTraceText(
  requests: readonly MemoryRequest[],
  format: MemoryFormat,
  memoryCyclesPerCycle: number,
): string {
  const first = requests[0]?.cycle ?? 0;
  const lines = [...requests]
    .sort((a, b) => a.cycle - b.cycle)
    .map(({ address, isWrite, cycle }) =>
      format === 'ramulator'
        ? `${hex(address)} ${isWrite ? 'W' : 'R'}`
        : `${hex(address)} ${isWrite ? 'WRITE' : 'READ'} ${Math.floor(Math.max(0, cycle - first) * memoryCyclesPerCycle)}`,
    );
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

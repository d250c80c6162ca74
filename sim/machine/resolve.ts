import type { ChoiceParam, FlagParam, NumberParam, Param, ParamTree } from './record.js';
import { isParam } from './record.js';
import type { MachineConfig } from './xbox360.js';

type Resolved<T> = T extends NumberParam
  ? number
  : T extends FlagParam
    ? boolean
    : T extends ChoiceParam<infer C>
      ? C
      : { readonly [K in keyof T]: Resolved<T[K]> };

/**
 * A machine as the simulator reads it: the tree of its preset with plain values. Times (cycles, ns, tCK) are CPU
 * cycles, not rounded; sizes bytes; rates bytes per CPU cycle; clocks Hz; percents fractions.
 */
export type Machine = Resolved<MachineConfig> & { readonly name: string };

/** Plain, deep-frozen numbers of a machine. */
export function resolve(name: string, config: MachineConfig): Machine {
  const cpuHz = config.clock.value * 1e9;
  const dramHz = config.dram.clock.value * 1e6;
  const plain = (param: Param): number | boolean | string => {
    switch (param.unit) {
      case 'ns':
        return (param.value * cpuHz) / 1e9;
      case 'tCK':
        return (param.value * cpuHz) / dramHz;
      case 'GHz':
        return param.value * 1e9;
      case 'MHz':
        return param.value * 1e6;
      case 'GB/s':
        return (param.value * 1e9) / cpuHz;
      case 'MB/s':
        return (param.value * 1e6) / cpuHz;
      case '%':
        return param.value / 100;
      default:
        return param.value;
    }
  };
  const walk = (node: ParamTree): object =>
    Object.freeze(
      Object.fromEntries(
        Object.entries(node).map(([key, child]) => [key, isParam(child) ? plain(child) : walk(child)]),
      ),
    );
  return Object.freeze({ name, ...walk(config) }) as Machine;
}

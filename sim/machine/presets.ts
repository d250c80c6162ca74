import { type Draft, freeze, produce } from 'immer';
import { nearest } from '../asm/nearest.js';
import { UsageError } from './errors.js';
import { type MachineConfig, xbox360 } from './xbox360.js';

/** A machine by name: what it is, and a recipe over another that lists only what differs. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly base?: string;
  readonly recipe?: (machine: Draft<MachineConfig>) => void;
}

export const PRESETS: readonly Preset[] = [
  { name: 'xbox360', title: 'Xbox 360, three Xenon cores at 3.2 GHz, 512 MB GDDR3, 16 MB pages' },
  {
    name: 'xbox360-libxenon',
    title: 'the same as libxenon sets it up: 64 KB pages, TLB reload in software, 3.192 GHz by its time base',
    base: 'xbox360',
    recipe: (machine) => {
      machine.clock.value = 3.192;
      machine.translation.pageSize.value = '64KB';
      machine.translation.reload.value = 'softwareCached';
    },
  },
];

/** Names of all presets, for messages and listings. */
export const presetNames = (): string[] => PRESETS.map((preset) => preset.name);

/** The deep-frozen tree of a preset. An unknown name is a UsageError. */
export function presetNamed(name: string): MachineConfig {
  const preset = PRESETS.find((candidate) => candidate.name === name);
  if (preset === undefined) {
    const near = nearest(name, presetNames());
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new UsageError(`unknown machine '${name}': it can be ${presetNames().join(', ')}${hint}`);
  }
  const base = preset.base === undefined ? freeze(xbox360, true) : presetNamed(preset.base);
  return preset.recipe === undefined ? base : freeze(produce(base, preset.recipe), true);
}

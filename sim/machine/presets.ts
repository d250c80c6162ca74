import { type Draft, freeze, produce } from 'immer';
import { nearest } from '../asm/nearest.js';
import { UsageError } from './errors.js';
import {
  ibook750fx,
  imacG5,
  type Machine,
  powerBookG4,
  powerBookG4Titanium,
  powerMacG3,
  powerMacG4,
  powerMacG5,
  ps3,
} from './relatives.js';
import { type MachineConfig, xbox360 } from './xbox360.js';

/** A machine by name: what it is, and a recipe over another that lists only what differs. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly base?: string;
  readonly recipe?: (machine: Draft<MachineConfig>) => void;
}

const relative = (name: string, title: string, recipe: (machine: Machine) => void): Preset => ({
  name,
  title,
  base: 'xbox360',
  recipe: (machine) => recipe(machine as Machine),
});

export const PRESETS: readonly Preset[] = [
  { name: 'xbox360', title: 'Xbox 360, three Xenon cores at 3.2 GHz, 512 MB GDDR3, 16 MB pages' },
  {
    name: 'xbox360-libxenon',
    title: 'Xbox 360 as libxenon sets it up: 64 KB pages, TLB reload in software, 3.192 GHz by its time base',
    base: 'xbox360',
    recipe: (machine) => {
      machine.clock.value = 3.192;
      machine.translation.modelled.value = true;
      machine.translation.pageSize.value = '64KB';
      machine.translation.reload.value = 'softwareCached';
    },
  },
  {
    name: 'ps3-ppe',
    title: "PlayStation 3, Cell PPE at 3.192 GHz, its XDR memory timed as the Xbox 360's GDDR3",
    base: 'xbox360',
    recipe: (machine) => ps3(machine as Machine),
  },
  relative('powermac-g3', 'Power Mac G3, PowerPC 750 at 400 MHz, 100 MHz bus', powerMacG3),
  relative('ibook-750fx', 'iBook G3, PowerPC 750FX at 800 MHz, 100 MHz bus', ibook750fx),
  relative('powermac-g4', 'Power Mac G4, MPC7455 at 1.417 GHz', powerMacG4),
  relative('powerbook-g4-667', 'PowerBook G4, MPC745x at 667 MHz', powerBookG4Titanium),
  relative('powerbook-g4', 'PowerBook G4, MPC7447A at 1.5 GHz, 167 MHz bus', powerBookG4),
  relative('powermac-g5', 'Power Mac G5, PowerPC 970MP at 2.0 GHz, one core', powerMacG5),
  relative('imac-g5', 'iMac G5, PowerPC 970FX at 1.9 GHz', imacG5),
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

import { applyOverrides } from './overrides.js';
import { presetNamed } from './presets.js';
import { type Machine, resolve } from './resolve.js';

/** The machine of a preset's name, with overrides as `--set` takes them. Throws a UsageError for what is not there. */
export const machineNamed = (name: string, overrides: readonly string[] = []): Machine =>
  resolve(name, applyOverrides(presetNamed(name), overrides));

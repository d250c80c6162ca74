import type { Command } from 'commander';
import { registerAssembly } from './assembly.js';
import { registerBench } from './bench.js';
import { registerConform } from './conform.js';
import { registerConvert } from './convert.js';
import { registerExec } from './exec.js';
import { registerExperiment } from './experiment.js';
import { registerListings } from './listings.js';
import { registerReport } from './report.js';
import { registerRun } from './run.js';
import { registerStart } from './start.js';

/** Every command, in the order of `xenon --help`. */
export const commands: readonly ((program: Command) => void)[] = [
  registerStart,
  registerRun,
  registerExperiment,
  registerReport,
  registerExec,
  registerAssembly,
  registerConform,
  registerConvert,
  registerBench,
  registerListings,
];

import { busSpeed } from './bus-speed.js';
import { linpackG3, ppeBroadway, ppeGeekbench, ppePi, ppeThreads, xenonThreads } from './indicative.js';
import { llamaG3, llamaG4 } from './llama.js';
import { memSpeed } from './mem-speed.js';
import { raid6 } from './raid6.js';
import type { Row } from './row.js';
import { xenonChase } from './xenon.js';

/** The dozen, in their order. */
export const ROWS: readonly Row[] = [
  xenonChase,
  xenonThreads,
  ppeThreads,
  ppeGeekbench,
  ppePi,
  ppeBroadway,
  llamaG4,
  llamaG3,
  memSpeed,
  linpackG3,
  raid6,
  busSpeed,
];

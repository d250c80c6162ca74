import { choice, flag, number, recorded } from './record.js';
import { noPlainMemory } from './window.js';
import { xbox360Core } from './xbox360-core.js';
import { xbox360Memory } from './xbox360-memory.js';

/** The base machine: every number the model uses, as a record. All presets are recipes over this tree. */
export const xbox360 = {
  clock: number(3.2, 'GHz', 'A&B', 'vendor doc', [3.192, 3.2], "libxenon's time base implies 3.192"),
  timeBaseDivider: number(64, 'count', 'LIBX', 'second-hand', [64, 64], '49.875 MHz at 3.192 GHz'),
  core: xbox360Core,
  ...xbox360Memory,
  plainMemory: noPlainMemory,
  devices: {
    dvdBandwidth: number(11, 'MB/s', 'CEDEC05', 'second-hand', [10, 15], '12x: average 10 to 12, peak 15'),
    dvdSeek: number(115e6, 'ns', 'CEDEC05', 'second-hand'),
    hddBandwidth: number(25, 'MB/s', 'own', 'unverified', [20, 35], '2.5-inch SATA, 5400 rpm'),
    usbBandwidth: number(
      8,
      'MB/s',
      'EURO',
      'inferred',
      [2, 16],
      "16 is the console's measured ceiling; libxenon's driver quality is unmeasured",
    ),
    ethernetBandwidth: recorded(number(11, 'MB/s', 'A&B', 'inferred', [5, 12], '100 Mbit/s at best')),
    loadFrom: choice('usb', ['usb', 'dvd', 'hdd'], 'LIBX', 'second-hand', 'where a model file is read from'),
  },
  gpu: {
    clock: number(500, 'MHz', 'A&B, DOG', 'vendor doc'),
    scanOut: number(
      0.22,
      'GB/s',
      'own',
      'inferred',
      [0.074, 0.22],
      '1280x720x32 at 60 Hz; 640x480 takes 0.074',
    ),
    scanOutEnabled: flag(false, 'own', 'inferred', true, 'anchors are stated without GPU traffic'),
    traffic: number(0, 'GB/s', 'own', 'inferred', [0, 11], 'whatever else the GPU reads and writes'),
    trafficRunLines: number(
      8,
      'count',
      'own',
      'inferred',
      [4, 64],
      'lines one after the other before the GPU turns to other rows; a power of two',
    ),
    trafficWriteShare: number(25, '%', 'own', 'inferred', [0, 50], 'of its traffic, what it writes'),
  },
  smt: {
    windowCycles: number(
      256,
      'cycles',
      'own',
      'inferred',
      [16, 256],
      'how long the two threads of a core keep their shares of the issue slots: a choice of the model',
    ),
  },
  quantumCycles: number(
    256,
    'cycles',
    'own',
    'inferred',
    [64, 256],
    'how far a thread runs ahead of the others: a choice of the model, answers must not depend on it',
  ),
  crowdedLeadCycles: number(
    16,
    'cycles',
    'own',
    'inferred',
    [4, 16],
    'the same where they meet in memory: a choice of the model, answers must not depend on it',
  ),
};

/** The type of every machine: the base's tree. */
export type MachineConfig = typeof xbox360;

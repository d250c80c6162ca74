import test from 'ava';
import { unloadedLatency } from '../../experiments/run/unloaded-latency.js';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';

const latencyOf = (preset: string, ...overrides: string[]): number =>
  unloadedLatency(resolve(preset, applyOverrides(presetNamed(preset), overrides)));

/** Cycles by which a chase exceeds the machine's number: the address, an edge of the DRAM's clock, refresh. */
const MORE = 20;

test('a chase takes what the machine says a load alone takes, and little more', (t) => {
  for (const cycles of [500, 610, 680]) {
    const more = latencyOf('xbox360', `memory.latencyCycles=${cycles}`) - cycles;
    t.true(more > 0 && more < MORE, `${cycles}: ${more} more`);
  }
});

test('it is measured: rows left open, and translation, make it longer', (t) => {
  const usual = latencyOf('xbox360');
  // A precharge of 12 clocks, 55 cycles, less what refresh had cost a closed row.
  t.true(latencyOf('xbox360', 'dram.rowPolicy=open') - usual > 10);
  const paged = latencyOf('xbox360', 'translation.modelled=true', 'translation.pageSize=4KB');
  const { translation } = resolve('', presetNamed('xbox360'));
  const walk = translation.hardwareWalkCycles + translation.eratMissCycles;
  t.true(Math.abs(paged - usual - walk) < 40, `${paged - usual} more, ${walk} a walk`);
});

/** CPU cycles of the slowest bus clock there is, for whose edge a request may wait. */
const BUS_CLOCK = 8;

test('machines with an issue window have theirs', (t) => {
  for (const preset of ['powermac-g3', 'powermac-g5']) {
    const { memory } = resolve(preset, presetNamed(preset));
    const more = latencyOf(preset) - memory.latencyCycles;
    t.true(more >= -1 && more <= BUS_CLOCK, `${preset}: ${more} more`);
  }
});

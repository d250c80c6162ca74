import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { packageRoot } from '../../experiments/node/package.js';
import {
  alternatives,
  largestContext,
  missingBytes,
  planStream,
  TooLarge,
} from '../../experiments/run/memory-report.js';
import { openModel } from '../../experiments/run/model.js';
import { readCycles, WeightDevice, withDevice } from '../../experiments/run/stream.js';
import { prefillPieces } from '../../models/batch.js';
import { syntheticCheckpoint } from '../../models/checkpoint/synthetic.js';
import { neededBytes } from '../../models/fit.js';
import { zooModel } from '../../models/zoo.js';
import { newMemoryPool } from '../../sim/memory/pool.js';
import { machineWith } from '../support/guest.js';
import { runOf } from '../support/runs.js';

const machine = machineWith();
const near = (t: ExecutionContext, found: number, wanted: number): void => {
  t.true(Math.abs(found - wanted) < 1e-6 * wanted, `${found} for ${wanted}`);
};
const layer = (n: number, bytes: number) => ({ layer: n, bytes, slot: n % 2, bring: () => {} });

test('a device brings one layer after the other, each when its buffer is free', (t) => {
  const device = new WeightDevice(machine, 'usb');
  const rate = machine.devices.usbBandwidth;
  const took = 1000 / rate;
  t.is(device.bring(layer(0, 1000), true, 0), took);
  // Computing takes a tenth of a layer's time: the second is already on its way.
  near(t, device.bring(layer(1, 1000), false, 1.1 * took), 0.9 * took);
  device.release(layer(0, 1000), 1.1 * took);
  // Buffer 0 was free before the device was.
  near(t, device.bring(layer(2, 1000), false, 2.1 * took), 0.9 * took);
  // Buffer 1 is released late, and only then can layer 3 come.
  device.release(layer(1, 1000), 7 * took);
  near(t, device.bring(layer(3, 1000), false, 7 * took), took);
  t.is(device.bytes, 4000);
});

test('what a device writes is taken from the memory controllers', (t) => {
  const { gpu, devices } = withDevice(machine, 'hdd');
  t.is(gpu.traffic, machine.gpu.traffic + devices.hddBandwidth);
  t.deepEqual(machineWith().gpu, machine.gpu);
});

test('a disc seeks once a pass', (t) => {
  const device = new WeightDevice(machine, 'dvd');
  const took = 1000 / machine.devices.dvdBandwidth;
  t.is(device.bring(layer(0, 1000), true, 0), machine.devices.dvdSeek + took);
  near(t, device.bring(layer(1, 1000), false, machine.devices.dvdSeek + took), took);
});

test('so it does when a model is loaded, before the first byte comes', (t) => {
  const read = (from: string, bytes: number) => readCycles(machineWith(`devices.loadFrom=${from}`), bytes);
  const { dvdSeek, dvdBandwidth, hddBandwidth } = machine.devices;
  t.is(read('dvd', 0), dvdSeek);
  t.is(read('dvd', 1000), dvdSeek + 1000 / dvdBandwidth);
  t.is(read('hdd', 1000), 1000 / hddBandwidth);
});

test('SmolLM2-1.7B does not fit; as many layers stay as there is room for beside two buffers', (t) => {
  const checkpoint = syntheticCheckpoint(zooModel('smollm2-1.7b').shape, 'x');
  const fit = { checkpoint, quant: 'q80', context: 256, threads: 6 } as const;
  t.true(missingBytes(machine, fit) > 1400 * 2 ** 20);
  t.is(largestContext(machine, fit), 0);
  const plan = planStream(machine, fit)!;
  t.is(plan.slots, 2);
  t.is(missingBytes(machine, { ...fit, stream: plan }), 0);
  t.true(missingBytes(machine, { ...fit, stream: { ...plan, firstLayer: plan.firstLayer + 1 } }) > 0);
  t.true(alternatives(machine, fit).every((choice) => choice.missingBytes > 0));
});

test('what fits is not streamed', (t) => {
  const checkpoint = syntheticCheckpoint(zooModel('smollm2-135m').shape, 'x');
  const fit = { checkpoint, quant: 'q80', context: 256, threads: 6 } as const;
  t.is(planStream(machine, fit), undefined);
  t.is(missingBytes(machine, fit), 0);
  t.true(largestContext(machine, { ...fit, kvCache: 'int8' }) > largestContext(machine, fit));
});

test('a longer prompt needs no more tapes, and so leaves the same room for context', (t) => {
  const checkpoint = syntheticCheckpoint(zooModel('stories110M').shape, 'x');
  const fit = { checkpoint, context: 256, threads: 6 } as const;
  const largest = largestContext(machine, fit);
  t.true(largest > 256 && largest < 1024);
  const prompts = [1, 16, 200].map((tokens) => prefillPieces(tokens, 1));
  for (const batches of prompts) t.is(largestContext(machine, { ...fit, batches }), largest);
  const batched = (tokens: number) => largestContext(machine, { ...fit, batches: prefillPieces(tokens, 8) });
  t.is(batched(160), batched(8));
  t.true(batched(8) < largest);
});

test('a run whose weights come from a disc tells the same story, and says how long it waited', async (t) => {
  const { tokens } = JSON.parse(readFileSync(join(packageRoot, 'models/story/expected.json'), 'utf8'));
  const { checkpoint } = openModel('story', undefined, 1);
  const steps = 12;
  const batches = [4, 2];
  const whole = neededBytes({ checkpoint, quant: 'fp32', context: steps, threads: 2, batches });
  const small = 'memoryMap.topReservationBytes=4MiB';
  const own = machineWith(small);
  const kept = own.memoryMap.totalBytes - newMemoryPool(own).freeBytes();
  const total = Math.floor((kept + whole - 450_000) / 65536) * 65536;
  const asked = {
    steps: `${steps}`,
    threads: '2',
    prefillBatch: '4',
    set: [small, `memoryMap.totalBytes=${total}`],
  };
  const { report } = await t.throwsAsync<TooLarge>(runOf(asked), {
    instanceOf: TooLarge,
    message: /does not fit/,
  });
  t.true(report.missingBytes > 100_000 && report.missingBytes < 600_000);
  const result = await runOf({ ...asked, stream: 'dvd' });
  t.deepEqual(result.tokens, tokens.slice(0, steps + 1));
  const { streaming, simulated, memory } = result;
  t.true(streaming!.streamedLayers > 0 && streaming!.residentLayers + streaming!.streamedLayers === 5);
  // One seek for each pass: two of the prompt's pieces, then one a token.
  const passes = simulated.positionsForwarded - 6 + batches.length;
  t.true(streaming!.waitSeconds > passes * 0.11 && simulated.seconds > streaming!.waitSeconds);
  t.is(streaming!.bytes, passes * streaming!.bytesPerPass);
  t.true(memory!.peakUsedBytes <= memory!.allocatedBytes && memory!.allocatedBytes <= total);
  t.deepEqual(
    result.positions.slice(0, 7).map(({ together }) => together),
    [4, 4, 4, 4, 2, 2, undefined],
  );
});

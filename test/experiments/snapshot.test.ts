import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { RunOptions } from '../../experiments/run/request.js';
import type { RunResult } from '../../reports/results.js';
import { runOf, scratch, xenonHere } from '../support/runs.js';

const folder = scratch();
test.after.always(() => folder.drop());
const FILE = join(folder.path, 'loaded');
/** With weights that the guest converts, so that loading takes time and leaves its traces in the caches. */
const ASKED: Partial<RunOptions> = { steps: '3', threads: '2', endian: 'load-vperm', prompt: 'The' };

const results = ({ host: _, ...rest }: RunResult) => rest;
let whole: RunResult;

test.before(async () => {
  whole = await runOf({ ...ASKED, saveSnapshot: FILE });
});

test.serial('a run that begins with a snapshot has the results of one that loads', async (t) => {
  t.true(whole.simulated.convertSeconds > 0);
  const restored = await runOf({ ...ASKED, fromSnapshot: FILE });
  t.deepEqual(results(restored), results(whole));
  t.deepEqual(results(await runOf(ASKED)), results(whole));
  // Another prompt and length may begin with it as well, where the cache has room.
  const other: Partial<RunOptions> = { ...ASKED, steps: '2', context: '3', prompt: '' };
  t.deepEqual(results(await runOf({ ...other, fromSnapshot: FILE })), results(await runOf(other)));
});

test('what conversion has moved while loading is not counted after a snapshot either, whatever the machine', async (t) => {
  const file = join(folder.path, 'relative');
  const asked = { ...ASKED, machine: 'powermac-g4', threads: '1', kernels: 'scalar', endian: 'load-scalar' };
  const loaded = await runOf({ ...asked, saveSnapshot: file });
  t.true(loaded.simulated.dramWriteBytes > 0);
  t.deepEqual(results(await runOf({ ...asked, fromSnapshot: file })), results(loaded));
});

const REFUSED = { instanceOf: Error, name: 'UsageError' };

test.serial('a foreign snapshot is refused, with what is different', async (t) => {
  for (const [more, message] of [
    [{ threads: '3' }, /its placement is \[0,2\], here it is \[0,2,4\]/],
    [{ set: ['memory.latencyCycles=500'] }, /another machine/],
    [{ model: 'stories260K-shape', prompt: '' }, /another model/],
    [{ mode: 'functional' }, /its time is true/],
    [{ context: '4' }, /its context is 3, here it is 4/],
    [{ kernels: 'scalar' }, /its kernels/],
    [{ endian: 'offline' }, /its endian/],
    [{ kvCache: 'int8' }, /its kvCache/],
    [{ weightsAt: '64' }, /its weightsAt/],
    [{ prefillBatch: '2' }, /its prefill batches/],
    [{ temperature: '1' }, /its temperature/],
    [{ topP: '0.5' }, /its topP/],
    [{ seed: '2' }, /its seed/],
  ] as const)
    await t.throwsAsync(runOf({ ...ASKED, ...more, fromSnapshot: FILE }), { ...REFUSED, message });
  const rounded = { ...ASKED, endian: 'offline', quant: 'q80' };
  const small = join(folder.path, 'rounded');
  await runOf({ ...rounded, saveSnapshot: small });
  for (const [more, message] of [
    [{ quant: undefined }, /its quant is "q80", here it is null/],
    [{ activations: 'q80' }, /its activations/],
  ] as const)
    await t.throwsAsync(runOf({ ...rounded, ...more, fromSnapshot: small }), { ...REFUSED, message });
  // As another version would have written it.
  const bytes = readFileSync(FILE);
  const at = bytes.indexOf('"code":"') + 8;
  bytes[at] = bytes[at] === 0x30 ? 0x31 : 0x30;
  createHash('sha256')
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  const file = join(folder.path, 'version');
  writeFileSync(file, bytes);
  const { status, stderr } = await xenonHere('run', '--steps', '3', '--prompt', '', '--from-snapshot', file);
  t.is(status, 2);
  t.regex(stderr, /another version of the simulator/);
});

test.serial('a damaged snapshot is refused wherever it is damaged', async (t) => {
  const bytes = readFileSync(FILE);
  const file = join(folder.path, 'damaged');
  const tryIt = (content: Uint8Array, message: RegExp) => {
    writeFileSync(file, content);
    return t.throwsAsync(runOf({ ...ASKED, fromSnapshot: file }), { ...REFUSED, message });
  };
  for (const at of [0, 15]) await tryIt(flipped(bytes, at), /is no snapshot/);
  for (const at of [16, 19, 20, 200, bytes.length >> 1, bytes.length - 33, bytes.length - 1])
    await tryIt(flipped(bytes, at), /damaged/);
  for (const length of [0, 10]) await tryIt(bytes.subarray(0, length), /is no snapshot/);
  for (const length of [17, 40, 5000, bytes.length - 1]) await tryIt(bytes.subarray(0, length), /damaged/);
  await t.throwsAsync(runOf({ ...ASKED, fromSnapshot: join(folder.path, 'none') }), {
    ...REFUSED,
    message: /snapshot not found/,
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] ^= 4;
  return copy;
}

test('what a snapshot cannot keep is refused', async (t) => {
  for (const more of [{ stack: true }, { stream: 'usb' }])
    await t.throwsAsync(async () => runOf({ ...ASKED, ...more, saveSnapshot: FILE }), REFUSED);
});

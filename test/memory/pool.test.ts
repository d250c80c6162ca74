import test from 'ava';
import { applyOverrides } from '../../sim/machine/overrides.js';
import { presetNamed } from '../../sim/machine/presets.js';
import { resolve } from '../../sim/machine/resolve.js';
import { cachedAddress, physicalAddress } from '../../sim/memory/address-map.js';
import { MemoryFull, mapText, newMemoryPool } from '../../sim/memory/pool.js';

const MiB = 2 ** 20;
const pool = (...overrides: string[]) =>
  newMemoryPool(resolve('test', applyOverrides(presetNamed('xbox360'), overrides)));

test('an empty console: libxenon leaves 480 MiB for program, heap and stacks', (t) => {
  const p = pool();
  t.deepEqual(
    p.regions().map(({ name, start, bytes }) => [name, start, bytes]),
    [
      ['main stack', 0x1de8_0000 - 2 * MiB, 2 * MiB],
      ['thread contexts', 0x1e00_0000 - 6 * 256 * 1024, 6 * 256 * 1024],
      ['system (GPU ring, loader)', 0x1e00_0000, 32 * MiB - 0x39_0000],
      ['framebuffer', 0x2000_0000 - 0x39_0000, 0x39_0000],
    ],
  );
  t.is(p.freeBytes() + 3.5 * MiB, 480 * MiB);
});

test('regions are placed from the bottom up, on cache lines, and found in the map', (t) => {
  const p = pool();
  const program = p.allocate({ name: 'program', owner: 'program', bytes: 1000, at: 0 });
  const weights = p.allocate({ name: 'weights', owner: 'weights', bytes: 60 * MiB });
  const cache = p.allocate({
    name: 'KV cache',
    owner: 'kvCache',
    bytes: 5,
    alignment: 4096,
    pageBytes: 4096,
  });
  t.is(program.start, 0);
  t.is(weights.start, 1024);
  t.is(weights.pageBytes, 16 * MiB);
  t.is(cache.start % 4096, 0);
  t.is(cache.pageBytes, 4096);
  const text = mapText(p.regions(), p.map.totalBytes);
  t.regex(text, /memory map of 512\.0 MiB/);
  t.regex(text, /0x00000400 +60\.0 MiB +weights +weights/);
  t.regex(text, /free/);
});

test('views: 0x80000000 shows physical 0', (t) => {
  const { map } = pool();
  t.is(cachedAddress(map, 0x1234), 0x8000_1234);
  t.is(physicalAddress(0x8000_1234), 0x1234);
  t.is(physicalAddress(0x9e00_0000), 0x1e00_0000);
});

test('what does not fit fails as on the console: exit status 1, the map, how much is missing', (t) => {
  const p = pool();
  p.allocate({ name: 'file buffer', owner: 'file', bytes: 300 * MiB });
  const error = t.throws(() => p.allocate({ name: 'weights', owner: 'weights', bytes: 200 * MiB }), {
    instanceOf: MemoryFull,
  })! as MemoryFull;
  t.is(error.exitCode, 1);
  t.is(error.missingBytes, 300 * MiB + 200 * MiB - 476.5 * MiB);
  t.regex(
    error.message,
    /out of memory: weights needs 200\.0 MiB, 23\.5 MiB more than the largest free piece/,
  );
  t.regex(error.message, /0x00000000 +300\.0 MiB +file +file buffer/);
  t.is(p.regions().length, 5, 'nothing was taken');
});

test('a fixed address that is taken is refused', (t) => {
  const p = pool();
  p.allocate({ name: 'program', owner: 'program', bytes: MiB, at: 0 });
  t.throws(() => p.allocate({ name: 'other', owner: 'program', bytes: 128, at: MiB - 64 }), {
    instanceOf: MemoryFull,
  });
  t.notThrows(() => p.allocate({ name: 'other', owner: 'program', bytes: 128, at: MiB }));
});

test('released memory is used again; peak and footprint remember', (t) => {
  const p = pool();
  const before = p.freeBytes();
  const file = p.allocate({ name: 'file', owner: 'file', bytes: 100 * MiB });
  p.at(5000);
  const weights = p.allocate({ name: 'weights', owner: 'weights', bytes: 100 * MiB });
  p.release(file);
  t.throws(() => p.release(file), { message: /not in use/ });
  const kv = p.allocate({ name: 'kv', owner: 'kvCache', bytes: 50 * MiB });
  t.is(kv.start, file.start);
  t.is(p.freeBytes(), before - 150 * MiB);
  t.is(p.largestFree(), before - 200 * MiB);
  const base = 512 * MiB - before;
  t.is(p.peakBytes(), base + 200 * MiB);
  t.true(p.peakRegions().includes(weights) && p.peakRegions().includes(file));
  t.deepEqual(
    p.footprint().map(({ event, usedBytes, cycles }) => [event, (usedBytes - base) / MiB, cycles]),
    [
      ['reservations', 0, 0],
      ['+ file', 100, 0],
      ['+ weights', 200, 5000],
      ['- file', 100, 5000],
      ['+ kv', 150, 5000],
    ],
  );
});

test('sizes that are none are refused', (t) => {
  for (const bytes of [-1, 0.5, Number.NaN, 2 ** 60]) {
    t.throws(() => pool().allocate({ name: 'x', owner: 'file', bytes }), { instanceOf: RangeError });
  }
});

test('the reservation is a setting', (t) => {
  const p = pool(
    'memoryMap.topReservationBytes=0',
    'memoryMap.threadContextBytes=0',
    'memoryMap.mainStackBytes=0',
  );
  t.is(p.freeBytes(), 512 * MiB);
});

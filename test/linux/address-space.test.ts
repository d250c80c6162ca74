import test from 'ava';
import type { ElfProgram } from '../../sim/asm/elf.js';
import { MEMORY_BYTES } from '../../sim/engine/context.js';
import { AddressSpace, LAYOUT, PAGE, PROT } from '../../sim/linux/address-space.js';
import { loadSegments } from '../../sim/linux/image.js';

const buffer = new ArrayBuffer(MEMORY_BYTES);
const bytes = new Uint8Array(buffer);
const READ_WRITE = PROT.read | PROT.write;
const at = (
  space: AddressSpace,
  address: number,
  kind: 'load' | 'store' | 'zero' | 'fetch' = 'load',
  size = 4,
) => space.mapped(address, size, BigInt(address), kind);

test('rights are checked by page, over page ends, and by the whole effective address', (t) => {
  const space = new AddressSpace(buffer);
  space.place(0x20000, 2 * PAGE, READ_WRITE);
  space.protect(0x20000 + PAGE, PAGE, PROT.read);
  t.true(at(space, 0x20000, 'store'));
  t.false(at(space, 0x20000 + PAGE, 'store'));
  t.false(at(space, 0x20000 + PAGE, 'zero'));
  t.true(at(space, 0x20000 + PAGE));
  t.false(at(space, 0x20000 + PAGE - 2, 'store'));
  t.true(at(space, 0x20000 + PAGE - 2));
  t.false(at(space, 0x20000 + 2 * PAGE - 2));
  t.false(at(space, 0x1fffe));
  t.false(at(space, 0x20000, 'fetch'));
  t.false(space.mapped(0x20000, 4, 0x2002_0000n, 'load'), 'an alias 512 MB higher');
  t.false(space.mapped(0x20000, 4, 0x1_0002_0000n, 'load'));
});

test('mappings lie below the program, then above the heap, and never overlap', (t) => {
  const space = new AddressSpace(buffer);
  space.startBreak(0x1010_0000);
  const taken: [number, number][] = [];
  for (;;) {
    const size = 24 << 20;
    let address: number;
    try {
      address = space.find(size);
    } catch (error) {
      t.is((error as Error).message, 'ENOMEM');
      break;
    }
    space.place(address, size, PROT.none);
    t.true(address >= LAYOUT.lowest && address + size <= LAYOUT.heapLimit);
    t.true(taken.every(([from, to]) => address + size <= from || address >= to));
    taken.push([address, address + size]);
  }
  t.true(taken.length * 24 > 400, 'most of 512 MB can be had');
  t.is(space.mappedBytes(), 0, 'without rights nothing is in use');
});

test('pages come with zeros after they were given up', (t) => {
  const space = new AddressSpace(buffer);
  const address = space.find(PAGE);
  space.place(address, PAGE, READ_WRITE);
  bytes.fill(7, address, address + PAGE);
  space.remove(address, PAGE);
  t.false(at(space, address));
  space.place(address, PAGE, PROT.none);
  space.protect(address, PAGE, READ_WRITE);
  t.is(bytes[address], 0);
  bytes.fill(7, address, address + PAGE);
  space.forget(address, PAGE);
  t.is(bytes[address + 5], 0);
  t.throws(() => space.protect(address + PAGE, PAGE, PROT.read), { message: 'ENOMEM' });
  bytes.fill(7, address, address + PAGE);
  space.protect(address, PAGE, PROT.none);
  space.remove(address, PAGE);
  t.is(bytes[address + 5], 0);
});

test('the heap grows and shrinks up to the next mapping, and is zero when it comes back', (t) => {
  const space = new AddressSpace(buffer);
  space.startBreak(0x1010_0001);
  t.is(space.setBreak(0), 0x1010_1000);
  t.is(space.setBreak(0x1010_5555), 0x1010_5555);
  t.true(at(space, 0x1010_5000, 'store'));
  t.false(at(space, 0x1010_6000));
  bytes[0x1010_5554] = 9;
  t.is(space.setBreak(0x1010_2000), 0x1010_2000);
  t.is(space.setBreak(0x1010_6000), 0x1010_6000);
  t.is(bytes[0x1010_5554], 0);
  space.place(0x1020_0000, PAGE, READ_WRITE);
  t.is(space.setBreak(0x1030_0000), 0x1010_6000);
  t.is(space.setBreak(LAYOUT.heapLimit + PAGE), 0x1010_6000);
});

test('buffers of system calls must be mapped', (t) => {
  const space = new AddressSpace(buffer);
  space.place(0x30000, PAGE, PROT.read);
  t.is(space.buffer(0x30000, PAGE).length, PAGE);
  t.throws(() => space.buffer(0x30000, PAGE + 1), { message: 'EFAULT' });
  t.throws(() => space.buffer(0x30000, 1, PROT.write), { message: 'EFAULT' });
  t.throws(() => space.buffer(2 ** 64, 1), { message: 'EFAULT' });
  t.is(space.buffer(0, 0).length, 0);
});

test('segments may share a page; the heap begins behind the last one', (t) => {
  const space = new AddressSpace(buffer);
  const segment = (address: number, memorySize: number, writable: boolean) => ({
    address,
    memorySize,
    data: new Uint8Array(0x100).fill(writable ? 2 : 1),
    readable: true,
    writable,
    executable: !writable,
  });
  const segments = [segment(0x1000_0000, 0x100, false), segment(0x1000_0800, 0x1900, true)];
  loadSegments(buffer, space, { segments } as unknown as ElfProgram);
  t.deepEqual(
    [0x1000_00ff, 0x1000_0100, 0x1000_0800, 0x1000_08ff, 0x1000_0900].map((address) => bytes[address]),
    [1, 0, 2, 2, 0],
  );
  t.true(at(space, 0x1000_0800, 'store'));
  t.is(space.setBreak(0), 0x1000_3000);
});

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import seedrandom from 'seedrandom';
import { ElfError, readElf } from '../../sim/asm/elf.js';
import { CODE, DATA, DATA_MEMORY, elfImage, TOC } from './elf-images.js';

test('a 64-bit program: the entry and functions are descriptors', (t) => {
  const image = elfImage(64);
  const program = readElf(image);
  const code = CODE + 64 + 2 * 56;
  t.true(program.is64);
  t.is(program.entry, code);
  t.is(program.toc, TOC);
  t.deepEqual(program.functions, [
    { name: 'main', address: code, size: 8 },
    { name: 'pick', address: code + 4, size: 4 },
  ]);
  t.deepEqual(program.objects, [{ name: 'counter', address: DATA + 24, size: 4 }]);
  t.deepEqual(program.programHeaders, { address: CODE + 64, count: 2, size: 56 });
  const [text, data] = program.segments;
  t.deepEqual([text.address, text.executable, text.writable, text.readable], [CODE, true, false, true]);
  t.deepEqual([data.address, data.executable, data.writable], [DATA, false, true]);
  t.deepEqual([text.data.length, text.memorySize], [code + 8 - CODE, code + 8 - CODE]);
  t.deepEqual([data.data.length, data.memorySize], [28, DATA_MEMORY]);
  t.deepEqual([...data.data.subarray(24)], [0xde, 0xad, 0xbe, 0xef]);
});

test('a 32-bit program: the entry and functions are code addresses', (t) => {
  const program = readElf(elfImage(32));
  const code = CODE + 52 + 2 * 32;
  t.false(program.is64);
  t.deepEqual([program.entry, program.toc], [code, 0]);
  t.deepEqual(
    program.functions.map(({ name, address }) => [name, address]),
    [
      ['main', code],
      ['pick', code + 4],
    ],
  );
  t.deepEqual(program.programHeaders, { address: CODE + 52, count: 2, size: 32 });
});

test('a program without section headers has no names but runs', (t) => {
  const image = elfImage(64);
  image.set([0, 0], 60);
  const program = readElf(image);
  t.deepEqual([program.functions, program.objects], [[], []]);
  t.is(program.toc, TOC);
});

/** Damages to the 64-bit image: bytes, where, and what the message must say. */
const DAMAGES: readonly [what: string, offset: number, bytes: readonly number[], message: RegExp][] = [
  ['magic', 0, [0x7e], /^not an ELF file$/],
  ['class', 4, [3], /ELF class 3 is neither 32 nor 64 bits/],
  ['byte order', 5, [1], /little-endian: a big-endian PowerPC program is wanted/],
  ['machine', 18, [0, 62], /ELF machine 62 is not PowerPC/],
  ['machine of the other class', 18, [0, 20], /ELF machine 20 is not PowerPC/],
  ['relocatable', 16, [0, 1], /not an executable but a relocatable object: link it first/],
  ['position-independent', 16, [0, 3], /position-independent: link it with -static -no-pie/],
  ['other type', 16, [0, 9], /of ELF type 9/],
  ['entry nowhere', 24, [0, 0, 0, 0, 0x20], /entry descriptor at 0x20.* is not in the program/],
  ['entry above 2^53', 24, [0xff], /entry point 0xff.* is impossible/],
  ['no program headers', 56, [0, 0], /no program headers/],
  ['program header size', 54, [0, 1], /program headers of 1 bytes/],
  ['program headers beyond the file', 32, [0, 0, 0, 0, 1], /program headers: bytes .* of a file of/],
  ['many program headers', 56, [0xff, 0xff], /program headers: bytes 64 to/],
  ['nothing to load', 64, [0, 0, 0, 6], /entry descriptor|is not code|no segment/],
  ['interpreter', 64, [0, 0, 0, 3], /dynamically linked: link it with -static/],
  ['segment offset', 72, [0, 0, 0, 0, 0x7f], /segment at 0x10000000: bytes .* of a file of/],
  ['segment file size', 96, [0, 0x10], /smaller in memory than in the file/],
  ['segment memory size', 104, [0, 0x10], /ends beyond 32-bit addresses/],
  ['segment address', 80, [0, 0, 0, 1], /ends beyond 32-bit addresses/],
  ['segments on each other', 64 + 56 + 16, [0, 0, 0, 0, 0x10, 0, 0, 0], /segments at .* and .* overlap/],
  ['code not executable', 71, [4], /entry point 0x100000b0 is not code/],
  ['section headers beyond the file', 40, [0, 0, 0, 0, 1], /section headers: bytes/],
  ['section header size', 58, [0, 7], /section headers of 7 bytes/],
];

for (const [what, offset, bytes, message] of DAMAGES) {
  test(`damaged: ${what}`, (t) => {
    const image = elfImage(64);
    image.set(bytes, offset);
    t.throws(() => readElf(image), { instanceOf: ElfError, message });
  });
}

test('damaged symbol tables', (t) => {
  const damaged = (change: (view: DataView, sections: number) => void): Uint8Array => {
    const image = elfImage(64);
    const view = new DataView(image.buffer);
    change(view, Number(view.getBigUint64(40)));
    return image;
  };
  const refused = (image: Uint8Array, message: RegExp): void => {
    t.throws(() => readElf(image), { instanceOf: ElfError, message });
  };
  refused(
    damaged((view, at) => view.setBigUint64(at + 64 + 32, 1n << 40n)),
    /symbol table: bytes/,
  );
  refused(
    damaged((view, at) => view.setBigUint64(at + 64 + 56, 0n)),
    /symbols of 0 bytes/,
  );
  refused(
    damaged((view, at) => view.setUint32(at + 64 + 40, 77)),
    /symbol names in section 77 of 3/,
  );
  refused(
    damaged((view, at) => view.setBigUint64(at + 128 + 32, 1n << 33n)),
    /symbol names: bytes/,
  );
  refused(
    damaged((view, at) => view.setBigUint64(at + 128 + 32, 1n)),
    /symbol name at 1 of 1 bytes/,
  );
});

test('a cut or randomly damaged file gives a program or an ElfError, never anything else', (t) => {
  const random = seedrandom('damaged ELF files');
  for (const bits of [32, 64] as const) {
    const image = elfImage(bits);
    const attempt = (damaged: Uint8Array): void => {
      try {
        const { segments, functions } = readElf(damaged);
        for (const { data, memorySize } of segments)
          t.true(data.length <= damaged.length && memorySize < 2 ** 32);
        t.true(functions.length <= damaged.length);
      } catch (error) {
        t.true(error instanceof ElfError, String(error));
      }
    };
    for (let length = 0; length < image.length; length++) attempt(image.subarray(0, length));
    for (let i = 0; i < 5000; i++) {
      const damaged = image.slice();
      for (let j = 0; j < 1 + random() * 3; j++) {
        const corner = [0, 1, 0x7f, 0x80, 0xff][Math.floor(random() * 5)];
        damaged[Math.floor(random() * damaged.length)] = corner;
      }
      attempt(damaged);
    }
  }
});

const GCC = 'powerpc64-linux-gnu-gcc';
const haveCompiler = spawnSync(GCC, ['--version']).status === 0;
const maybe = haveCompiler ? test : test.skip;
const reason = haveCompiler ? '' : ` (skipped: ${GCC} is not installed)`;

const C_PROGRAM = `
int counter = 5;
int zeros[1000];
__attribute__((noinline)) int twice(int x) { return 2 * x + zeros[x & 7]; }
void _start(void) { counter = twice(counter); for (;;); }
`;

/** Compiles a program without a library. */
function compiled(flags: readonly string[]): { elf: Uint8Array; symbols: string } {
  const folder = mkdtempSync(join(tmpdir(), 'xenon-elf-'));
  try {
    const [source, output] = [join(folder, 'p.c'), join(folder, 'p')];
    writeFileSync(source, C_PROGRAM);
    execFileSync(GCC, ['-static', '-nostdlib', '-O1', ...flags, '-o', output, source], { stdio: 'pipe' });
    const symbols = execFileSync('powerpc64-linux-gnu-nm', [output], { encoding: 'utf8' });
    return { elf: new Uint8Array(readFileSync(output)), symbols };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const flags of [['-m64'], ['-m32']]) {
  maybe(`a program compiled with ${flags.join(' ')}${reason}`, (t) => {
    const { elf, symbols } = compiled(flags);
    const addressOf = (name: string): number =>
      Number.parseInt(new RegExp(`^([0-9a-f]+) . ${name}$`, 'm').exec(symbols)![1], 16);
    const program = readElf(elf);
    t.is(program.is64, flags[0] === '-m64');
    t.deepEqual(
      program.objects.find(({ name }) => name === 'counter'),
      {
        name: 'counter',
        address: addressOf('counter'),
        size: 4,
      },
    );
    const start = program.functions.find(({ name }) => name === '_start')!;
    const twice = program.functions.find(({ name }) => name === 'twice')!;
    t.is(program.entry, start.address);
    t.true(twice.size >= 12 && twice.size % 4 === 0);
    const text = program.segments.find((segment) => segment.executable)!;
    t.true(twice.address >= text.address && twice.address + twice.size <= text.address + text.data.length);
    if (!program.is64) t.is(twice.address, addressOf('twice'));
    else t.not(program.toc, 0);
    // Somewhere before its end (a traceback table may follow) the function returns.
    const view = new DataView(text.data.buffer, text.data.byteOffset, text.data.byteLength);
    const offsets = Array.from({ length: twice.size / 4 }, (_, i) => twice.address - text.address + 4 * i);
    t.true(offsets.some((offset) => view.getUint32(offset) === 0x4e800020));
    const writable = program.segments.find((segment) => segment.writable)!;
    t.true(writable.memorySize >= writable.data.length + 4000 - 64);
  });
}

import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Bits, compile, newFolder, runHost, runXenon, withTools } from './support.js';

/** A folder of its own for each run, with a link and a file of more than a page. */
function folder(): string {
  const made = newFolder({
    'text.txt': 'first line\nsecond\nlast without end',
    'long.txt': `${'a'.repeat(4096)}hello${'b'.repeat(95)}`,
    'folder/a.txt': 'y\n',
    'folder/inner/c.txt': 'z\n',
  });
  symlinkSync('folder/a.txt', join(made, 'link'));
  return made;
}

withTools('qemu', 'system calls give and refuse what they do under QEMU', (t) => {
  for (const bits of [64, 32] as Bits[]) {
    const program = compile('programs/calls.c', bits, '-O1', '-pthread', '-D_FILE_OFFSET_BITS=64');
    const expected = runHost(bits, program, [], { cwd: folder(), input: 'in\n' });
    const actual = runXenon(program, [], { root: folder(), writable: true, input: 'in\n' });
    t.is(actual.stdout, expected.stdout, `${bits} bits`);
    t.is(actual.status, 0);
    t.deepEqual(actual.messages, []);
  }
});

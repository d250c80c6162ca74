import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { rootFileSystem } from '../../experiments/node/root-files.js';
import { LinuxError } from '../../sim/linux/errno.js';
import type { OpenRequest } from '../../sim/linux/file-system.js';
import { NO_FILES, withSpecialFiles } from '../../sim/linux/special-files.js';
import { UsageError } from '../../sim/machine/errors.js';
import { type Bits, compile, newFolder, runHost, runXenon, withTools } from './support.js';

const TREE = {
  'text.txt': 'first line\nsecond\nlast without end',
  'folder/b.txt': 'x\n',
  'folder/a.txt': 'y\n',
  'folder/inner/c.txt': 'z\n',
};

/** All files of a folder with their contents. */
function contents(folder: string, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) Object.assign(found, contents(path, `${prefix}${name}/`));
    else found[prefix + name] = readFileSync(path, 'utf8');
  }
  return found;
}

withTools('qemu', 'file calls do what they do under QEMU, reading and writing', (t) => {
  for (const bits of [64, 32] as Bits[]) {
    for (const args of [[], ['write']]) {
      const program = compile('programs/files.c', bits, '-O2', '-D_FILE_OFFSET_BITS=64');
      const [theirs, ours] = [newFolder(TREE), newFolder(TREE)];
      const expected = runHost(bits, program, args, { cwd: theirs, input: 'some input\n' });
      const actual = runXenon(program, args, {
        root: ours,
        writable: args.length > 0,
        input: 'some input\n',
      });
      t.is(actual.stdout, expected.stdout, `${bits} bits ${args}`);
      t.is(actual.stderr, expected.stderr);
      t.deepEqual(contents(ours), contents(theirs));
      t.deepEqual(actual.messages, []);
    }
  }
});

withTools('compilers', 'files are read-only unless writing is asked for, and absent without a root', (t) => {
  const program = compile('programs/files.c', 64, '-O2', '-D_FILE_OFFSET_BITS=64');
  const root = newFolder(TREE);
  const readOnly = runXenon(program, ['write'], { root });
  t.regex(readOnly.stdout, /create: Read-only file system/);
  t.regex(readOnly.stdout, /mkdir: Read-only file system/);
  t.deepEqual(contents(root), TREE);
  t.regex(runXenon(program).stdout, /^open: No such file or directory/);
});

const READ: OpenRequest = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  noFollow: false,
  permissions: 0o644,
};
const CREATE: OpenRequest = { ...READ, write: true, create: true };

/** A root with every kind of way out of it, beside a secret. */
function trap() {
  const outer = newFolder({
    'secret.txt': 'secret',
    'root/inside.txt': 'inside',
    'root/folder/deep.txt': 'deep',
  });
  const root = join(outer, 'root');
  symlinkSync('../secret.txt', join(root, 'up'));
  symlinkSync(join(outer, 'secret.txt'), join(root, 'absolute'));
  symlinkSync('..', join(root, 'folder/parent'));
  symlinkSync('../..', join(root, 'folder/grandparent'));
  symlinkSync(outer, join(root, 'out'));
  symlinkSync('/folder/deep.txt', join(root, 'fromRoot'));
  symlinkSync('missing', join(root, 'dangling'));
  symlinkSync('../new.txt', join(root, 'danglingOut'));
  symlinkSync('loop', join(root, 'loop'));
  return { outer, root };
}

const WAYS_OUT = [
  '/../secret.txt',
  '../secret.txt',
  '/folder/../../secret.txt',
  '/up',
  '/absolute',
  '/out/secret.txt',
  '/folder/grandparent/secret.txt',
  '/folder/parent/../secret.txt',
  '/folder/parent/up',
  '//..//..//secret.txt',
  '/./../secret.txt',
  '/nowhere/../../secret.txt',
  '/folder/grandparent/root/../secret.txt',
];

test('no path leads out of the root', (t) => {
  const { outer, root } = trap();
  for (const writable of [false, true]) {
    const files = rootFileSystem(root, writable);
    for (const path of WAYS_OUT) {
      t.throws(() => files.open(path, READ), { instanceOf: LinuxError }, path);
      t.throws(() => files.status(path, true), { instanceOf: LinuxError }, path);
    }
  }
  const files = rootFileSystem(root, true);
  for (const path of ['/danglingOut', '/../made.txt', '/folder/grandparent/made.txt']) {
    // These create files, but inside: `..` and links end at the root.
    files.open(path, CREATE).close();
  }
  t.deepEqual(readdirSync(outer).sort(), ['root', 'secret.txt']);
  t.is(readFileSync(join(outer, 'secret.txt'), 'utf8'), 'secret');
  t.true(existsSync(join(root, 'new.txt')) && existsSync(join(root, 'made.txt')));
  files.rename('/inside.txt', '/../../moved.txt');
  t.true(existsSync(join(root, 'moved.txt')));
  files.makeDirectory('/../below', 0o755);
  t.true(existsSync(join(root, 'below')));
  t.throws(() => files.remove('/..', 'directory'), { message: 'EBUSY' });
  // The link goes, not what it names.
  files.remove('/absolute', 'file');
  t.true(existsSync(join(outer, 'secret.txt')));
});

test('links inside the root work as in a root of their own', (t) => {
  const { root } = trap();
  const files = rootFileSystem(root, false);
  const text = (path: string) => {
    const into = new Uint8Array(100);
    const file = files.open(path, READ);
    const count = file.read(into, 0);
    file.close();
    return new TextDecoder().decode(into.subarray(0, count));
  };
  t.is(text('/fromRoot'), 'deep');
  t.is(text('/folder/parent/inside.txt'), 'inside');
  t.is(text('/folder/grandparent/inside.txt'), 'inside');
  t.is(files.readLink('/fromRoot'), '/folder/deep.txt');
  t.is(files.status('/fromRoot', false).kind, 'link');
  t.is(files.status('/fromRoot', true).kind, 'file');
  t.throws(() => files.open('/loop', READ), { message: 'ELOOP' });
  t.throws(() => files.open('/dangling', READ), { message: 'ENOENT' });
  t.throws(() => files.open('/fromRoot', { ...READ, noFollow: true }), { message: 'ELOOP' });
  t.throws(() => files.open('/inside.txt/x', READ), { message: 'ENOTDIR' });
  t.throws(() => files.open('/inside.txt', CREATE), { message: 'EROFS' });
  t.throws(() => files.open('/folder', CREATE), { message: 'EROFS' });
  t.throws(() => files.open(`/${'x'.repeat(300)}`, READ), { message: 'ENAMETOOLONG' });
  t.deepEqual(
    files.list('/folder').map(({ name }) => name),
    ['deep.txt', 'grandparent', 'parent'],
  );
});

test('what is neither file nor folder cannot be opened', (t) => {
  t.throws(() => rootFileSystem('/dev', false).open('/zero', READ), { message: 'EACCES' });
  t.throws(() => rootFileSystem(join(newFolder(), 'none'), false), { instanceOf: UsageError });
});

test('every process has /dev/null and the list of processors', (t) => {
  const files = withSpecialFiles(NO_FILES, 3);
  const into = new Uint8Array(10);
  t.is(files.open('/sys/devices/system/cpu/online', READ).read(into, 0), 4);
  t.is(new TextDecoder().decode(into.subarray(0, 4)), '0-2\n');
  t.is(files.open('/dev/../dev/null', CREATE).write(into, 0), 10);
  t.is(files.readLink('/proc/self/exe'), '/program');
  t.throws(() => files.open('/etc/passwd', READ), { message: 'ENOENT' });
});

withTools('compilers', 'a program cannot get out, whatever it tries', (t) => {
  const { outer, root } = trap();
  mkdirSync(join(root, 'tmp'));
  writeFileSync(join(root, 'tmp/own.txt'), 'own');
  const { stdout } = runXenon(compile('programs/escape.c', 64, '-O1'), WAYS_OUT, { root, writable: true });
  t.notRegex(stdout, /secret/);
  t.is(stdout.match(/refused/g)?.length, 2 * WAYS_OUT.length);
  t.regex(stdout, /own own/);
  t.is(readFileSync(join(outer, 'secret.txt'), 'utf8'), 'secret');
});

import { spawnSync } from 'node:child_process';
import test from 'ava';

test('without the cross compiler --qemu is refused, naming what is missing', (t) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['dist/experiments/cli/xenon.js', 'bench', '--qemu'],
    { encoding: 'utf8', env: { PATH: '/nowhere' } },
  );
  t.is(status, 2);
  t.regex(stderr, /--qemu needs powerpc64-linux-gnu-gcc, which is not here/);
});

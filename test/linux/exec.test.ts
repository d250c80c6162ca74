import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { ExecResult } from '../../experiments/run/execute.js';
import { xenon, xenonHere, xenonWith } from '../support/runs.js';
import { compile, newFolder, runXenon, withTools } from './support.js';

/** `xenon exec` as a user calls it. */

withTools(
  'compilers',
  'output, exit status and arguments pass through; options may follow the program',
  (t) => {
    const program = compile('programs/control.c', 32, '-O2');
    const plain = xenon('exec', '--mode', 'functional', program, 'a', '-t', '0.5', '--', '--json', 'b');
    t.is(plain.status, 46, plain.stderr);
    t.regex(plain.stdout, /\[a\]\n\[-t\]\n\[0\.5\]\n/);
    t.regex(plain.stdout, /\[--json\]\n\[b\]\n/);
    t.is(plain.stderr, '');
    const after = xenon('exec', program, 'a', '--mode', 'functional', '--env', 'MOOD=odd');
    t.is(after.status, 42);
    t.regex(after.stdout, /\[a\]\nodd\n$/);
  },
);

withTools(
  'compilers',
  '--json gives the whole account, with the output in it for standard output',
  async (t) => {
    const program = compile('programs/control.c', 64, '-O1');
    const { stdout, stderr, status } = await xenonHere('exec', program, '--json', '-', '--roi', 'queens');
    t.is(status, 41, stderr);
    const result = JSON.parse(stdout);
    t.is(result.schema, 'xenon-exec/1');
    t.regex(result.stdout, /jumped 17/);
    t.deepEqual(result.exit, { kind: 'exit', status: 41 });
    t.is(result.machine.preset, 'xbox360');
    const { cycles, instructions, cpi } = result.simulated;
    t.true(cycles > 0 && instructions > 100_000);
    t.is(cpi, cycles / instructions);
    t.is(result.roi.calls, 1, 'recursion is one call');
    t.is(result.functions[0].name, 'queens');
    t.true(result.memory.l1Misses > 0 && result.memory.dramReadBytes > 0);
    const folder = newFolder();
    const file = join(folder, 'out.json');
    const toFile = xenon('exec', '--mode', 'functional', program, '--json', file);
    t.regex(toFile.stdout, /jumped 17/);
    t.is(JSON.parse(readFileSync(file, 'utf8')).simulated.cycles, null);
  },
);

withTools(
  'compilers',
  'a core with an issue window: both engines agree, and bandwidth is told',
  async (t) => {
    const program = compile('programs/control.c', 32, '-O2');
    const ran = async (engine: string) => {
      const { stdout, stderr } = await xenonHere(
        ...['exec', '--machine', 'powermac-g4', '--engine', engine, program, '--json', '-'],
      );
      t.is(stderr, '');
      return JSON.parse(stdout);
    };
    const { simulated, bandwidth, exit } = await ran('translated');
    t.true(bandwidth.readGBPerSecond > 0 && bandwidth.readPercentOfPeak < 100);
    t.true(bandwidth.unloadedMemoryLatencyCycles > 100);
    const reference = await ran('reference');
    t.deepEqual([simulated, bandwidth, exit], [reference.simulated, reference.bandwidth, reference.exit]);
  },
);

withTools(
  'compilers',
  'the place of the program moves no cycle, nor does the name of its root',
  async (t) => {
    const program = readFileSync(compile('programs/matrix.c', 64, '-O1'));
    const cycles = async (name: string) => {
      const folder = newFolder({ [name]: program });
      const { stdout, stderr } = await xenonHere('exec', join(folder, name), '--json', '-', '--root', folder);
      t.is(stderr, '');
      return JSON.parse(stdout).simulated;
    };
    t.deepEqual(await cycles('p'), await cycles('a/much/longer/path/to/the/same/program'));
  },
);

withTools('compilers', 'a fault ends with status 1 and its report', (t) => {
  const ended = xenon('exec', '--mode', 'functional', compile('programs/faults.c', 64, '-O1'), 'null-store');
  t.is(ended.status, 1);
  t.is(ended.stdout, 'before null-store\n');
  t.regex(ended.stderr, /^xenon: SIGSEGV: store.*\n {2}at 0x\w+ \(store\+/);
});

withTools(
  'compilers',
  '--what-if says what a number of the machine costs, with the same input again',
  (t) => {
    const program = compile('programs/files.c', 64, '-O2', '-D_FILE_OFFSET_BITS=64');
    const root = newFolder({ 'text.txt': 'some text' });
    const other = 'core.loadHitStoreCycles=80';
    const { stdout, stderr } = xenonWith(
      'input\n',
      'exec',
      program,
      '--root',
      root,
      '--json',
      '-',
      '--what-if',
      other,
    );
    const { simulated, whatIf, ...result } = JSON.parse(stdout);
    t.regex(stderr, /what if +core\.loadHitStoreCycles=80: [\d,]+ cycles, [\d,]+ more/);
    t.is(whatIf[0].saved, simulated.cycles - whatIf[0].cycles);
    t.true(whatIf[0].saved < 0);
    const set = xenonWith('input\n', 'exec', program, '--root', root, '--json', '-', '--set', other);
    t.is(JSON.parse(set.stdout).simulated.cycles, whatIf[0].cycles);
    t.is(JSON.parse(set.stdout).stdout, result.stdout);
  },
);

const refuses = (title: string, pattern: RegExp, ...args: string[]) =>
  test(`refused with status 2: ${title}`, async (t) => {
    const ended = await xenonHere('exec', ...args);
    t.is(ended.status, 2, ended.stderr);
    t.regex(ended.stderr, pattern);
    t.notRegex(ended.stderr, /\n\s+at /);
  });

refuses('no such program', /program not found: nowhere/, 'nowhere');
refuses('an option that xenon does not have', /unknown option '--fast' before/, '--fast', 'package.json');
refuses('not an ELF file', /package\.json: not an ELF file/, 'package.json');
refuses('--writable without --root', /--writable needs --root/, '--writable', 'package.json');
refuses(
  'a root that is no folder',
  /--root package\.json is not a folder/,
  '--root',
  'package.json',
  'package.json',
);
refuses('an unknown engine', /translated, reference/, '--engine', 'fast', 'package.json');
refuses('a bad variable', /NAME=value, got 'x'/, '--env', 'x', 'package.json');
refuses(
  'a what-if that is no number of the machine',
  /core\.loadHit/,
  '--what-if',
  'core.loadHit=0',
  'package.json',
);
refuses('seven threads', /--threads.*1 to 6.*7/, '--threads', '7', 'package.json');

withTools(
  'compilers',
  'a region of interest is where any thread is inside, and ends with the program',
  (t) => {
    const program = compile('programs/region.c', 64, '-O1', '-pthread');
    const measured = (roi: string | undefined, ...args: string[]) => {
      const { result, status } = runXenon(program, args, { mode: 'detailed', profile: true, roi });
      return { status, roi: result.roi!, whole: result.simulated, own: costOf(result.functions, 'sum') };
    };
    const costOf = (functions: ExecResult['functions'], name: string) =>
      functions.find((f) => f.name === name)!;
    const whole = measured(undefined);
    const region = measured('sum');
    t.is(region.roi.calls, 15);
    t.is(region.own.instructions, whole.own.instructions);
    t.is(region.own.cycles, whole.own.cycles);
    // Three threads at once: not three times as long.
    const together = region.roi.cycles! / region.own.cycles;
    t.true(together > 0.3 && together < 0.7, `${together}`);
    const ended = measured('main', 'x');
    t.is(ended.status, 7);
    t.is(ended.roi.calls, 1);
    t.true(ended.roi.instructions > 0.5 * ended.whole.instructions);
    t.true(ended.roi.cycles! > 0.5 * ended.whole.cycles! && ended.roi.cycles! <= ended.whole.cycles!);
  },
);

withTools('compilers', 'functions go by one name wherever they are told', async (t) => {
  const program = compile('programs/region.c', 64, '-O1', '-pthread');
  const { functions } = runXenon(program, [], { mode: 'detailed', profile: true }).result;
  const { stdout, stderr } = await xenonHere('annotate', 'exec', program, '--json', '-');
  const names = new Set(['elsewhere', ...functions.map(({ name }) => name)]);
  const { places } = JSON.parse(stdout) as { places: readonly { name: string }[] };
  t.true(places.length > 20, stderr);
  t.deepEqual(
    places.map(({ name }) => name).filter((name) => !names.has(name)),
    [],
  );
});

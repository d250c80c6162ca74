import { execFile, execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { packageRoot } from '../../experiments/node/package.js';
import { scratch, xenon, xenonHere, xenonInto } from '../support/runs.js';

/** The command line as a user meets it: what bad input gets for an answer, what listings print. */
const STORY = join(packageRoot, 'models/story');
const folder = scratch();
test.after.always(() => folder.drop());
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder.path, name);
  writeFileSync(path, content);
  return path;
};
const story = (): Uint8Array => new Uint8Array(readFileSync(join(STORY, 'story.bin')));
const withHeader = (words: readonly number[]): Uint8Array => {
  const bytes = story().slice();
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setInt32(4 * i, word, true);
  return bytes;
};
const TOKENIZER = join(STORY, 'tokenizer.bin');

const refusedBy = (command: typeof xenon | typeof xenonHere) =>
  test.macro<[args: () => string[], ...patterns: RegExp[]]>({
    async exec(t, args, ...patterns) {
      const out = join(folder.path, `out-${t.title.replaceAll(/\W/g, '-')}`);
      const ended = await command(...args(), ...(args()[0] === 'run' ? ['--out', out] : []));
      t.is(ended.status, 2, ended.stderr);
      for (const pattern of patterns) t.regex(ended.stderr, pattern);
      t.notRegex(ended.stderr, /\n\s+at /, 'no stack trace');
      t.false(existsSync(out), 'nothing half-written');
    },
    title: (given) => `refused with status 2: ${given}`,
  });
/** Each command once as a user starts it. */
const refuses = refusedBy(xenon);
/** More of them, in this process. */
const refusesToo = refusedBy(xenonHere);

test('missing model file', refuses, () => ['run', '--model', './nowhere.bin'], /not found.*nowhere\.bin/);
test('unknown model', refusesToo, () => ['run', '--model', 'stories15'], /stories15/, /stories15M/);
test(
  'truncated checkpoint',
  refusesToo,
  () => ['run', '--model', file('cut.bin', story().subarray(0, 5000)), '--tokenizer', TOKENIZER],
  /cut\.bin/,
);
test(
  'header cut short',
  refusesToo,
  () => ['run', '--model', file('stub.bin', story().subarray(0, 10)), '--tokenizer', TOKENIZER],
  /stub\.bin/,
);
test(
  'impossible sizes',
  refusesToo,
  () => [
    'run',
    '--model',
    file('huge.bin', withHeader([64, 2 ** 30, 5, 8, 4, 512, 512])),
    '--tokenizer',
    TOKENIZER,
  ],
  /huge\.bin/,
);
test(
  'negative sizes',
  refusesToo,
  () => ['run', '--model', file('negative.bin', withHeader([-64])), '--tokenizer', TOKENIZER],
  /negative\.bin/,
);
test(
  'tokenizer of another vocabulary',
  refusesToo,
  () => ['run', '--tokenizer', file('tok.bin', new Uint8Array(readFileSync(TOKENIZER)).subarray(0, 3000))],
  /tok\.bin/,
);
test('unknown machine', refusesToo, () => ['run', '--machine', 'xbox'], /xbox360/);
test('unknown endian strategy', refusesToo, () => ['run', '--endian', 'load-vprem'], /load-vperm/);
test('unknown kernel variant', refusesToo, () => ['run', '--kernels', 'vmx129'], /vmx129/, /vmx128/);
test(
  'unknown operation',
  refusesToo,
  () => ['run', '--kernels', 'vmx128,matmull=scalar'],
  /matmull/,
  /matmul/,
);
test(
  'unknown variant of one operation',
  refusesToo,
  () => ['run', '--kernels', 'vmx128,matmul=vectors'],
  /matmul/,
  /nearest: vector/,
);
test('unknown mode', refusesToo, () => ['run', '--mode', 'fast'], /detailed, functional/);
test('wrong path in --set', refusesToo, () => ['run', '--set', 'l2.size=2MiB'], /l2\.size/, /l2\.sizeBytes/);
test('wrong type in --set', refusesToo, () => ['run', '--set', 'l2.sizeBytes=big'], /l2\.sizeBytes/);
test('wrong unit in --set', refusesToo, () => ['run', '--set', 'l2.sizeBytes=2GHz'], /l2\.sizeBytes/);
test(
  'kernels that only one operation has',
  refusesToo,
  () => ['run', '--kernels', 'altivec'],
  /only matmul has it, write vmx128,matmul=altivec/,
);
test('seven threads', refusesToo, () => ['run', '--threads', '7'], /--threads.*1 to 6.*7/);
test(
  'a placement that names a thread twice',
  refusesToo,
  () => ['run', '--threads', '2', '--placement', '0,0'],
  /twice/,
);
test(
  'a hardware thread that the machine has not',
  refusesToo,
  () => ['run', '--set', 'core.threadsPerCore=1'],
  /xbox360 has hardware threads 0, 2, 4: --threads 1 to 3, and these in --placement/,
);
test('steps beyond the context', refusesToo, () => ['run', '--steps', '100000'], /100000/, /context/);
test(
  'steps that do not fit --context',
  refusesToo,
  () => ['run', '--steps', '100', '--context', '50'],
  /--context 50/,
);
test('steps that are no number', refusesToo, () => ['run', '--steps', 'many'], /--steps.*many/);
test('an unknown option', refusesToo, () => ['run', '--prompts', 'x'], /--prompt/);
test('an unknown command', refusesToo, () => ['rnu'], /rnu/);
test(
  'a machine to change that is not named',
  refusesToo,
  () => ['machines', '--set', 'clock=3GHz'],
  /name it/,
);
test('DRAM that is not modelled', refusesToo, () => ['machines', 'imac-g5', '--dram'], /no DRAM is modelled/);
test(
  'what only many runs have',
  refusesToo,
  () => ['run', '--inputs', 'bus'],
  /--inputs is for --uncertainty/,
);
test(
  'a listing of nothing, before the work',
  refusesToo,
  () => ['annotate', 'run', '--model', 'none', '--top', '0'],
  /--top takes a whole number from 1/,
);
test('draws of one run', refusesToo, () => ['run', '--draws', '8'], /--draws is for --uncertainty/);
test(
  'a snapshot of many runs',
  refusesToo,
  () => ['run', '--uncertainty', '--from-snapshot', 'none.snap'],
  /many sampled runs: leave --from-snapshot away/,
);
test(
  'how sure a run without time is',
  refusesToo,
  () => ['run', '--uncertainty', '--mode', 'functional'],
  /leave --mode functional away/,
);
test(
  'how sure a run of a machine without sampled runs is',
  refusesToo,
  () => ['run', '--uncertainty', '--machine', 'powermac-g4', '--threads', '1'],
  /powermac-g4 issues out of order: its runs cannot be sampled/,
);
test(
  'the name of a folder for a result',
  refusesToo,
  () => ['run', '--json', join(folder.path, 'none/')],
  /none\/ is a folder: name a file/,
);
test('no name for a result', refusesToo, () => ['run', '--json', ''], /no file is named to write to/);
test(
  'no name for a folder',
  refusesToo,
  () => ['experiment', '12', '--out', ''],
  /no folder is named to write to/,
);
test('logits to standard output', refusesToo, () => ['run', '--logits', '-'], /--json only: name a file/);
test('a folder for a result', refusesToo, () => ['run', '--json', folder.path], /is a folder: name a file/);
test(
  'a file for a folder of results',
  refusesToo,
  () => ['experiment', '12', '--out', file('results', '')],
  /results is no folder: name a folder/,
);
test(
  'a result below a file',
  refusesToo,
  () => ['convert', 'story', join(file('plain', ''), 'm.gguf')],
  /m\.gguf cannot be written: not a directory/,
);
test(
  'a name that does not say the format',
  refusesToo,
  () => ['convert', 'story', join(folder.path, 'model')],
  /model does not say in which format to write: name it \.gguf, \.bin .*or give --to/,
);
test(
  'a file for safetensors, which are a folder',
  refusesToo,
  () => ['convert', 'story', join(folder.path, 'm.safetensors')],
  /name a folder .* such as .*\/m\/, or give --to/,
);
test(
  'an assembly error',
  refuses,
  () => ['asm', file('bad.s', 'start:\n addd 3,4,5\n')],
  /bad\.s:2/,
  /addd 3,4,5/,
);
test(
  'a binary file to assemble',
  refusesToo,
  () => ['asm', file('code.bin', '\x7fELF\x01\x02\0')],
  /^xenon: source is not text: .*code\.bin\n$/,
);
test(
  'words that are none',
  refuses,
  () => ['disasm', file('words.txt', '7c632214\nxyz\n')],
  /words\.txt:2/,
  /xyz/,
);
test('cases that are no JSON', refuses, () => ['conform', file('cases.json', '{')], /cases\.json/);

test('convert writes what the name of the file says, and --to wins', async (t) => {
  const written = async (name: string, ...more: string[]) => {
    const { status, stdout, stderr } = await xenonHere('convert', 'story', join(folder.path, name), ...more);
    t.is(status, 0, stderr);
    return /: (\w+)/.exec(stdout.slice(folder.path.length))?.[1];
  };
  t.is(await written('as.gguf'), 'GGUF');
  t.is(await written('as.xenon'), 'console');
  t.is(await written('as.bin'), 'llama2');
  t.is(await written('as/'), 'safetensors');
  t.is(await written('other.bin', '--to', 'gguf'), 'GGUF');
});

test('convert writes into a pipe, which stays one', async (t) => {
  const pipe = join(folder.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = promisify(execFile)('sh', ['-c', '(head -c 4; cat > /dev/null) < "$0"', pipe]);
  const { status, stderr } = await xenonHere('convert', 'story', pipe, '--to', 'gguf');
  t.is(status, 0, stderr);
  t.is((await reader).stdout, 'GGUF');
  t.true(statSync(pipe).isFIFO());
});

/** Every write to it fails as on a full disk. */
const FULL = '/dev/full';
const whereThereIsFull = existsSync(FULL) ? test : test.skip;
whereThereIsFull('a full disk behind standard output is told in a line (needs /dev/full)', (t) => {
  const full = openSync(FULL, 'w');
  const { status, stderr } = xenonInto(['ignore', full, 'pipe'], 'kernels');
  t.is(status, 1);
  t.is(stderr, 'xenon: standard output: no space left on device\n');
  closeSync(full);
});
whereThereIsFull('one behind standard error changes nothing (needs /dev/full)', (t) => {
  const full = openSync(FULL, 'w');
  t.is(xenonInto(['ignore', 'pipe', full], 'kernels', '--frobnicate').status, 2);
  closeSync(full);
});

test('a model that does not fit ends with status 1 and the memory map', async (t) => {
  const ended = await xenonHere(
    'run',
    '--model',
    'llama-2-7b-shape',
    '--steps',
    '32',
    '--out',
    join(folder.path, 'no'),
  );
  t.is(ended.status, 1, ended.stderr);
  t.regex(ended.stderr, /does not fit.*MiB more than there is; no room was left for weights/);
  t.regex(ended.stderr, /memory map of 512\.0 MiB/);
  // In fp32 two of its layers are more than the memory.
  t.regex(ended.stderr, /What would fit: --quant q4_0 --stream usb$/m);
  t.false(existsSync(join(folder.path, 'no')));
});

test('assembled words disassemble to the same text', (t) => {
  const source = file('good.s', 'start: addi r3,r3,1\n vmaddfp128 v64,v1,v2,v64\n bdnz start\n blr\n');
  const listing = xenon('asm', source);
  t.is(listing.status, 0, listing.stderr);
  const words = listing.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/)[1]);
  const back = xenon('disasm', file('good.txt', words.join('\n')));
  t.is(back.status, 0);
  for (const part of ['addi r3,r3,1', 'vmaddfp128', 'bdnz', 'blr'])
    t.true(back.stdout.includes(part), back.stdout);
});

test('listings print text and JSON with a schema', async (t) => {
  for (const [name, schema] of [
    ['machines', 'xenon-machines/1'],
    ['models', 'xenon-models/1'],
    ['isa', 'xenon-isa/1'],
    ['kernels', 'xenon-kernels/1'],
  ]) {
    t.is(xenon(name).status, 0);
    t.is(JSON.parse((await xenonHere(name, '--json', '-')).stdout).schema, schema);
  }
  const machine = JSON.parse((await xenonHere('machines', 'xbox360', '--json', '-')).stdout);
  t.true(machine.parameters.length > 200);
  t.true(machine.parameters.every((p: Record<string, unknown>) => p.source && p.grade));
});

test('start compares strategies behind a prompt of any length, and gives all as JSON', async (t) => {
  const [json, snapshot] = ['start.json', 'start.snap'].map((name) => join(folder.path, name));
  const asked = ['--prompt', 'Once upon a time there was a little girl', '--steps', '26'];
  const out = ['--out', join(folder.path, 'started')];
  const started = await xenonHere('start', ...asked, ...out, '--json', json, '--save-snapshot', snapshot);
  t.is(started.status, 0, started.stderr);
  const { promptTokens, comparison, simulated } = JSON.parse(readFileSync(json, 'utf8'));
  t.true(promptTokens > 8 && simulated.positionsForwarded <= 26);
  t.deepEqual(
    comparison.map((row: { strategy: string; positions: number }) => [row.strategy, row.positions]),
    ['offline', 'load-copy', 'load-scalar', 'load-vperm', 'fused-vperm'].map((name) => [name, 26]),
  );
  t.regex(started.stdout, /each in a run of 26 positions\n\n.*\noffline .*\nload-copy /);
  t.is(readdirSync(join(folder.path, 'started')).length, 1);

  // The snapshot is the story's own, not that of a strategy it is compared with.
  const again = await xenonHere('run', ...asked, ...out, '--json', '-', '--from-snapshot', snapshot);
  t.is(again.status, 0, again.stderr);
  t.deepEqual(JSON.parse(again.stdout).simulated, simulated);

  const untimed = await xenonHere('start', ...asked, ...out, '--mode', 'functional', '--json', '-');
  t.is(JSON.parse(untimed.stdout).comparison, undefined, 'nothing to compare without time');
});

test('kernels that a relative of the console could not run are named', async (t) => {
  const asked = ['run', '--machine', 'powermac-g4', '--threads', '1', '--steps', '6', '--mode', 'functional'];
  const out = ['--out', join(folder.path, 'relative')];
  const foreign = await xenonHere(...asked, ...out);
  t.regex(foreign.stderr, /powermac-g4 has no VMX128: .*matmul\.vmx128.* could not run there/);
  for (const kernels of ['scalar', 'scalar,matmul=altivec'])
    t.is((await xenonHere(...asked, ...out, '--kernels', kernels)).stderr, '', kernels);
  t.is((await xenonHere('run', ...asked.slice(3), ...out)).stderr, '', 'the console has all');
});

test('a run writes its directory and prints JSON that carries its schema', (t) => {
  const out = join(folder.path, 'runs');
  const ended = xenon('run', '--steps', '12', '--threads', '2', '--json', '-', '--out', out);
  t.is(ended.status, 0, ended.stderr);
  const result = JSON.parse(ended.stdout);
  t.is(result.schema, 'xenon-run/1');
  t.is(result.tokens.length, 13);
  t.is(result.machine.preset, 'xbox360');
  t.true(0 < result.host.loadSeconds && result.host.loadSeconds < result.host.seconds);
  const [run] = readdirSync(out);
  const files = readdirSync(join(out, run));
  for (const name of ['run.json', 'host.json', 'stats.txt', 'report.html'])
    t.true(files.includes(name), name);
  t.regex(readFileSync(join(out, run, 'report.html'), 'utf8'), /Sleepy Joe/);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { machineWith } from '../support/guest.js';
import { scratch, xenon, xenonHere } from '../support/runs.js';

/** Readers of the formats, from their descriptions and not from what writes them. */

interface KanataInstruction {
  readonly thread: number;
  label: string;
  readonly stages: { readonly name: string; readonly cycle: number }[];
  retired: number | undefined;
  retiredAt: number;
}

/** Onikiri's log format, version 4: throws where a line is not what it allows. */
function readKanata(text: string): { instructions: KanataInstruction[]; cycles: number } {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('the last line does not end');
  if (lines[0] !== 'Kanata\t0004') throw new Error(`header ${lines[0]}`);
  if (!/^C=\t\d+$/.test(lines[1])) throw new Error(`no first cycle: ${lines[1]}`);
  let cycle = Number(lines[1].slice(3));
  const first = cycle;
  const instructions: KanataInstruction[] = [];
  let retired = 0;
  for (const line of lines.slice(2)) {
    const [command, ...fields] = line.split('\t');
    const numbers = fields.map(Number);
    const live = (id: number): KanataInstruction => {
      const found = instructions[id];
      if (found === undefined || found.retired !== undefined)
        throw new Error(`${line}: instruction ${id} is not there`);
      return found;
    };
    switch (command) {
      case 'C':
        if (!(numbers[0] > 0)) throw new Error(line);
        cycle += numbers[0];
        break;
      case 'I':
        if (numbers[0] !== instructions.length || fields.length !== 3)
          throw new Error(`${line}: out of order`);
        instructions.push({ thread: numbers[2], label: '', stages: [], retired: undefined, retiredAt: 0 });
        break;
      case 'L':
        if (fields[1] !== '0') throw new Error(line);
        live(numbers[0]).label += fields[2];
        break;
      case 'S':
        if (fields[1] !== '0' || fields[2] === '') throw new Error(line);
        live(numbers[0]).stages.push({ name: fields[2], cycle });
        break;
      case 'W':
        live(numbers[0]);
        if (!(numbers[1] < instructions.length) || fields[2] !== '0') throw new Error(line);
        break;
      case 'R':
        if (numbers[1] !== retired++ || fields[2] !== '0') throw new Error(`${line}: retires out of order`);
        live(numbers[0]).retiredAt = cycle;
        instructions[numbers[0]].retired = numbers[1];
        break;
      default:
        throw new Error(`unknown command: ${line}`);
    }
  }
  if (instructions.some((one) => one.retired === undefined)) throw new Error('an instruction never retires');
  return { instructions, cycles: cycle - first };
}

interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The Trace Event Format: throws where an event lacks what its phase needs, or where slices of a thread cross. */
function readTrace(text: string): TraceEvent[] {
  const { traceEvents } = JSON.parse(text) as { traceEvents: TraceEvent[] };
  const tracks = new Map<string, TraceEvent[]>();
  for (const event of traceEvents) {
    const { ph, name, pid, tid, ts, dur, args } = event;
    const say = JSON.stringify(event);
    if (typeof name !== 'string' || !Number.isInteger(pid) || !Number.isInteger(tid)) throw new Error(say);
    if (ph === 'M') {
      if (name.endsWith('_name') && typeof args.name !== 'string') throw new Error(say);
      continue;
    }
    if (!(ts >= 0)) throw new Error(say);
    if (ph === 'C') {
      if (Object.values(args).some((value) => !Number.isFinite(value))) throw new Error(say);
    } else if (ph === 'X') {
      if (!(dur > 0)) throw new Error(say);
      tracks.set(`${pid} ${tid}`, [...(tracks.get(`${pid} ${tid}`) ?? []), event]);
    } else throw new Error(say);
  }
  for (const slices of tracks.values()) {
    slices.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
    const open: TraceEvent[] = [];
    for (const slice of slices) {
      while (open.length > 0 && open[open.length - 1].ts + open[open.length - 1].dur <= slice.ts + 1e-6)
        open.pop();
      const around = open[open.length - 1];
      if (around !== undefined && slice.ts + slice.dur > around.ts + around.dur + 1e-6)
        throw new Error(`${slice.name} at ${slice.ts} crosses ${around.name}`);
      open.push(slice);
    }
  }
  return traceEvents;
}

test('a pipeline trace reads as Kanata 0004', async (t) => {
  const folder = scratch();
  const file = join(folder.path, 'k.kanata');
  const kernel = ['trace', 'kernel', 'rmsnorm.vmx128', '--warm', '0'];
  const { status, stdout } = await xenonHere(...kernel, '--kanata', file, '--cycles', '100000');
  t.is(status, 0);
  const { instructions, cycles } = readKanata(readFileSync(file, 'utf8'));
  const said = Number(/([\d,]+) cycles/.exec(stdout)![1].replaceAll(',', ''));
  // The last results may be ready after the last instruction has issued.
  t.true(cycles >= said && cycles < said + 1000, `${cycles} of ${said}`);
  t.true(instructions.every(({ label }) => /^[0-9a-f]{8}: \S/.test(label)));
  // Code that is executed for the first time is fetched.
  t.true(instructions.some(({ stages }) => stages[0].name === 'F'));
  t.true(instructions.every(({ stages }) => stages.find(({ name }) => name !== 'F')!.name === 'Is'));
  t.true(instructions.some(({ stages }) => stages.some(({ name }) => name === 'Q')));
  for (const { stages, retiredAt } of instructions) {
    stages.forEach(({ cycle }, i) => {
      t.true(cycle <= (stages[i + 1]?.cycle ?? retiredAt));
    });
  }
  // A stretch is a part of the same.
  await xenonHere(...kernel, '--kanata', file, '--from', String(said >> 2), '--cycles', String(said >> 1));
  const part = readKanata(readFileSync(file, 'utf8')).instructions;
  t.true(part.length > 0 && part.length < instructions.length);
  const labels = instructions.map(({ label }) => label).join('\n');
  t.true(labels.includes(part.map(({ label }) => label).join('\n')));
  folder.drop();
});

test('a timeline reads as a trace of events: threads, layers, kernels, tokens, counters', async (t) => {
  const folder = scratch();
  const [timeline, kanata] = ['t.json', 'k.kanata'].map((name) => join(folder.path, name));
  const run = ['--prompt', 'Once', '--steps', '5', '--threads', '2'];
  const traced = await xenonHere(
    'trace',
    'run',
    ...run,
    '--timeline',
    timeline,
    '--kanata',
    kanata,
    '--from',
    '100000',
  );
  t.is(traced.status, 0, traced.stderr);
  const events = readTrace(readFileSync(timeline, 'utf8'));
  const named = (category: string) => events.filter(({ cat }) => cat === category);
  t.is(named('token').length, 5);
  for (const name of ['matmul', 'barrier', 'rmsnorm', 'attention']) {
    t.true(
      named('kernel').some((event) => event.name === name),
      name,
    );
  }
  t.true(named('layer').some(({ name }) => name === 'layer 0'));
  const counters = new Set(events.filter(({ ph }) => ph === 'C').map(({ name }) => name));
  t.deepEqual([...counters].sort(), ['instructions per cycle', 'memory, GB/s', 'misses in flight']);
  const threads = new Set(readKanata(readFileSync(kanata, 'utf8')).instructions.map(({ thread }) => thread));
  t.deepEqual([...threads].sort(), [0, 2]);
  // Observers change nothing.
  const plain = await xenonHere('run', ...run, '--json', '-', '--out', folder.path);
  const { simulated } = JSON.parse(plain.stdout) as { simulated: { cycles: number } };
  const cycles = Number(traced.stdout.split(' ')[0].replaceAll(',', ''));
  t.true(Math.abs(cycles - simulated.cycles) <= 0.5, `${cycles} and ${simulated.cycles}`);
  folder.drop();
});

test('requests to memory as DRAMsim3 and Ramulator read them', async (t) => {
  const folder = scratch();
  const file = join(folder.path, 'm.trc');
  const ask = async (format: string) => {
    const sizes = ['--sizes', 'rows=64,columns=288', '--warm', '0', '--cycles', '1000000'];
    const { status } = await xenonHere(
      'trace',
      'kernel',
      'matmul.vmx128',
      ...sizes,
      '--memory',
      file,
      '--memory-format',
      format,
    );
    t.is(status, 0);
    return readFileSync(file, 'utf8').trimEnd().split('\n');
  };
  const dramsim = (await ask('dramsim3')).map((line) => {
    const match = /^0x([0-9a-f]+) (READ|WRITE) (\d+)$/.exec(line);
    t.truthy(match, line);
    return {
      address: Number.parseInt(match![1], 16),
      isRead: match![2] === 'READ',
      cycle: Number(match![3]),
    };
  });
  t.true(dramsim.every(({ cycle }, i) => i === 0 || cycle >= dramsim[i - 1].cycle));
  t.true(dramsim.every(({ address }) => address % 128 === 0));
  // The matrix has 64 rows of 288 numbers; its lines are read once each.
  const lines = new Set(dramsim.filter(({ isRead }) => isRead).map(({ address }) => address));
  t.true(lines.size >= (64 * 288 * 4) / 128);
  const ramulator = await ask('ramulator');
  t.deepEqual(
    ramulator,
    dramsim.map(({ address, isRead }) => `0x${address.toString(16).padStart(8, '0')} ${isRead ? 'R' : 'W'}`),
  );
  t.true(machineWith().dram.clock < machineWith().clock);
  folder.drop();
});

test('a trace of nothing is refused', (t) => {
  const { status, stderr } = xenon('trace', 'kernel', 'matmul.vmx128');
  t.is(status, 2);
  t.regex(stderr, /--kanata, --memory/);
});

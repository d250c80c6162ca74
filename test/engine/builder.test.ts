import test from 'ava';
import { Body, encodeModule, Locals, type Signature } from '../../sim/engine/wasm/builder.js';
import { OPCODES, type Opcode } from '../../sim/engine/wasm/opcodes.js';

const memory = new WebAssembly.Memory({ initial: 1 });

function run(
  signature: Signature,
  fill: (body: Body) => void,
  imports: Record<string, Signature & { run: unknown }> = {},
) {
  const body = new Body(new Locals(signature.parameters));
  fill(body);
  const imported = Object.entries(imports).map(([name, f]) => ({
    name,
    parameters: f.parameters,
    results: f.results,
  }));
  const bytes = encodeModule(1, imported, [{ name: 'f', ...signature, body }]);
  const functions = Object.fromEntries(Object.entries(imports).map(([name, f]) => [name, f.run]));
  const module = new WebAssembly.Module(bytes as BufferSource);
  const instance = new WebAssembly.Instance(module, { e: { memory, ...functions } as never });
  return instance.exports.f as (...args: never[]) => unknown;
}

test('integer constants of every encoded length come back', (t) => {
  const small = [
    0,
    1,
    -1,
    63,
    64,
    -64,
    -65,
    8191,
    8192,
    -8192,
    -8193,
    2 ** 20,
    -(2 ** 20),
    2 ** 31 - 1,
    -(2 ** 31),
  ];
  for (const value of small) {
    t.is(run({ parameters: [], results: ['i32'] }, (b) => b.i32(value))(), value);
    t.is(run({ parameters: [], results: ['i64'] }, (b) => b.i64(value))(), BigInt(value));
  }
  t.is(run({ parameters: [], results: ['i32'] }, (b) => b.i32(0xffff_ffff))(), -1);
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), 0x1234_5678_9abc_def0n, -(2n ** 34n), 2n ** 62n]) {
    t.is(run({ parameters: [], results: ['i64'] }, (b) => b.i64(value))(), value);
  }
  t.is(run({ parameters: [], results: ['i64'] }, (b) => b.i64(0xffff_ffff_ffff_ffffn))(), -1n);
});

test('doubles are given by their bits', (t) => {
  t.is(run({ parameters: [], results: ['f64'] }, (b) => b.f64(0x4009_21fb_5444_2d18n))(), Math.PI);
});

test('locals of mixed types keep their places', (t) => {
  const f = run({ parameters: ['i32'], results: ['i32'] }, (b) => {
    const [a] = b.locals.parameters;
    const wide = b.locals.add('i64');
    const other = b.locals.add('i32');
    const late = b.locals.add('i64');
    b.get(a);
    b.op('i64.extend_i32_s');
    b.tee(wide);
    b.set(late);
    b.get(late);
    b.get(wide);
    b.op('i64.add');
    b.op('i32.wrap_i64');
    b.set(other);
    b.get(other);
  });
  t.is(f(21 as never), 42);
});

test('branches name labels: a loop that sums, and a table', (t) => {
  const sum = run({ parameters: ['i32'], results: ['i32'] }, (b) => {
    const [n] = b.locals.parameters;
    const total = b.locals.add('i32');
    const done = b.block();
    const again = b.loop();
    b.get(n);
    b.op('i32.eqz');
    b.brIf(done);
    b.get(total);
    b.get(n);
    b.op('i32.add');
    b.set(total);
    b.get(n);
    b.i32(1);
    b.op('i32.sub');
    b.set(n);
    b.br(again);
    b.end(again);
    b.end(done);
    b.get(total);
  });
  t.is(sum(100 as never), 5050);
  const choose = run({ parameters: ['i32'], results: ['i32'] }, (b) => {
    const [n] = b.locals.parameters;
    const labels = [b.block(), b.block(), b.block()];
    b.get(n);
    b.brTable([labels[2], labels[1]], labels[0]);
    for (const [label, value] of [
      [labels[2], 10],
      [labels[1], 11],
    ] as const) {
      b.end(label);
      b.i32(value);
      b.op('return');
    }
    b.end(labels[0]);
    b.i32(12);
  });
  t.deepEqual(
    [0, 1, 2, 99].map((n) => choose(n as never)),
    [10, 11, 12, 12],
  );
});

test('an if gives one of two values', (t) => {
  const f = run({ parameters: ['i32'], results: ['i32'] }, (b) => {
    b.get(b.locals.parameters[0]);
    const label = b.if('i32');
    b.i32(1);
    b.else();
    b.i32(2);
    b.end(label);
  });
  t.deepEqual([f(5 as never), f(0 as never)], [1, 2]);
});

test('labels are checked', (t) => {
  const body = new Body(new Locals([]));
  const outer = body.block();
  body.block();
  t.throws(() => body.end(outer), { message: /not the innermost/ });
  t.throws(() => new Body(new Locals([])).append(body), { message: /open structures/ });
});

test('a branch to a closed label is refused', (t) => {
  const body = new Body(new Locals([]));
  const label = body.block();
  body.end(label);
  t.throws(() => body.br(label), { message: /not open/ });
});

test('bodies that share locals can be joined', (t) => {
  const locals = new Locals([]);
  const late = new Body(locals);
  const x = locals.add('i32');
  late.get(x);
  const f = run({ parameters: [], results: ['i32'] }, (b) => {
    const own = b.locals.add('i32');
    b.i32(7);
    b.set(own);
    b.append(late);
  });
  t.is(f(), 7);
});

test('vectors: constants, lanes, shuffles, memory', (t) => {
  new Uint8Array(memory.buffer).set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], 64);
  const f = run({ parameters: [], results: ['i32'] }, (b) => {
    b.i32(128);
    b.i32(0);
    b.memory('v128.load', 64);
    b.v128([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99]);
    b.shuffle([3, 2, 1, 0, 31, 31, 31, 31, 8, 8, 8, 8, 8, 8, 8, 8]);
    const v = b.locals.add('v128');
    b.tee(v);
    b.memoryLane('v128.store32_lane', 1, 4);
    b.get(v);
    b.lane('i32x4.extract_lane', 0);
  });
  t.is(f(), 0x01020304);
  t.is(new DataView(memory.buffer).getUint32(132, true), 0x63636363);
});

test('imported functions come first in numbering', (t) => {
  const twice = { parameters: ['i32'], results: ['i32'], run: (x: number) => 2 * x } as const;
  const f = run(
    { parameters: ['i32'], results: ['i32'] },
    (b) => {
      b.get(b.locals.parameters[0]);
      b.call(0);
    },
    { twice },
  );
  t.is(f(21 as never), 42);
});

test('every instruction without an immediate is one the host knows', (t) => {
  const special = /load|store|lane|^(unreachable|return|drop|select|nop)$|relaxed/;
  const shapes = ['i32', 'i64', 'f32', 'f64', 'v128'] as const;
  const operandLists = shapes.flatMap((a) => [[a], [a, a], [a, 'i32'], [a, a, a]] as const);
  const unknown = (Object.keys(OPCODES) as Opcode[])
    .filter((name) => !special.test(name))
    .filter((name) => {
      return !operandLists.some((parameters) =>
        shapes.some((result) => {
          const body = new Body(new Locals(parameters));
          for (const local of body.locals.parameters) body.get(local);
          body.op(name);
          return WebAssembly.validate(
            encodeModule(1, [], [{ name: 'f', parameters, results: [result], body }]) as BufferSource,
          );
        }),
      );
    });
  t.deepEqual(unknown, []);
});

test('hints name the branches of the function they are given in, pieces that are joined included', (t) => {
  const locals = new Locals(['i32']);
  const [x] = locals.parameters;
  const late = new Body(locals);
  late.get(x);
  late.end(late.if(undefined, 'likely'));
  const body = new Body(locals);
  locals.add('v128');
  const label = body.block();
  body.get(x);
  body.brIf(label, 'unlikely');
  body.end(label);
  body.append(late);
  const imported = { name: 'g', parameters: [], results: [] };
  const bytes = encodeModule(1, [imported], [{ name: 'f', parameters: ['i32'], results: [], body }]);
  const module = new WebAssembly.Module(bytes as BufferSource);
  const [section] = WebAssembly.Module.customSections(module, 'metadata.code.branch_hint');
  const [functions, index, count, ...hints] = new Uint8Array(section);
  t.deepEqual([functions, index, count], [1, 1, 2]);
  // The function is the last thing in the module; its text begins with what declares one local.
  const declared = Buffer.from(bytes).indexOf(Buffer.from([1, 1, 0x7b, 0x02]));
  const named = [hints.slice(0, 3), hints.slice(3)].map(([at, size, likely]) => [
    bytes[declared + at],
    size,
    likely,
  ]);
  t.deepEqual(named, [
    [0x0d, 1, 0],
    [0x04, 1, 1],
  ]);
});

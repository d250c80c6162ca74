import test from 'ava';
import { Body, encodeModule, Locals, type ValueType } from '../../sim/engine/wasm/builder.js';
import { emitInline, inlineFunction } from '../../sim/engine/wasm/inline.js';

const memory = new WebAssembly.Memory({ initial: 1 });

/** A module with `f(n)`, made of everything that is treated apart, and `g(x, y)`, which it calls. */
function original(): Uint8Array {
  const f = new Body(new Locals(['i32']));
  const [n] = f.locals.parameters;
  const [sum, total] = [f.locals.add('i32'), f.locals.add('i64')];
  const wide = f.locals.add('v128');
  const ends = f.block('i32');
  f.get(n);
  f.i32(100);
  f.op('i32.gt_s');
  const large = f.if(undefined, 'unlikely');
  f.i32(-1);
  f.op('return');
  f.end(large);
  const loop = f.loop();
  f.get(sum);
  f.get(n);
  // g(sum, n)
  f.call(1);
  f.set(sum);
  f.get(total);
  f.i64(0x1_0000_0001);
  f.op('i64.add');
  f.set(total);
  f.get(n);
  f.op('i32x4.splat');
  f.get(wide);
  f.op('i32x4.add');
  f.tee(wide);
  f.lane('i32x4.extract_lane', 3);
  f.i32(40);
  f.op('i32.gt_s');
  const enough = f.if();
  f.get(sum);
  f.br(ends);
  f.end(enough);
  f.get(n);
  f.i32(1);
  f.op('i32.sub');
  f.tee(n);
  f.brIf(loop, 'likely');
  f.end(loop);
  f.i32(64);
  f.get(total);
  f.memory('i64.store', 8);
  f.get(sum);
  f.i32(64);
  f.memory('i32.load', 12);
  f.op('i32.add');
  f.end(ends);
  const g = new Body(new Locals(['i32', 'i32']));
  for (const local of g.locals.parameters) g.get(local);
  g.op('i32.add');
  const i32: ValueType[] = ['i32'];
  return encodeModule(
    1,
    [],
    [
      { name: 'f', parameters: i32, results: i32, body: f },
      { name: 'g', parameters: ['i32', 'i32'], results: i32, body: g },
    ],
  );
}

const exportsOf = (bytes: Uint8Array, more: WebAssembly.ModuleImports = {}) =>
  new WebAssembly.Instance(new WebAssembly.Module(bytes as BufferSource), { e: { memory, ...more } })
    .exports as Record<string, (...args: number[]) => number>;

test('a function does in place what it does when it is called, again and again', (t) => {
  const bytes = original();
  const { f, g } = exportsOf(bytes);
  const inline = inlineFunction(bytes, 'f');
  t.deepEqual([...inline.calls.values()], [{ name: 'g', parameters: ['i32', 'i32'], results: ['i32'] }]);
  t.deepEqual([...inline.hints.values()], ['unlikely', 'likely']);
  // 1000 times the result of the first argument and that of the second.
  const body = new Body(new Locals(['i32', 'i32']));
  const locals = [...inline.parameters, ...inline.locals].map((type) => body.locals.add(type));
  const put = () => emitInline(body, inline, locals, () => 0);
  const [a, b] = body.locals.parameters;
  body.get(a);
  put();
  body.i32(1000);
  body.op('i32.mul');
  body.get(b);
  put();
  body.op('i32.add');
  const parameters: ValueType[] = ['i32', 'i32'];
  const made = encodeModule(
    1,
    [...inline.calls.values()],
    [{ name: 'twice', parameters, results: ['i32'], body }],
  );
  const { twice } = exportsOf(made, { g });
  for (const [x, y] of [
    [3, 5],
    [5, 3],
    [9, 30],
    [101, 7],
    [1, 200],
  ])
    t.is(twice(x, y), 1000 * f(x) + f(y), `${x} ${y}`);
  t.is(f(3), 9);
  t.is(f(101), -1);
});

test('a function that calls what its module does not export cannot be put in place', (t) => {
  const bytes = original();
  const hidden = Buffer.from(
    Buffer.from(bytes).toString('latin1').replace('\x01g\x00', '\x01f\x02'),
    'latin1',
  );
  t.throws(() => inlineFunction(hidden, 'f'), { message: /f calls what is not exported/ });
});

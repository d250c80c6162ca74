import test from 'ava';
import { CTX, contextBase } from '../../sim/engine/context.js';
import { Evaluator } from '../../sim/engine/evaluate.js';
import { CODE, DATA, get, memory, narrow, physical, run, view } from '../support/evaluated.js';

test('events tell accesses, branches, barriers and hints', (t) => {
  const [load] = run([['lvx', { vD: 1, rA: 0, rB: 5 }]], { r5: DATA + 7 });
  t.deepEqual(load.accesses, [{ kind: 'load', ea: DATA, physical: physical(DATA), size: 16 }]);
  t.is(load.address, CODE);
  t.is(load.next, CODE + 4);
  const [branch] = run([['bc', { BO: 12, BI: 2, BD: -8 }]], { cr: 0x2000_0000 });
  t.deepEqual(branch.branch, { taken: true, target: CODE - 8, kind: 'direct' });
  t.is(branch.next, CODE - 8);
  const [fall] = run([['bc', { BO: 4, BI: 2, BD: -8 }]], { cr: 0x2000_0000 });
  t.is(fall.next, CODE + 4);
  const [back] = run([['bclr', { BO: 20, BI: 0 }]], { lr: 0xbcbc_bcbfn });
  t.deepEqual(back.branch, { taken: true, target: 0xbcbc_bcbc, kind: 'return' });
  const [count] = run([['bc', { BO: 16, BI: 0, BD: 16 }]], { ctr: 0x1_0000_0001n }, narrow);
  t.false(count.branch!.taken, 'in 32-bit mode the low word of CTR counts');
  t.is(run([['lwsync', {}]], {})[0].barrier, 'lwsync');
  t.is(run([['cctpl', {}]], {})[0].hint, 'low');
});

test('calls leave the address behind them in LR', (t) => {
  run(
    [
      ['bl', { LI: 4 }],
      ['mfspr', { rD: 3, SPR: 8 }],
    ],
    {},
  );
  t.is(get('r3'), BigInt(CODE + 4));
});

test('what cannot go on says so and leaves the registers alone', (t) => {
  const [trap] = run([['tw', { TO: 4, rA: 3, rB: 4 }]], { r3: 5, r4: 5 });
  t.is(trap.stop?.kind, 'trap');
  t.is(view.getBigUint64(contextBase(0) + CTX.pc, true), BigInt(CODE), 'pc stays');
  t.is(run([['tw', { TO: 24, rA: 3, rB: 4 }]], { r3: 5, r4: 5 })[0].stop, undefined);
  const [call] = run([['sc', {}]], {});
  t.is(call.stop?.kind, 'systemCall');
  t.is(view.getBigUint64(contextBase(0) + CTX.pc, true), BigInt(CODE + 4), 'a system call is executed');
  const [fault] = run([['lwarx', { rD: 3, rA: 0, rB: 5 }]], { r3: 77, r5: DATA + 2 });
  t.is(fault.stop?.kind, 'fault');
  t.is(get('r3'), 77n);
  const [beyond] = run([['ld', { rD: 3, rA: 5, ds: 0 }]], { r5: 0x1fff_fffc });
  t.is(beyond.stop?.kind, 'fault');
  t.regex(beyond.stop!.message, /load of 8 bytes at unmapped address 0x1ffffffc, instruction at 0x80000000/);
  const mapped = (at: number) => at < 0x1000;
  const [stray] = run([['lbz', { rD: 3, rA: 5, d: 0 }]], { r5: DATA }, { mapped });
  t.deepEqual([stray.stop?.kind, stray.stop?.ea], ['fault', DATA]);
  view.setUint32(physical(CODE), 0);
  view.setBigUint64(contextBase(0) + CTX.pc, BigInt(CODE), true);
  const event = new Evaluator(memory).step(0);
  t.is(event.stop?.kind, 'illegal');
  t.regex(event.stop!.message, /no instruction 0x00000000 at 0x80000000/);
});

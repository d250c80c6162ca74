import { GUEST_BYTES } from './context.js';
import type { Body } from './wasm/builder.js';
import type { LoadGroup, Member } from './weave-groups.js';

const OTHER_LINE = (GUEST_BYTES - 1) & ~127;

/** Pushes the low word of an address; `general` pushes that of a general register. */
export function pushAddress(
  body: Body,
  { base, index, offset }: Member,
  general: (reg: number) => void,
): void {
  general(base);
  if (index >= 0) {
    general(index);
    body.op('i32.add');
  }
  if (offset !== 0) {
    body.i32(offset);
    body.op('i32.add');
  }
}

/** Pushes 0 when the group lies in one line and none of its accesses crosses a boundary. */
export function pushSpread(body: Body, group: LoadGroup, general: (reg: number) => void): void {
  const { members } = group;
  // Among those without an index the ends are enough.
  const ends = members.filter((m) => m.index >= 0 || m.offset === group.low || m.offset === group.high);
  const unaligned = members.filter(({ alignment }) => alignment > 1);
  body.i32(0);
  for (const member of ends.slice(1)) {
    pushAddress(body, ends[0], general);
    pushAddress(body, member, general);
    body.op('i32.xor');
    body.op('i32.or');
  }
  body.i32(OTHER_LINE);
  body.op('i32.and');
  for (const member of unaligned) {
    pushAddress(body, member, general);
    body.i32(member.alignment - 1);
    body.op('i32.and');
    body.op('i32.or');
  }
}

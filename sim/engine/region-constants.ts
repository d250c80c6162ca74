import { edgesOf, type Layout } from './region-layout.js';
import type { Block } from './regions.js';

/** General registers and the constants in them, as signed numbers. */
export type Constants = ReadonlyMap<number, number>;

/**
 * Which of some registers hold a constant at the head of each block, because every way there through the region comes by
 * an instruction that loads it and by none that changes it. A region can be entered at any block: what is said of a block
 * must be tested there once, and then holds of all blocks that follow it inside.
 */
export function constantsOf(
  { blocks, numbers }: Layout,
  registers: ReadonlySet<number>,
): readonly Constants[] {
  const next = blocks.map((block) => edgesOf(block).flatMap(({ pc }) => numbers.get(pc) ?? []));
  const reached = new Set(next.flat());
  const first = [...blocks.keys()].filter((number) => !reached.has(number));
  const heads: (Constants | undefined)[] = blocks.map(() => undefined);
  const pending = new Set(first.length > 0 ? first : [0]);
  for (const number of pending) heads[number] = new Map();
  for (const number of pending) {
    pending.delete(number);
    const left = behind(blocks[number], heads[number]!, registers);
    for (const after of next[number]) {
      const known = heads[after];
      const both = known === undefined ? left : common(known, left);
      if (both.size === known?.size) continue;
      heads[after] = both;
      pending.add(after);
    }
  }
  return heads.map((head) => head ?? new Map());
}

/** What is left behind a block. */
function behind({ instructions }: Block, head: Constants, registers: ReadonlySet<number>): Constants {
  const constants = new Map(head);
  for (const { decoded, flow } of instructions) {
    const { row, fields } = decoded;
    for (const { reg } of flow.writes) {
      if (row.name === 'addi' && fields.rA === 0 && registers.has(reg)) constants.set(reg, fields.SIMM);
      else constants.delete(reg);
    }
  }
  return constants;
}

function common(a: Constants, b: Constants): Constants {
  return new Map([...a].filter(([reg, value]) => b.get(reg) === value));
}

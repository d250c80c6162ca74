/**
 * Simplified mnemonics of conditional branches, as text in the notation of simplified.ts.
 *
 * `+` and `-` put the prediction hint into BO the way Power 2.0 processors (and Cell) have it: `at` in the
 * two low bits for a condition, `a` and `t` apart for the counter. Branches on both counter and condition
 * take no hint.
 */

/** Name, BO for the condition, bit of the field, and whether the disassembler writes it so. */
const CONDITIONS: readonly [name: string, bo: number, bit: number, shown: boolean][] = [
  ['lt', 12, 0, true],
  ['gt', 12, 1, true],
  ['eq', 12, 2, true],
  ['so', 12, 3, true],
  ['un', 12, 3, false],
  ['ge', 4, 0, true],
  ['le', 4, 1, true],
  ['ne', 4, 2, true],
  ['ns', 4, 3, true],
  ['nl', 4, 0, false],
  ['ng', 4, 1, false],
  ['nu', 4, 3, false],
];
const HINTS_OF_CONDITION: readonly [string, number][] = [
  ['', 0],
  ['-', 2],
  ['+', 3],
];
const HINTS_OF_COUNTER: readonly [string, number][] = [
  ['', 0],
  ['-', 8],
  ['+', 9],
];

/** Where a branch goes: ending of the mnemonic, instruction, target operand. */
const TARGETS: readonly [ending: string, row: string, target: string][] = [
  ['', 'bc', ',BD'],
  ['l', 'bcl', ',BD'],
  ['a', 'bca', ',BD'],
  ['la', 'bcla', ',BD'],
  ['lr', 'bclr', ''],
  ['lrl', 'bclrl', ''],
  ['ctr', 'bcctr', ''],
  ['ctrl', 'bcctrl', ''],
];

export function branchMnemonics(): string[] {
  const lines: string[] = [];
  for (const [ending, row, target] of TARGETS) {
    const usesCounter = ending.startsWith('ctr');
    const operandsOf = (first: string): string => (first + target).replace(/^,/, '');
    if (target === '') lines.push(`b${ending} = ${row} 20,0`);
    for (const [name, bo, bit, shown] of CONDITIONS) {
      for (const [hint, added] of HINTS_OF_CONDITION) {
        const bi = bit === 0 ? '4*crfD' : `4*crfD+${bit}`;
        const operands = target === '' ? '[crfD]' : '[crfD,]BD';
        lines.push(
          `${shown ? '' : '~'}b${name}${ending}${hint} ${operands} = ${row} ${bo | added},${bi}${target}`,
        );
      }
    }
    for (const [name, bo] of [
      ['bt', 12],
      ['bf', 4],
    ] as const) {
      for (const [hint, added] of HINTS_OF_CONDITION) {
        lines.push(`~${name}${ending}${hint} ${operandsOf('BI')} = ${row} ${bo | added},BI${target}`);
      }
    }
    if (usesCounter) continue;
    for (const [name, bo] of [
      ['bdnz', 16],
      ['bdz', 18],
    ] as const) {
      for (const [hint, added] of HINTS_OF_COUNTER) {
        lines.push(`${name}${ending}${hint} ${operandsOf('')} = ${row} ${bo | added},0${target}`);
      }
    }
    for (const [name, bo] of [
      ['bdnzt', 8],
      ['bdnzf', 0],
      ['bdzt', 10],
      ['bdzf', 2],
    ] as const) {
      lines.push(`${name}${ending} ${operandsOf('BI')} = ${row} ${bo},BI${target}`);
    }
  }
  return lines;
}

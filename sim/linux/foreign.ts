/** Instructions of later processors that compilers may emit when not told `-mcpu=cell` or older. */

interface Foreign {
  readonly mask: number;
  readonly bits: number;
  readonly name: string;
  readonly since: string;
}

const PRIMARY = 0xfc00_0000;
const X_MASK = 0xfc00_07fe;
const x = (extended: number, name: string, since: string): Foreign => ({
  mask: X_MASK,
  bits: (31 << 26) | (extended << 1),
  name,
  since,
});

const LIST: readonly Foreign[] = [
  { mask: 0xfc00_003e, bits: (31 << 26) | (15 << 1), name: 'isel', since: 'POWER7 and embedded cores' },
  x(122, 'popcntb', 'POWER5'),
  x(378, 'popcntw', 'POWER7'),
  x(506, 'popcntd', 'POWER7'),
  x(508, 'cmpb', 'POWER6'),
  x(154, 'prtyw', 'POWER6'),
  x(186, 'prtyd', 'POWER6'),
  x(855, 'lfiwax', 'POWER6'),
  x(887, 'lfiwzx', 'POWER7'),
  x(252, 'bpermd', 'POWER7'),
  x(51, 'mfvsrd', 'POWER8'),
  x(115, 'mfvsrwz', 'POWER8'),
  x(179, 'mtvsrd', 'POWER8'),
  x(211, 'mtvsrwa', 'POWER8'),
  x(243, 'mtvsrwz', 'POWER8'),
  x(844, 'lxvd2x', 'VSX, POWER7'),
  x(780, 'lxvw4x', 'VSX, POWER7'),
  x(588, 'lxsdx', 'VSX, POWER7'),
  x(332, 'lxvdsx', 'VSX, POWER7'),
  x(972, 'stxvd2x', 'VSX, POWER7'),
  x(908, 'stxvw4x', 'VSX, POWER7'),
  x(716, 'stxsdx', 'VSX, POWER7'),
  x(538, 'cnttzw', 'POWER9'),
  x(570, 'cnttzd', 'POWER9'),
  x(779, 'modsw', 'POWER9'),
  x(267, 'moduw', 'POWER9'),
  { mask: PRIMARY, bits: 60 << 26, name: 'a VSX instruction', since: 'POWER7' },
  { mask: PRIMARY, bits: 61 << 26, name: 'a VSX or quad-word instruction', since: 'POWER9' },
  { mask: PRIMARY, bits: 1 << 26, name: 'a prefixed instruction', since: 'POWER10' },
  { mask: PRIMARY, bits: 56 << 26, name: 'lq', since: 'the quad-word facility' },
  {
    mask: 0xfc00_0001,
    bits: 59 << 26,
    name: 'a decimal floating-point or conversion instruction',
    since: 'POWER6',
  },
];

/** The name of a word that is an instruction elsewhere, and since which processor. */
export function foreignInstruction(word: number): { name: string; since: string } | undefined {
  return LIST.find(({ mask, bits }) => ((word ^ bits) & mask) === 0);
}

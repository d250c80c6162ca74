import { branchMnemonics } from './branches.js';

/**
 * Simplified mnemonics: `name operands = row operands`. Operands on the left are named as fields are, which
 * gives their kind, or `n` (a number of bits) and `b` (a bit); on the right stand expressions over them in
 * the row's operand order. `[crfD,]` may be left out and is then 0, `[.]` makes a form with and one without
 * record bit, and `~` marks what the disassembler does not write. A line whose row the table lacks makes no
 * mnemonic.
 *
 * Source: Power ISA 2.0x book I, appendix B.
 */
const LINES = `
xnop = xori 0,0,0
li rD,SIMM = addi rD,0,SIMM
lis rD,SIMM = addis rD,0,SIMM
~la rD,d(rA) = addi rD,rA,d
~subi rD,rA,SIMM = addi rD,rA,-SIMM
~subis rD,rA,SIMM = addis rD,rA,-SIMM
~subic[.] rD,rA,SIMM = addic[.] rD,rA,-SIMM
~sub[.] rD,rA,rB = subf[.] rD,rB,rA
~subo[.] rD,rA,rB = subfo[.] rD,rB,rA
~subc[.] rD,rA,rB = subfc[.] rD,rB,rA
~subco[.] rD,rA,rB = subfco[.] rD,rB,rA
mr[.] rA,rS = or[.] rA,rS,rS
not[.] rA,rS = nor[.] rA,rS,rS
cmpw [crfD,]rA,rB = cmp crfD,0,rA,rB
cmpd [crfD,]rA,rB = cmp crfD,1,rA,rB
cmpwi [crfD,]rA,SIMM = cmpi crfD,0,rA,SIMM
cmpdi [crfD,]rA,SIMM = cmpi crfD,1,rA,SIMM
cmplw [crfD,]rA,rB = cmpl crfD,0,rA,rB
cmpld [crfD,]rA,rB = cmpl crfD,1,rA,rB
cmplwi [crfD,]rA,UIMM = cmpli crfD,0,rA,UIMM
cmpldi [crfD,]rA,UIMM = cmpli crfD,1,rA,UIMM
rotlwi[.] rA,rS,n = rlwinm[.] rA,rS,n,0,31
clrlwi[.] rA,rS,n = rlwinm[.] rA,rS,0,n,31
slwi[.] rA,rS,n = rlwinm[.] rA,rS,n,0,31-n
srwi[.] rA,rS,n = rlwinm[.] rA,rS,(32-n)&31,n,31
clrrwi[.] rA,rS,n = rlwinm[.] rA,rS,0,0,31-n
~rotrwi[.] rA,rS,n = rlwinm[.] rA,rS,(32-n)&31,0,31
~extlwi[.] rA,rS,n,b = rlwinm[.] rA,rS,b,0,n-1
~extrwi[.] rA,rS,n,b = rlwinm[.] rA,rS,(b+n)&31,32-n,31
~inslwi[.] rA,rS,n,b = rlwimi[.] rA,rS,(32-b)&31,b,b+n-1
~insrwi[.] rA,rS,n,b = rlwimi[.] rA,rS,(32-(b+n))&31,b,(b+n)-1
~clrlslwi[.] rA,rS,b,n = rlwinm[.] rA,rS,n,b-n,31-n
rotlw[.] rA,rS,rB = rlwnm[.] rA,rS,rB,0,31
rotldi[.] rA,rS,n = rldicl[.] rA,rS,n,0
clrldi[.] rA,rS,n = rldicl[.] rA,rS,0,n
srdi[.] rA,rS,n = rldicl[.] rA,rS,(64-n)&63,n
clrrdi[.] rA,rS,n = rldicr[.] rA,rS,0,63-n
sldi[.] rA,rS,n = rldicr[.] rA,rS,n,63-n
~rotrdi[.] rA,rS,n = rldicl[.] rA,rS,(64-n)&63,0
~extldi[.] rA,rS,n,b = rldicr[.] rA,rS,b,n-1
~extrdi[.] rA,rS,n,b = rldicl[.] rA,rS,(b+n)&63,64-n
~insrdi[.] rA,rS,n,b = rldimi[.] rA,rS,(64-(b+n))&63,b
~clrlsldi[.] rA,rS,b,n = rldic[.] rA,rS,n,b-n
rotld[.] rA,rS,rB = rldcl[.] rA,rS,rB,0
crclr crbD = crxor crbD,crbD,crbD
crset crbD = creqv crbD,crbD,crbD
crmove crbD,crbA = cror crbD,crbA,crbA
crnot crbD,crbA = crnor crbD,crbA,crbA
mtxer rS = mtspr 1,rS
mtlr rS = mtspr 8,rS
mtctr rS = mtspr 9,rS
mtvrsave rS = mtspr 256,rS
mfxer rD = mfspr rD,1
mflr rD = mfspr rD,8
mfctr rD = mfspr rD,9
mfvrsave rD = mfspr rD,256
~mfpvr rD = mfspr rD,287
mtcr rS = mtcrf 255,rS
~mfcr rD,FXM = mfocrf rD,FXM
mftb rD = mftb rD,268
~mftbl rD = mftb rD,268
mftbu rD = mftb rD,269
trap = tw 31,0,0
vmr vD,vA = vor vD,vA,vA
vnot vD,vA = vnor vD,vA,vA
~dcbt rA,rB,TH = dcbtct rA,rB,TH
~dcbtst rA,rB,TH = dcbtstct rA,rB,TH
~hwsync = sync
~dcbzl rA,rB = dcbz128 rA,rB
`;

const TRAPS: readonly [string, number, boolean][] = [
  ['lgt', 1, true],
  ['llt', 2, true],
  ['eq', 4, true],
  ['lge', 5, true],
  ['lnl', 5, false],
  ['lle', 6, true],
  ['lng', 6, false],
  ['gt', 8, true],
  ['ge', 12, true],
  ['nl', 12, false],
  ['lt', 16, true],
  ['le', 20, true],
  ['ng', 20, false],
  ['u', 31, true],
  ['ne', 24, true],
];

function trapMnemonics(): string[] {
  return TRAPS.flatMap(([name, to, shown]) =>
    ['tw', 'td'].flatMap((row) => [
      `${shown ? '' : '~'}${row}${name} rA,rB = ${row} ${to},rA,rB`,
      `${shown ? '' : '~'}${row}${name}i rA,SIMM = ${row}i ${to},rA,SIMM`,
    ]),
  );
}

/** All simplified mnemonics as text; where several fit a word the first is what the disassembler writes. */
export function simplifiedMnemonics(): string[] {
  const lines = LINES.split('\n').filter((line) => line !== '');
  return [...lines, ...trapMnemonics(), ...branchMnemonics()];
}

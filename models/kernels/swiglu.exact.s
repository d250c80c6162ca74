# gate[i] := gate[i] / (1 + e^-gate[i]) * up[i], every step rounded as in llama2.c compiled without contraction
# r3 gate, r4 up, r5 count
        .include "kernels/exp.exact.inc"
start:
        EXP_CONSTANTS start
        mtctr   r5
        li      r8,0
element:
        lfsx    f6,r3,r8
        fneg    f1,f6
        EXP
        fadds   f1,f1,f28
        fdivs   f1,f28,f1
        lfsx    f2,r4,r8
        fmuls   f1,f6,f1
        fmuls   f1,f1,f2
        stfsx   f1,r3,r8
        addi    r8,r8,4
        bdnz    element
        blr
        EXP_DATA

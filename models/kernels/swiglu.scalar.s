# gate[i] := gate[i] / (1 + e^-gate[i]) * up[i]
# r3 gate, r4 up, r5 count
        .include "kernels/exp.scalar.inc"
start:
        EXP_CONSTANTS start
        lfs     f9,one-start(r12)
        mtctr   r5
        li      r9,0
        .align  4
element:
        lfsx    f6,r3,r9
        fneg    f1,f6
        EXP
        fadds   f1,f1,f9
        fdivs   f1,f9,f1
        lfsx    f2,r4,r9
        fmuls   f1,f6,f1
        fmuls   f1,f1,f2
        stfsx   f1,r3,r9
        addi    r9,r9,4
        bdnz    element
        blr
one:    .float  1.0
        EXP_DATA

# x[i] := e^(x[i] - max) / sum, in place.
# r3 x (16-byte aligned, room up to a multiple of 16), r4 n
        .include "kernels/exp.vmx128.inc"
        .include "kernels/reciprocal.vmx128.inc"
        .include "kernels/softmax.vmx128.inc"
start:
        EXP_CONSTANTS start
        SOFTMAX
        RECIPROCAL v71,v70,v72,v124
        mr      r14,r3
        mtctr   r15
        .align  4
scale:
        lvx128  v40,0,r14
        lvx128  v41,r8,r14
        lvx128  v42,r9,r14
        lvx128  v43,r10,r14
        EXP_STEP vmulfp128,4,4,v71
        stvx128 v40,0,r14
        stvx128 v41,r8,r14
        stvx128 v42,r9,r14
        stvx128 v43,r10,r14
        addi    r14,r14,64
        bdnz    scale
        blr
        EXP_DATA

# x[i] := e^(x[i] - max) / sum, in place.
# r3 x, r4 n
        .include "kernels/exp.scalar.inc"
        .include "kernels/softmax.scalar.inc"
start:
        EXP_CONSTANTS start
        lfs     f15,zero-start(r12)
        SOFTMAX
        blr
zero:   .float  0.0
        EXP_DATA

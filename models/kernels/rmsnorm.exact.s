# out[i] = weight[i] * (x[i] / sqrt(mean of x^2 + epsilon)), every step rounded as in llama2.c compiled without
# contraction
# r3 out, r4 x, r5 weight, r6 n, r7 address of 1/n in four words, 32 bytes on epsilon
start:
        lfs     f0,zero-start(r12)
        lfs     f9,one-start(r12)
        lfs     f10,32(r7)
        std     r6,-16(r1)
        mtctr   r6
        li      r9,0
square:
        lfsx    f1,r4,r9
        addi    r9,r9,4
        fmuls   f1,f1,f1
        fadds   f0,f0,f1
        bdnz    square
        lfd     f2,-16(r1)
        fcfid   f2,f2
        fdivs   f0,f0,f2
        fadds   f0,f0,f10
        fsqrts  f0,f0
        fdivs   f0,f9,f0
        mtctr   r6
        li      r9,0
scale:
        lfsx    f1,r4,r9
        lfsx    f2,r5,r9
        fmuls   f1,f0,f1
        fmuls   f1,f2,f1
        stfsx   f1,r3,r9
        addi    r9,r9,4
        bdnz    scale
        blr
zero:   .float  0.0
one:    .float  1.0

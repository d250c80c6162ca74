# out[rows] = w[rows][columns] x[columns], fp32: the plain loop a C compiler makes at -O2. One accumulator, so
# each multiply-add waits for the one before; no prefetch, so each cache line is waited for.
# r3 out, r4 x, r5 w, r6 columns, r7 rows
start:
        lfs     f11,zero-start(r12)
        nop
        .align  4
row:
        mtctr   r6
        fmr     f0,f11
        li      r9,0
        nop
column:
        lfsx    f12,r5,r9
        lfsx    f13,r4,r9
        addi    r9,r9,4
        fmadds  f0,f12,f13,f0
        bdnz    column
        stfs    f0,0(r3)
        addi    r7,r7,-1
        addi    r3,r3,4
        add     r5,r5,r9
        cmpwi   r7,0
        bne     row
        blr
zero:   .long   0

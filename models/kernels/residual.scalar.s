# x[i] += y[i]
# r3 x, r4 y, r5 count
        mtctr   r5
        li      r9,0
        .align  4
add:
        lfsx    f1,r3,r9
        lfsx    f2,r4,r9
        fadds   f1,f1,f2
        stfsx   f1,r3,r9
        addi    r9,r9,4
        bdnz    add
        blr

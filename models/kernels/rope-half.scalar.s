# Rotates whole heads of a query or key vector, elements i and i + half together:
# (a, b) -> (a cos - b sin, a sin + b cos).
# r3 vector (start of a head), r4 heads, r5 half the head size, r6 table [position](cos[half], sin[half]),
# r7 control block
        lwz     r9,4(r7)
        mullw   r9,r9,r5
        sldi    r9,r9,3
        add     r6,r6,r9                # this position's row
        sldi    r8,r5,2                 # bytes of half a head
head:
        mtctr   r5
        mr      r9,r6
        .align  4
pair:
        lfs     f1,0(r3)
        lfsx    f2,r3,r8
        lfs     f3,0(r9)
        lfsx    f4,r9,r8
        addi    r9,r9,4
        fmuls   f5,f2,f4
        fmuls   f6,f2,f3
        fmsubs  f5,f1,f3,f5
        fmadds  f6,f1,f4,f6
        stfs    f5,0(r3)
        stfsx   f6,r3,r8
        addi    r3,r3,4
        bdnz    pair
        addi    r4,r4,-1
        add     r3,r3,r8
        cmpwi   r4,0
        bne     head
        blr

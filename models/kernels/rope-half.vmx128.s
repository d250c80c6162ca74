# Rotates whole heads of a query or key vector, elements i and i + half together:
# (a, b) -> (a cos - b sin, a sin + b cos).
# r3 vector (start of a head, 16-byte aligned), r4 heads, r5 half the head size (a multiple of 4), r6 table
# [position](cos[half], sin[half]) (16-byte aligned), r7 control block
.set HEAD_MULTIPLE, 8                   # the head size must be a multiple of this
        lwz     r9,4(r7)
        mullw   r9,r9,r5
        sldi    r9,r9,3
        add     r6,r6,r9                # this position's row
        sldi    r8,r5,2                 # bytes of half a head
        srwi    r5,r5,2
head:
        mtctr   r5
        mr      r9,r6
        .align  4
quads:
        lvx128  v10,0,r3
        lvx128  v11,r8,r3
        lvx128  v12,0,r9
        lvx128  v13,r8,r9
        addi    r9,r9,16
        vmulfp128 v14,v11,v13           # b sin
        vmulfp128 v15,v11,v12           # b cos
        vmulfp128 v16,v10,v12
        vmaddfp128 v15,v10,v13,v15
        vsubfp128 v16,v16,v14
        stvx128 v16,0,r3
        stvx128 v15,r8,r3
        addi    r3,r3,16
        bdnz    quads
        addi    r4,r4,-1
        add     r3,r3,r8
        cmpwi   r4,0
        bne     head
        blr

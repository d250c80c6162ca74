# Rotates pairs of a query or key vector: (a, b) -> (a cos - b sin, a sin + b cos), two pairs at a time. The
# pairs may begin inside a head and run over several heads; the angles are those of the pair's place in its
# head.
# r3 vector (16-byte aligned), r4 pairs, r5 first pair's number in its head, r6 pairs a head (r4, r5, r6
# even),
# r7 table [position][pair](cos, sin) (16-byte aligned), r8 control block
.set HEAD_MULTIPLE, 4                   # the head size must be a multiple of this
start:
        lwz     r9,4(r8)
        addi    r11,r12,signs-start
        lvx128  v20,0,r11
        mullw   r9,r9,r6
        srwi    r4,r4,1
        slwi    r9,r9,3
        add     r7,r7,r9                # this position's row
        slwi    r9,r5,3
        add     r9,r7,r9
        subf    r10,r5,r6               # pairs left in this head
        mtctr   r4
        .align  4
pair:
        lvx128  v10,0,r3
        lvx128  v11,0,r9
        addi    r9,r9,16
        addi    r10,r10,-2
        vpermwi128 v12,v11,0x0a         # cos of each pair twice
        vpermwi128 v13,v11,0x5f         # sin
        vpermwi128 v14,v10,0x4e         # pairs swapped
        vxor128 v13,v13,v20             # -sin, sin
        vmulfp128 v12,v10,v12
        vmaddfp128 v12,v14,v13,v12
        cmpwi   r10,0
        stvx128 v12,0,r3
        addi    r3,r3,16
        beq     head
next:
        bdnz    pair
        blr
head:
        mr      r10,r6
        mr      r9,r7
        b       next
        .align  4
signs:  .long   0x80000000, 0, 0x80000000, 0

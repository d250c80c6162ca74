# As rope.scalar, every step rounded as in llama2.c compiled without contraction.
# Rotates pairs of a query or key vector: (a, b) -> (a cos - b sin, a sin + b cos). The pairs may begin inside
# a head and run over several heads; the angles are those of the pair's place in its head.
# r3 vector, r4 pairs, r5 first pair's number in its head, r6 pairs a head, r7 table [position][pair](cos,
# sin),
# r8 control block
        lwz     r9,4(r8)
        mullw   r9,r9,r6
        sldi    r9,r9,3
        add     r7,r7,r9                # this position's row
        sldi    r9,r5,3
        add     r9,r7,r9
        subf    r10,r5,r6               # pairs left in this head
        mtctr   r4
        .align  4
pair:
        lfs     f1,0(r3)
        lfs     f2,4(r3)
        lfs     f3,0(r9)
        lfs     f4,4(r9)
        fmuls   f5,f2,f4
        fmuls   f6,f2,f3
        fmuls   f7,f1,f3
        fsubs   f5,f7,f5
        fmuls   f7,f1,f4
        fadds   f6,f7,f6
        stfs    f5,0(r3)
        stfs    f6,4(r3)
        addi    r3,r3,8
        addi    r9,r9,8
        addi    r10,r10,-1
        cmpwi   r10,0
        beq     head
next:
        bdnz    pair
        blr
head:
        mr      r10,r6
        mr      r9,r7
        b       next

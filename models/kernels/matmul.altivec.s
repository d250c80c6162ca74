# out[rows] = w[rows][columns] x[columns], fp32: vec_ld, vec_ld, vec_madd as a C compiler turns them into code at -O2.
# One vector accumulator, pointers bumped and compared, and a row ends with a store of its four sums and three scalar
# additions. Rows that are not whole aligned quadwords go the plain way of matmul.scalar.
# r3 out, r4 x (16-byte aligned), r5 w, r6 columns, r7 rows
start:
        slwi    r0,r6,2
        or      r9,r5,r0
        andi.   r9,r9,15
        bne     plain
        add     r10,r4,r0
        li      r8,-32
row:
        vxor    v0,v0,v0
        mr      r9,r4
        .align  4
quad:
        lvx     v13,0,r5
        lvx     v12,0,r9
        addi    r9,r9,16
        addi    r5,r5,16
        cmplw   r9,r10
        vmaddfp v0,v13,v12,v0
        blt     quad
        stvx    v0,r1,r8
        lfs     f1,-32(r1)
        lfs     f2,-28(r1)
        lfs     f3,-24(r1)
        lfs     f4,-20(r1)
        fadds   f1,f1,f2
        fadds   f1,f1,f3
        fadds   f1,f1,f4
        stfs    f1,0(r3)
        addi    r3,r3,4
        addi    r7,r7,-1
        cmpwi   r7,0
        bne     row
        blr
plain:
        lfs     f11,zero-start(r12)
next:
        mtctr   r6
        fmr     f0,f11
        li      r9,0
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
        bne     next
        blr
zero:   .long   0

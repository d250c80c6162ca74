# out[b][rows] = w[rows][columns] x[b][columns] for several positions b, fp32: the plain loop for each position,
# row by row, so that a row comes from memory once. Each sum is made as in matmul.scalar.
# r3 out, r4 x, r5 w, r6 columns, r7 rows, r8 batch (see matmul-batch.vmx128.inc)
start:
        lfs     f11,zero-start(r12)
        srwi    r15,r8,24
        rlwinm  r16,r8,27,13,24
        rlwinm  r17,r8,7,13,24
row:
        mr      r18,r4
        mr      r19,r3
        mr      r20,r15
position:
        mtctr   r6
        fmr     f0,f11
        li      r9,0
        .align  4
column:
        lfsx    f12,r5,r9
        lfsx    f13,r18,r9
        addi    r9,r9,4
        fmadds  f0,f12,f13,f0
        bdnz    column
        stfs    f0,0(r19)
        addi    r20,r20,-1
        add     r18,r18,r16
        add     r19,r19,r17
        cmpwi   r20,0
        bne     position
        addi    r7,r7,-1
        addi    r3,r3,4
        add     r5,r5,r9
        cmpwi   r7,0
        bne     row
        blr
zero:   .long   0

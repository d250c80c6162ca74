# As matmul.scalar for little-endian weights: each row is byte-swapped with vperm into a scratch row, then
# multiplied from there. The sums are the same bit for bit.
# r3 out, r4 x, r5 w, r6 columns, r7 rows, r8 scratch (16-byte aligned, columns rounded up to 4)
start:
        addi    r9,r12,swap-start
        lfs     f11,zero-start(r12)
        lvx     v0,0,r9
        addi    r14,r6,3
        rlwinm  r14,r14,30,2,31
row:
        mtctr   r14
        mr      r10,r5
        mr      r11,r8
        li      r9,16
        .align  4
quad:
        lvlx    v1,0,r10
        lvrx    v2,r9,r10
        addi    r10,r10,16
        vor     v1,v1,v2
        vperm   v1,v1,v1,v0
        stvx    v1,0,r11
        addi    r11,r11,16
        bdnz    quad
        mtctr   r6
        fmr     f0,f11
        li      r9,0
        .align  4
column:
        lfsx    f12,r8,r9
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
        .align  4
swap:   .long   0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c

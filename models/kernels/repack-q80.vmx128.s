# GGUF's blocks of 32 numbers, a little-endian half as scale and 32 bytes, to the bytes alone and big-endian
# fp32 scales.
# r3 bytes out (16-byte aligned), r4 blocks, r5 number of blocks, r6 scales out
start:
        lfs     f0,power-start(r12)
        mtctr   r5
        li      r8,2
        li      r9,18
        li      r10,34
        addi    r11,r1,-16
        .align  4
block:
        lhbrx   r7,0,r4
        lvlx128 v10,r8,r4
        lvrx128 v11,r9,r4
        lvlx128 v12,r9,r4
        lvrx128 v13,r10,r4
        rlwinm  r14,r7,16,0,0           # sign
        rlwinm  r15,r7,13,4,18          # exponent and fraction, 112 too small
        or      r14,r14,r15
        stw     r14,0(r11)
        vor128  v10,v10,v11
        addi    r4,r4,34
        stvx128 v10,0,r3
        li      r15,16
        vor128  v12,v12,v13
        stvx128 v12,r15,r3
        addi    r3,r3,32
        lfs     f1,0(r11)
        fmuls   f1,f1,f0
        stfs    f1,0(r6)
        addi    r6,r6,4
        bdnz    block
        blr
power:  .long   0x77800000              # 2^112

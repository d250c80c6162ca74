# Little-endian halfwords to big-endian ones with vperm, a cache line at a time with prefetch; destination and
# source may be the same, both 16-byte aligned.
# r3 destination, r4 source, r5 halfwords
.set AHEAD, 1024
start:
        addi    r11,r12,swap-start
        lvx128  v0,0,r11
        li      r8,16
        li      r9,32
        li      r10,48
        li      r14,64
        li      r15,80
        li      r16,96
        li      r17,112
        li      r18,AHEAD
        srwi    r6,r5,6                 # whole lines
        rlwinm  r5,r5,0,26,31
        cmpwi   r6,0
        beq     tail
        mtctr   r6
        .align  4
line:
        dcbt    r18,r4
        lvx128  v10,0,r4
        lvx128  v11,r8,r4
        lvx128  v12,r9,r4
        lvx128  v13,r10,r4
        lvx128  v14,r14,r4
        lvx128  v15,r15,r4
        lvx128  v16,r16,r4
        lvx128  v17,r17,r4
        .irp    j,0,1,2,3,4,5,6,7
        vperm128 v1\j,v1\j,v1\j,v0
        .endr
        stvx128 v10,0,r3
        stvx128 v11,r8,r3
        stvx128 v12,r9,r3
        stvx128 v13,r10,r3
        stvx128 v14,r14,r3
        stvx128 v15,r15,r3
        stvx128 v16,r16,r3
        stvx128 v17,r17,r3
        addi    r4,r4,128
        addi    r3,r3,128
        bdnz    line
tail:
        cmpwi   r5,0
        beqlr
        mtctr   r5
half:
        lhbrx   r6,0,r4
        sth     r6,0(r3)
        addi    r4,r4,2
        addi    r3,r3,2
        bdnz    half
        blr
        .align  4
swap:   .long   0x01000302, 0x05040706, 0x09080b0a, 0x0d0c0f0e

# Copies part of a key or value vector to its place in the cache.
# r3 source, r4 cache (place of the first element at position 0), r5 count, r6 bytes from position to position
# (all 16-byte aligned), r7 control block; whole quadwords are copied
.set HEAD_MULTIPLE, 4                   # the head size must be a multiple of this
        lwz     r9,4(r7)
        addi    r5,r5,3
        srwi    r5,r5,2
        mullw   r9,r9,r6
        mtctr   r5
        add     r4,r4,r9
        .align  4
copy:
        lvx128  v10,0,r3
        addi    r3,r3,16
        stvx128 v10,0,r4
        addi    r4,r4,16
        bdnz    copy
        blr

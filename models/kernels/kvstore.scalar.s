# Copies part of a key or value vector to its place in the cache.
# r3 source, r4 cache (place of the first element at position 0), r5 count, r6 bytes from position to
# position, r7 control block
        lwz     r9,4(r7)
        mullw   r9,r9,r6
        add     r4,r4,r9
        mtctr   r5
        li      r9,0
        .align  4
copy:
        lwzx    r10,r3,r9
        stwx    r10,r4,r9
        addi    r9,r9,4
        bdnz    copy
        blr

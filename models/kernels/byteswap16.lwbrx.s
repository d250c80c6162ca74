# Little-endian halfwords to big-endian ones; destination and source may be the same.
# r3 destination, r4 source, r5 halfwords
        mtctr   r5
        li      r9,0
        .align  4
half:
        lhbrx   r10,r4,r9
        sthx    r10,r3,r9
        addi    r9,r9,2
        bdnz    half
        blr

# Little-endian halfwords to big-endian ones with plain shifts and masks; destination and source may be the same.
# r3 destination, r4 source, r5 halfwords
        mtctr   r5
        .align  4
half:
        lhz     r6,0(r4)
        srwi    r7,r6,8                 # .a
        rlwimi  r7,r6,8,16,23           # ba
        sth     r7,0(r3)
        addi    r4,r4,2
        addi    r3,r3,2
        bdnz    half
        blr

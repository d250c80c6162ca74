# Little-endian words to big-endian ones by byte-reversed loads; destination and source may be the same.
# r3 destination, r4 source, r5 words
        mtctr   r5
        li      r9,0
        .align  4
word:
        lwbrx   r10,r4,r9
        stwx    r10,r3,r9
        addi    r9,r9,4
        bdnz    word
        blr

# Copies part of the token's row of the embedding table.
# r3 out, r4 table (place of the first element in row 0), r5 count, r6 bytes a row, r7 control block
        lwz     r9,0(r7)
        mulld   r9,r9,r6
        add     r4,r4,r9
        mtctr   r5
        li      r9,0
        .align  4
copy:
        lwzx    r10,r4,r9
        stwx    r10,r3,r9
        addi    r9,r9,4
        bdnz    copy
        blr

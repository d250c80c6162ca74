# Little-endian words to big-endian ones with plain shifts and masks; destination and source may be the same.
# r3 destination, r4 source, r5 words
        mtctr   r5
        lis     r11,0xff
        .align  4
word:
        lwz     r6,0(r4)
        srwi    r7,r6,24                # ...a
        srwi    r8,r6,8
        rlwinm  r8,r8,0,16,23           # ..b.
        slwi    r9,r6,8
        and     r9,r9,r11               # .c..
        slwi    r10,r6,24               # d...
        or      r7,r7,r8
        or      r9,r9,r10
        or      r7,r7,r9
        stw     r7,0(r3)
        addi    r4,r4,4
        addi    r3,r3,4
        bdnz    word
        blr

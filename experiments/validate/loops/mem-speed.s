# MemSpeed, doubles: x[i] += s*y[i] and x[i] = y[i], four times unrolled through pointers that may overlap, so that a
# compiler keeps loads behind the stores before them (gcc -O3).
# r3 x, r4 y, r5 elements, f1 s
triad:
        srwi    5,5,2
        mtctr   5
1:
        lfd     0,0(3)
        lfd     12,0(4)
        fmadd   0,0,1,12
        lfd     12,8(4)
        stfd    0,0(3)
        lfd     0,8(3)
        fmadd   0,0,1,12
        lfd     12,16(4)
        stfd    0,8(3)
        lfd     0,16(3)
        fmadd   0,0,1,12
        lfd     12,24(4)
        stfd    0,16(3)
        lfd     0,24(3)
        fmadd   0,0,1,12
        stfd    0,24(3)
        addi    3,3,32
        addi    4,4,32
        bdnz    1b
        blr

copy:
        srwi    5,5,2
        mtctr   5
1:
        lfd     0,0(4)
        stfd    0,0(3)
        lfd     0,8(4)
        stfd    0,8(3)
        lfd     0,16(4)
        stfd    0,16(3)
        lfd     0,24(4)
        stfd    0,24(3)
        addi    3,3,32
        addi    4,4,32
        bdnz    1b
        blr

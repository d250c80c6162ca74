# One buffer xored into another, as the Linux kernel measures at boot: 32 bytes an iteration with integers, 64 with
# AltiVec. r3 bytes, r4 changed, r5 read

# Sources without restrict, as kernels before 5.19 have them: each word is stored before the next is loaded.
regs8:
        srwi    9,3,5
        mtctr   9
1:
        lwz     9,0(4)
        lwz     0,0(5)
        xor     0,0,9
        stw     0,0(4)
        lwz     9,4(4)
        lwz     0,4(5)
        xor     0,0,9
        stw     0,4(4)
        lwz     9,8(4)
        lwz     0,8(5)
        xor     0,0,9
        stw     0,8(4)
        lwz     9,12(4)
        lwz     0,12(5)
        xor     0,0,9
        stw     0,12(4)
        lwz     9,16(4)
        lwz     0,16(5)
        xor     0,0,9
        stw     0,16(4)
        lwz     9,20(4)
        lwz     0,20(5)
        xor     0,0,9
        stw     0,20(4)
        lwz     9,24(4)
        lwz     0,24(5)
        xor     0,0,9
        stw     0,24(4)
        lwz     9,28(4)
        lwz     0,28(5)
        xor     0,0,9
        stw     0,28(4)
        addi    4,4,32
        addi    5,5,32
        bdnz    1b
        blr

# Eight words of the changed buffer in registers, then xored, then stored: what a compiler without restrict may do.
regs32:
        srwi    9,3,5
        mtctr   9
1:
        lwz     0,0(4)
        lwz     6,4(4)
        lwz     7,8(4)
        lwz     8,12(4)
        lwz     9,16(4)
        lwz     10,20(4)
        lwz     11,24(4)
        lwz     12,28(4)
        lwz     3,0(5)
        xor     0,0,3
        lwz     3,4(5)
        xor     6,6,3
        lwz     3,8(5)
        xor     7,7,3
        lwz     3,12(5)
        xor     8,8,3
        lwz     3,16(5)
        xor     9,9,3
        lwz     3,20(5)
        xor     10,10,3
        lwz     3,24(5)
        xor     11,11,3
        lwz     3,28(5)
        xor     12,12,3
        stw     0,0(4)
        stw     6,4(4)
        stw     7,8(4)
        stw     8,12(4)
        stw     9,16(4)
        stw     10,20(4)
        stw     11,24(4)
        stw     12,28(4)
        addi    4,4,32
        addi    5,5,32
        bdnz    1b
        blr

# What gcc 12 -O2 makes of either with restrict: loads early, all stores last.
scalar:
        srwi.   3,3,5
        stwu    1,-32(1)
        stw     31,28(1)
        beq-    0,scalar_3
        mr      9,3
scalar_1:
        mtctr   9
scalar_2:
        lwz     7,0(4)
        addi    5,5,32
        addi    4,4,32
        lwz     9,-28(4)
        lwz     10,-32(5)
        lwz     8,-28(5)
        xor     0,10,7
        lwz     10,-24(4)
        xor     11,9,8
        lwz     7,-24(5)
        lwz     9,-20(4)
        lwz     8,-20(5)
        xor     3,10,7
        lwz     10,-16(4)
        xor     6,9,8
        lwz     7,-16(5)
        lwz     9,-12(4)
        lwz     8,-12(5)
        xor     7,10,7
        lwz     12,-4(5)
        lwz     10,-8(4)
        xor     8,9,8
        lwz     31,-8(5)
        lwz     9,-4(4)
        xor     10,10,31
        stw     0,-32(4)
        xor     9,9,12
        stw     11,-28(4)
        stw     3,-24(4)
        stw     6,-20(4)
        stw     7,-16(4)
        stw     8,-12(4)
        stw     10,-8(4)
        stw     9,-4(4)
        bdnz    scalar_2
        lwz     31,28(1)
        addi    1,1,32
        blr
scalar_3:
        li      9,1
        b       scalar_1

altivec:
        srwi    9,3,6
        addi    7,4,16
        mtctr   9
        addi    8,4,32
        addi    10,4,48
        addi    11,5,16
        addi    3,5,32
        addi    6,5,48
        li      9,0
altivec_1:
        lvx     1,4,9
        lvx     13,7,9
        lvx     0,5,9
        vxor    12,0,1
        lvx     1,8,9
        lvx     0,10,9
        stvx    12,4,9
        lvx     12,11,9
        vxor    13,13,12
        stvx    13,7,9
        lvx     13,3,9
        vxor    1,1,13
        stvx    1,8,9
        lvx     1,6,9
        vxor    0,0,1
        stvx    0,10,9
        addi    9,9,64
        bdnz    altivec_1
        blr


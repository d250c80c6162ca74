# Rows of a matrix times a vector, as llama2.c and its ports write it and gcc -O2 compiles it.
# r3 result, r4 x, r5 weights, r6 columns, r7 rows

# One scalar accumulator: each multiply-add waits for the one before.
scalar:
        mtctr   6
        fsub    0,0,0
        li      9,0
1:
        lfsx    12,5,9
        lfsx    13,4,9
        addi    9,9,4
        fmadds  0,12,13,0
        bdnz    1b
        stfs    0,0(3)
        addi    7,7,-1
        addi    3,3,4
        add     5,5,9
        cmpwi   7,0
        bne     scalar
        blr

# AltiVec, one vector accumulator: pointers are compared, and the row ends with a store of the four sums and three
# scalar additions.
altivec:
        slwi    6,6,2
        add     10,4,6
2:
        vxor    0,0,0
        mr      9,4
1:
        lvx     13,0,5
        lvx     12,0,9
        addi    9,9,16
        addi    5,5,16
        cmplw   9,10
        vmaddfp 0,13,12,0
        blt     1b
        li      8,-32
        stvx    0,1,8
        lfs     1,-32(1)
        lfs     2,-28(1)
        fadds   1,1,2
        lfs     2,-24(1)
        fadds   1,1,2
        lfs     2,-20(1)
        fadds   1,1,2
        stfs    1,0(3)
        addi    3,3,4
        addi    7,7,-1
        cmpwi   7,0
        bne     2b
        blr

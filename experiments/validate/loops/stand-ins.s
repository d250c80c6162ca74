# Stand-ins for programs that are not public, by their class only: what ratios between machines depend on.

# Integer mix as of small benchmarks: a step through a linked list with a comparison that data decides, four steps of a
# CRC with a branch each, a small state machine over bytes, a multiply-accumulate.
# r3 node (next, value), r4 iterations, r5 bytes (256), r6 start value
integer:
        mtctr   4
        li      12,0
1:
        lwz     7,4(3)
        lwz     3,0(3)
        cmpw    7,6
        ble     2f
        addi    12,12,1
2:
        xor     6,6,7
        .rept   4
        andi.   8,6,1
        srwi    6,6,1
        beq     3f
        xori    6,6,0xa001
3:
        .endr
        clrlwi  9,6,24
        lbzx    10,5,9
        cmpwi   10,48
        blt     4f
        cmpwi   10,57
        bgt     5f
        addi    12,12,3
        b       6f
4:      addi    12,12,5
        b       6f
5:      xor     12,12,10
6:
        mullw   11,7,10
        add     12,12,11
        bdnz    1b
        mr      3,12
        blr

# Floating-point mix: a dot product, a row update of an LU decomposition and Mandelbrot steps with a test each.
# r3 and r4 vectors of doubles, r5 elements, f1 a small number
floating:
        mtctr   5
        li      9,0
        fsub    0,1,1
        fmr     10,1
        fmr     11,1
1:
        lfdx    2,3,9
        lfdx    3,4,9
        fmadd   0,2,3,0
        fmadd   4,1,2,3
        stfdx   4,4,9
        fmul    5,10,10
        fmul    6,11,11
        fadd    7,5,6
        fmul    8,10,11
        fcmpu   0,7,0
        fsub    10,5,6
        fadd    11,8,8
        fmadd   10,1,1,10
        bgt     2f
        fmr     10,1
2:
        addi    9,9,8
        bdnz    1b
        blr

# STREAM's four loops over arrays of doubles: r3 a, r4 b, r5 c, r6 elements, f1 s
stream:
        mtctr   6
        li      9,0
1:      lfdx    2,3,9
        stfdx   2,5,9
        addi    9,9,8
        bdnz    1b
        mtctr   6
        li      9,0
2:      lfdx    2,5,9
        fmul    2,1,2
        stfdx   2,4,9
        addi    9,9,8
        bdnz    2b
        mtctr   6
        li      9,0
3:      lfdx    2,3,9
        lfdx    3,4,9
        fadd    2,2,3
        stfdx   2,5,9
        addi    9,9,8
        bdnz    3b
        mtctr   6
        li      9,0
4:      lfdx    2,4,9
        lfdx    3,5,9
        fmadd   2,1,3,2
        stfdx   2,3,9
        addi    9,9,8
        bdnz    4b
        blr

# Pi by Monte-Carlo: pairs of numbers of a lagged subtractive generator in doubles, whose borrow is a branch, compared
# with the circle. r3 table of 128 doubles from 0 to 1, r4 points, f1 0, f2 1
monte:
        mtctr   4
        li      9,0
        li      10,240
        li      12,0
1:
        .irp    f,3,4
        lfdx    \f,3,9
        lfdx    5,3,10
        fsub    \f,\f,5
        fcmpu   0,\f,1
        bge     2f
        fadd    \f,\f,2
2:      stfdx   \f,3,9
        addi    9,9,8
        addi    10,10,8
        andi.   9,9,1023
        andi.   10,10,1023
        .endr
        fmul    3,3,3
        fmadd   3,4,4,3
        fcmpu   0,3,2
        bgt     3f
        addi    12,12,1
3:      bdnz    1b
        mr      3,12
        blr

# Pi as the sum of 4 / (1 + x*x): r4 steps, f1 x, f2 step, f3 1, f4 4
integral:
        mtctr   4
        fsub    0,1,1
1:      fmadd   5,1,1,3
        fdiv    5,4,5
        fadd    1,1,2
        fadd    0,0,5
        bdnz    1b
        blr

# One sweep of a five-point stencil: r3 from, r4 to, r5 columns, r6 rows, f1 weight
stencil:
        slwi    7,5,3
1:      mtctr   5
        li      9,0
        sub     10,3,7
        add     11,3,7
        addi    8,3,-8
        addi    12,3,8
2:      lfdx    2,10,9
        lfdx    3,11,9
        lfdx    4,8,9
        lfdx    5,12,9
        lfdx    6,3,9
        fadd    2,2,3
        fadd    4,4,5
        fadd    2,2,4
        fmadd   6,1,6,2
        stfdx   6,4,9
        addi    9,9,8
        bdnz    2b
        add     3,3,7
        add     4,4,7
        addi    6,6,-1
        cmpwi   6,0
        bne     1b
        blr

# Pixels as bytes: widened, weighted, narrowed, with a scalar sum of each fourth word; r3 from, r4 to, r5 quadwords
image:
        mtctr   5
        vspltish 2,2
        vxor    3,3,3
        li      9,0
        li      12,0
1:      lvx     4,3,9
        lwzx    6,3,9
        vmrghb  5,3,4
        vmrglb  4,3,4
        vadduhm 6,5,5
        vadduhm 7,4,4
        vadduhm 5,5,6
        vadduhm 4,4,7
        vsrh    5,5,2
        vsrh    4,4,2
        rlwinm  7,6,8,24,31
        rlwinm  8,6,24,24,31
        vpkuhus 5,5,4
        add     7,7,8
        add     12,12,7
        stvx    5,4,9
        addi    9,9,16
        bdnz    1b
        mr      3,12
        blr

# y += a*x as Linpack's inner loop: r3 y, r4 x, r5 elements, a multiple of four, f1 a
        .set    k,0
daxpy:
        srwi    5,5,2
        mtctr   5
1:
        .rept   4
        lfd     2,8*(k % 4)(4)
        lfd     3,8*(k % 4)(3)
        fmadd   3,1,2,3
        stfd    3,8*(k % 4)(3)
        .set    k,k+1
        .endr
        addi    3,3,32
        addi    4,4,32
        bdnz    1b
        blr

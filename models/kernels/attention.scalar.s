# One head: scores q.k / sqrt(size) over positions 0..position, softmax, weighted sum of values.
# r3 q, r4 keys, r5 values (both at position 0 of this head), r6 out, r7 scores, r8 head size, r9 bytes from
# position to position, r10 control block
        .include "kernels/exp.scalar.inc"
        .include "kernels/softmax.scalar.inc"
start:
        lwz     r14,4(r10)
        std     r8,-16(r1)
        addi    r14,r14,1               # positions
        lfs     f15,zero-start(r12)
        EXP_CONSTANTS start
        lfd     f14,-16(r1)
        fcfid   f14,f14
        frsp    f14,f14
        fsqrts  f14,f14
        mr      r15,r14
        mr      r16,r7
        mr      r17,r9
score:
        mtctr   r8
        fmr     f0,f15
        li      r9,0
        .align  4
product:
        lfsx    f1,r3,r9
        lfsx    f2,r4,r9
        addi    r9,r9,4
        fmadds  f0,f1,f2,f0
        bdnz    product
        fdivs   f0,f0,f14
        add     r4,r4,r17
        addi    r15,r15,-1
        stfs    f0,0(r16)
        addi    r16,r16,4
        cmpwi   r15,0
        bne     score

        mr      r3,r7
        mr      r4,r14
        SOFTMAX

        mtctr   r8
        li      r9,0
clear:
        stfsx   f15,r6,r9
        addi    r9,r9,4
        bdnz    clear
weigh:
        lfs     f0,0(r7)
        mtctr   r8
        li      r9,0
        .align  4
sum:
        lfsx    f1,r5,r9
        lfsx    f2,r6,r9
        fmadds  f2,f0,f1,f2
        stfsx   f2,r6,r9
        addi    r9,r9,4
        bdnz    sum
        addi    r14,r14,-1
        addi    r7,r7,4
        add     r5,r5,r17
        cmpwi   r14,0
        bne     weigh
        blr
zero:   .float  0.0
        EXP_DATA

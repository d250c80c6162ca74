# One head over a cache of signed bytes, one number at a time: scores q.k / sqrt(size) over positions
# 0..position, softmax, weighted sum of values. Arguments as in attention-q8.vmx128.
        .set    FORMAT, 8
        .set    LITTLE, 0
        .include "kernels/exp.scalar.inc"
        .include "kernels/softmax.scalar.inc"
        .include "kernels/unpack.scalar.inc"

# For each block of a row of the cache at r21: \first once, then \each for each number, as f1.
.macro ROW each
        mr      r25,r8
2:      li      r26,32
        cmpwi   r25,32
        bge     3f
        mr      r26,r25
3:      UNPACK
        mtctr   r26
        addi    r11,r1,-128
4:      lfs     f1,0(r11)
        addi    r11,r11,4
        NUMBER  f1
        \each
        bdnz    4b
        subf    r25,r26,r25
        cmpwi   r25,0
        bgt     2b
.endm

.macro PRODUCT
        lfs     f2,0(r14)
        addi    r14,r14,4
        fmadds  f0,f1,f2,f0
.endm

.macro WEIGH
        lfs     f2,0(r14)
        fmadds  f2,f0,f1,f2
        stfs    f2,0(r14)
        addi    r14,r14,4
.endm

start:
        lwz     r15,4(r10)
        std     r8,-136(r1)
        addi    r15,r15,1               # positions
        lfs     f15,zero-start(r12)
        lfs     f21,less-start(r12)
        addi    r16,r8,15
        rlwinm  r16,r16,0,0,27          # bytes a row
        lfd     f14,-136(r1)
        fcfid   f14,f14
        frsp    f14,f14
        fsqrts  f14,f14
        mr      r17,r15
        mr      r18,r4
        add     r19,r4,r9               # scales of keys
        mr      r20,r7
score:
        mr      r14,r3
        mr      r21,r18
        fmr     f0,f15
        ROW     PRODUCT
        lfs     f3,0(r19)
        addi    r19,r19,4
        fmuls   f0,f0,f3
        fdivs   f0,f0,f14
        stfs    f0,0(r20)
        addi    r20,r20,4
        add     r18,r18,r16
        addi    r17,r17,-1
        cmpwi   r17,0
        bne     score

        add     r19,r5,r9               # scales of values
        EXP_CONSTANTS start
        mr      r3,r7
        mr      r4,r15
        SOFTMAX
        lfs     f21,less-start(r12)
        mtctr   r8
        li      r9,0
clear:
        stfsx   f15,r6,r9
        addi    r9,r9,4
        bdnz    clear
weigh:
        lfs     f0,0(r7)
        lfs     f3,0(r19)
        addi    r7,r7,4
        addi    r19,r19,4
        fmuls   f0,f0,f3
        mr      r14,r6
        mr      r21,r5
        ROW     WEIGH
        add     r5,r5,r16
        addi    r15,r15,-1
        cmpwi   r15,0
        bne     weigh
        blr
zero:   .float  0.0
less:   .long   LESS
        EXP_DATA

# One head: scores q.k / sqrt(size) over positions 0..position, softmax, weighted sum of values, every step
# rounded as in llama2.c compiled without contraction.
# r3 q, r4 keys, r5 values (both at position 0 of this head), r6 out, r7 scores, r8 head size, r9 bytes from
# position to position, r10 control block
        .include "kernels/exp.exact.inc"
start:
        EXP_CONSTANTS start
        lfs     f13,zero-start(r12)
        std     r8,-32(r1)
        lfd     f12,-32(r1)
        fcfid   f12,f12
        fsqrts  f12,f12
        lwz     r14,4(r10)
        addi    r14,r14,1               # positions
        mr      r15,r14
        mr      r16,r4
        mr      r17,r7
score:
        mtctr   r8
        li      r18,0
        fmr     f0,f13
dot:
        lfsx    f1,r3,r18
        lfsx    f2,r16,r18
        addi    r18,r18,4
        fmuls   f1,f1,f2
        fadds   f0,f0,f1
        bdnz    dot
        fdivs   f0,f0,f12
        stfs    f0,0(r17)
        addi    r17,r17,4
        add     r16,r16,r9
        addi    r15,r15,-1
        cmpwi   r15,0
        bne     score

        lfs     f11,0(r7)
        mtctr   r14
        li      r18,0
largest:
        lfsx    f1,r7,r18
        addi    r18,r18,4
        fsubs   f2,f1,f11
        fsel    f11,f2,f1,f11
        bdnz    largest
        mtctr   r14
        li      r18,0
        fmr     f10,f13
power:
        lfsx    f1,r7,r18
        fsubs   f1,f1,f11
        EXP
        stfsx   f1,r7,r18
        addi    r18,r18,4
        fadds   f10,f10,f1
        bdnz    power
        mtctr   r14
        li      r18,0
divide:
        lfsx    f1,r7,r18
        fdivs   f1,f1,f10
        stfsx   f1,r7,r18
        addi    r18,r18,4
        bdnz    divide

        li      r19,0                   # element
        mr      r15,r8
element:
        mtctr   r14
        add     r16,r5,r19
        li      r18,0
        fmr     f0,f13
weigh:
        lfsx    f1,r7,r18
        lfs     f2,0(r16)
        addi    r18,r18,4
        add     r16,r16,r9
        fmuls   f1,f1,f2
        fadds   f0,f0,f1
        bdnz    weigh
        stfsx   f0,r6,r19
        addi    r19,r19,4
        addi    r15,r15,-1
        cmpwi   r15,0
        bne     element
        blr
zero:   .float  0.0
        EXP_DATA

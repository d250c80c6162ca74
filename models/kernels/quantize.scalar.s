# Groups of bytes from numbers, as runq.c makes them: scale = largest magnitude / 127, each number / scale
# rounded, halves away from zero. The bytes are kept as floats.
# r3 out, r4 scales out, r5 x, r6 n, r7 group (divides n)
start:
        lfs     f20,zero-start(r12)
        lfs     f21,most-start(r12)
        lfs     f22,half-start(r12)
group:
        mtctr   r7
        li      r8,0
        fmr     f0,f20
largest:
        lfsx    f1,r5,r8
        addi    r8,r8,4
        fabs    f1,f1
        fcmpu   cr0,f1,f0
        ble     smaller
        fmr     f0,f1
smaller:
        bdnz    largest
        fdivs   f0,f0,f21
        stfs    f0,0(r4)
        fcmpu   cr1,f0,f20
        mtctr   r7
        li      r8,0
number:
        fmr     f2,f20
        beq     cr1,store
        lfsx    f1,r5,r8
        fdivs   f1,f1,f0
        fabs    f2,f1
        fadd    f2,f2,f22
        fctidz  f2,f2
        fcfid   f2,f2
        fneg    f3,f2
        fsel    f2,f1,f2,f3
store:
        stfsx   f2,r3,r8
        addi    r8,r8,4
        bdnz    number
        add     r3,r3,r8
        add     r5,r5,r8
        addi    r4,r4,4
        subf    r6,r7,r6
        cmpwi   r6,0
        bne     group
        blr
zero:   .float  0.0
most:   .float  127.0
half:   .float  0.5

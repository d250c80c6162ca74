# Puts heads of a key or value vector into the cache as signed bytes, one number at a time: scale = largest
# magnitude / 127, each number / scale rounded, halves away from zero. Arguments as in kvstore-q8.vmx128.
# Integers go through the 128 bytes below the stack, 32 at a time.
start:
        lfs     f20,zero-start(r12)
        lfs     f21,most-start(r12)
        lfs     f22,half-start(r12)
        lwz     r14,4(r7)
        addi    r16,r8,15
        rlwinm  r16,r16,0,0,27          # bytes of a row
        mullw   r15,r16,r14
        subf    r16,r8,r16              # of them beyond the head
        add     r15,r15,r4
        slwi    r14,r14,2
        add     r14,r14,r9
        add     r14,r14,r4
head:
        mtctr   r8
        li      r17,0
        fmr     f0,f20
largest:
        lfsx    f1,r3,r17
        addi    r17,r17,4
        fabs    f1,f1
        fsub    f2,f1,f0
        fsel    f0,f2,f1,f0
        bdnz    largest
        fdivs   f0,f0,f21
        stfs    f0,0(r14)
        fcmpu   cr1,f0,f20
        mr      r18,r15
        mr      r25,r8
block:
        li      r26,32
        cmpwi   r25,32
        bge     whole
        mr      r26,r25
whole:
        mtctr   r26
        addi    r11,r1,-128
number:
        lfs     f1,0(r3)
        addi    r3,r3,4
        fmr     f2,f20
        beq     cr1,zeros
        fdivs   f1,f1,f0
        fabs    f2,f1
        fadd    f2,f2,f22
        fneg    f3,f2
        fsel    f2,f1,f2,f3
zeros:
        fctidz  f2,f2
        stfiwx  f2,0,r11
        addi    r11,r11,4
        bdnz    number
        mtctr   r26
        addi    r11,r1,-128
byte:
        lwz     r2,0(r11)
        addi    r11,r11,4
        stb     r2,0(r18)
        addi    r18,r18,1
        bdnz    byte
        subf    r25,r26,r25
        cmpwi   r25,0
        bgt     block
        cmpwi   r16,0
        beq     next
        mtctr   r16
        li      r2,0
pad:
        stb     r2,0(r18)
        addi    r18,r18,1
        bdnz    pad
next:
        add     r14,r14,r6
        add     r15,r15,r6
        addi    r5,r5,-1
        cmpwi   r5,0
        bne     head
        blr
zero:   .float  0.0
most:   .float  127.0
half:   .float  0.5

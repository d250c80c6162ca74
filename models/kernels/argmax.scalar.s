# next := index of the largest logit, the first among equals.
# r3 logits, r4 n, r5 control block
        lfs     f0,0(r3)
        mtctr   r4
        li      r6,0
        li      r7,0
        .align  4
element:
        lfs     f1,0(r3)
        addi    r3,r3,4
        fcmpu   cr0,f1,f0
        ble     smaller
        fmr     f0,f1
        mr      r6,r7
smaller:
        addi    r7,r7,1
        bdnz    element
        stw     r6,12(r5)
        blr

# out[i] = logits[i] / temperature
# r3 out, r4 logits, r5 n, r6 control block
        lfs     f0,16(r6)
        mtctr   r5
        li      r9,0
        .align  4
element:
        lfsx    f1,r4,r9
        fdivs   f1,f1,f0
        stfsx   f1,r3,r9
        addi    r9,r9,4
        bdnz    element
        blr

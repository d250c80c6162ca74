# As matmul.scalar for little-endian weights, each word byte-reversed by lwbrx on its way through memory: there
# is no other way from an integer register to a floating-point one, and the load waits for the store before it
# (load-hit-store).
# r3 out, r4 x, r5 w, r6 columns, r7 rows, r8 scratch
start:
        lfs     f11,zero-start(r12)
        nop
        .align  4
row:
        mtctr   r6
        fmr     f0,f11
        li      r9,0
column:
        lwbrx   r10,r5,r9
        lfsx    f13,r4,r9
        addi    r9,r9,4
        stw     r10,0(r8)
        lfs     f12,0(r8)
        fmadds  f0,f12,f13,f0
        bdnz    column
        stfs    f0,0(r3)
        addi    r7,r7,-1
        addi    r3,r3,4
        add     r5,r5,r9
        cmpwi   r7,0
        bne     row
        blr
zero:   .long   0

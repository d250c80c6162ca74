# BusSpeed: one integer ANDed with words a stride apart, 24 loads an iteration at stride 128, 48 at 64, else 64. The
# chain of ANDs is serial, so nothing but a load's own miss and the latency of `and` can be seen.
# r3 first word, r4 bytes, r5 result, r6 passes over all of it

        .macro  strided step, loads
        add     4,3,4
2:      mr      9,3
1:
        .set    k,0
        .rept   \loads
        lwz     10+(k % 6),\step*k(9)
        and     5,5,10+(k % 6)
        .set    k,k+1
        .endr
        addi    9,9,\step*\loads
        cmplw   9,4
        blt     1b
        addi    6,6,-1
        cmpwi   6,0
        bne     2b
        blr
        .endm

stride128:
        strided 128,24
stride64:
        strided 64,48
stride32:
        strided 32,64
stride16:
        strided 16,64
stride8:
        strided 8,64
stride4:
        strided 4,64

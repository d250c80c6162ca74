# BusSpeed: one integer ANDed with words a stride apart, 24 loads an iteration (64 where every word is read). The
# chain of ANDs is serial, so nothing but a load's own miss and the latency of `and` can be seen.
# r3 first word, r4 bytes, r5 result

        .macro  strided step, loads
        mr      9,3
        add     4,3,4
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
        blr
        .endm

stride128:
        strided 128,24
stride64:
        strided 64,24
stride32:
        strided 32,24
stride16:
        strided 16,24
stride8:
        strided 8,24
stride4:
        strided 4,64

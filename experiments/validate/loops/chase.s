# lat_mem_rd: each load's address is what the one before it has read; unrolled so that nothing else counts.
# r3 first pointer, r4 loads, a multiple of 32
chase:
        srwi    4,4,5
        mtctr   4
1:
        .rept   32
        lwz     3,0(3)
        .endr
        bdnz    1b
        blr

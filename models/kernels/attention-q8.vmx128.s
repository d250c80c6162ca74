# One head over a cache of signed bytes: scores q.k / sqrt(size) over positions 0..position, softmax, weighted
# sum of values. A position's scale is taken off its score, and off its weight before the values are summed.
# r3 q, r4 keys, r5 values (blocks of this head), r6 out, r7 scores (room up to a multiple of 16), r8 head size
# (a multiple of 4), r9 bytes from a block to its scales, r10 control block (at 80: 1 / sqrt(size) in four
# words). All addresses are 16-byte aligned. Positions go four at a time: up to three beyond the last are read;
# their weights become 0. Rows of the cache are whole quadwords with zeros beyond the head size.
.set HEAD_MULTIPLE, 4                   # the head size must be a multiple of this
        .include "kernels/exp.vmx128.inc"
        .include "kernels/reciprocal.vmx128.inc"
        .include "kernels/softmax.vmx128.inc"
.set AHEAD_BYTES, 512

# Four rows' bytes at r14..r17 as floats: numbers 4n to 4n + 3 of row j in register 16 + 4n + j.
.macro NUMBERS
        lvx128  10,0,r14
        lvx128  11,0,r15
        lvx128  12,0,r16
        lvx128  13,0,r17
        dcbt    r19,r14
        .irp    j,0,1,2,3
        vupkhsb128 14,10+\j
        vupklsb128 15,10+\j
        vupkhsh128 16+\j,14
        vupklsh128 20+\j,14
        vupkhsh128 24+\j,15
        vupklsh128 28+\j,15
        .endr
        .irp    n,16,20,24,28
        .irp    j,0,1,2,3
        vcsxwfp128 \n+\j,\n+\j,0
        .endr
        .endr
.endm

.macro ROWS base                        # r14..r17 := four positions from \base
        mr      r14,\base
        add     r15,r14,r2
        add     r16,r15,r2
        add     r17,r16,r2
.endm

start:
        mr      r14,r10
        EXP_CONSTANTS start
        lwz     r15,4(r14)
        addi    r15,r15,1               # positions
        mr      r0,r15
        addi    r14,r14,80
        lvx128  v101,0,r14
        addi    r2,r8,15
        rlwinm  r2,r2,0,0,27            # bytes a row
        srwi    r13,r2,4                # quadwords a row
        addi    r12,r15,3
        srwi    r12,r12,2               # groups of four positions
        li      r19,AHEAD_BYTES
        li      r20,16
        li      r21,32
        li      r22,48
        add     r23,r4,r9               # scales of keys
        mr      r24,r7
        mr      r25,r12
        mr      r26,r4
        vxor128 v102,v0,v0
scores:
        ROWS    r26
        mr      r18,r3
        mtctr   r13
        .irp    n,40,44,48,52
        .irp    j,0,1,2,3
        vor128  \n+\j,v102,v102
        .endr
        .endr
        .align  4
keys:
        lvx128  32,0,r18
        lvx128  33,r20,r18
        lvx128  34,r21,r18
        lvx128  35,r22,r18
        NUMBERS
        .irp    n,0,1,2,3
        .irp    j,0,1,2,3
        vmaddfp128 40+4*\n+\j,16+4*\n+\j,32+\n,40+4*\n+\j
        .endr
        .endr
        addi    r14,r14,16
        addi    r15,r15,16
        addi    r16,r16,16
        addi    r17,r17,16
        addi    r18,r18,64
        bdnz    keys
        .irp    j,0,1,2,3
        vaddfp128 40+\j,40+\j,44+\j
        vaddfp128 48+\j,48+\j,52+\j
        .endr
        .irp    j,0,1,2,3
        vaddfp128 40+\j,40+\j,48+\j
        .endr
        vmrghw128 v44,v40,v42
        vmrghw128 v45,v41,v43
        vmrglw128 v46,v40,v42
        vmrglw128 v47,v41,v43
        vmrghw128 v50,v44,v45
        vmrglw128 v51,v44,v45
        vmrghw128 v52,v46,v47
        vmrglw128 v53,v46,v47
        vaddfp128 v54,v50,v51
        vaddfp128 v55,v52,v53
        vaddfp128 v56,v54,v55
        lvx128  v57,0,r23
        addi    r23,r23,16
        vmulfp128 v56,v56,v57
        vmulfp128 v56,v56,v101
        slwi    r11,r2,2
        add     r26,r26,r11
        stvx128 v56,0,r24
        addi    r24,r24,16
        addi    r25,r25,-1
        cmpwi   r25,0
        bne     scores

        mr      r3,r7
        mr      r4,r0
        add     r23,r5,r9               # scales of values
        mr      r26,r12
        srwi    r18,r8,2                # quadwords of numbers to store
        SOFTMAX
        RECIPROCAL v100,v70,v72,v124
        vxor128 v102,v100,v100
        mtctr   r26
        mr      r14,r7
scale:
        lvx128  v10,0,r14
        lvx128  v11,0,r23
        addi    r23,r23,16
        vmulfp128 v10,v10,v11
        stvx128 v10,0,r14
        addi    r14,r14,16
        bdnz    scale

        slwi    r24,r2,2                # bytes of four rows
chunk:                                  # sixteen numbers of all values
        ROWS    r5
        mr      r25,r7
        mtctr   r26
        .irp    n,40,44,48,52
        .irp    j,0,1,2,3
        vor128  \n+\j,v102,v102
        .endr
        .endr
        .align  4
values:
        lvx128  36,0,r25
        addi    r25,r25,16
        NUMBERS
        vspltw128 32,36,0
        vspltw128 33,36,1
        vspltw128 34,36,2
        vspltw128 35,36,3
        .irp    n,0,1,2,3
        .irp    j,0,1,2,3
        vmaddfp128 40+4*\n+\j,16+4*\n+\j,32+\j,40+4*\n+\j
        .endr
        .endr
        add     r14,r14,r24
        add     r15,r15,r24
        add     r16,r16,r24
        add     r17,r17,r24
        bdnz    values
        .irp    n,0,1,2,3
        vaddfp128 10+\n,40+4*\n,41+4*\n
        vaddfp128 14+\n,42+4*\n,43+4*\n
        .endr
        .irp    n,0,1,2,3
        vaddfp128 10+\n,10+\n,14+\n
        .endr
        .irp    n,0,1,2,3
        vmulfp128 10+\n,10+\n,v100
        .endr
        .irp    n,0,1,2,3
        cmpwi   r18,\n
        ble     done
        stvx128 10+\n,0,r6
        addi    r6,r6,16
        .endr
        addi    r18,r18,-4
        addi    r5,r5,16
        cmpwi   r18,0
        bgt     chunk
done:
        blr
        EXP_DATA

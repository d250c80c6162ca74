# One head: scores q.k / sqrt(size) over positions 0..position, softmax, weighted sum of values.
# r3 q, r4 keys, r5 values (both at position 0 of this head), r6 out, r7 scores (room up to a multiple of 16),
# r8 head size (a multiple of 4), r9 bytes from position to position, r10 control block (at 80: 1 / sqrt(size)
# in four words). All addresses are 16-byte aligned. Positions go four at a time: up to three beyond the last
# are read; their weights become 0.
.set HEAD_MULTIPLE, 4                   # the head size must be a multiple of this
        .include "kernels/exp.vmx128.inc"
        .include "kernels/reciprocal.vmx128.inc"
        .include "kernels/softmax.vmx128.inc"
.set AHEAD_GROUPS, 2                    # of four positions each

# Scores: quadword \j of q in v1\j, of four keys in v3\j v4\j v5\j v2\j; two accumulators a key, v6\a v7\a
# v8\a v9\a.
.macro LOAD j
        lvx128  v1\j,18+\j,r26
        lvx128  v3\j,18+\j,r14
        lvx128  v4\j,18+\j,r15
        lvx128  v5\j,18+\j,r16
        lvx128  v2\j,18+\j,r17
.endm

.macro MADD j, a
        vmaddfp128 v6\a,v3\j,v1\j,v6\a
        vmaddfp128 v7\a,v4\j,v1\j,v7\a
        vmaddfp128 v8\a,v5\j,v1\j,v8\a
        vmaddfp128 v9\a,v2\j,v1\j,v9\a
.endm

.macro ADVANCE bytes
        addi    r26,r26,\bytes
        addi    r14,r14,\bytes
        addi    r15,r15,\bytes
        addi    r16,r16,\bytes
        addi    r17,r17,\bytes
.endm

.macro ROWS base                        # r14..r17 := four positions from \base
        mr      r14,\base
        add     r15,r14,r2
        add     r16,r15,r2
        add     r17,r16,r2
.endm

.macro PREFETCH
        dcbt    r11,r14
        dcbt    r11,r15
        dcbt    r11,r16
        dcbt    r11,r17
.endm

# Weighted sum of some quadwords of the values: v6\j v7\j v8\j v9\j for positions 0..3 of each group.
.macro WEIGH quads:vararg
        .irp    j,\quads
        vxor128 v6\j,v0,v0
        vxor128 v7\j,v0,v0
        vxor128 v8\j,v0,v0
        vxor128 v9\j,v0,v0
        .endr
        ROWS    r5
        mr      r26,r7
        mtctr   r4
        .align  4
1:      lvx128  v30,0,r26
        addi    r26,r26,16
        PREFETCH
        vspltw128 v31,v30,1
        vspltw128 v32,v30,2
        vspltw128 v33,v30,3
        vspltw128 v30,v30,0
        .irp    j,\quads
        lvx128  v4\j,18+\j,r14
        vmaddfp128 v6\j,v4\j,v30,v6\j
        .endr
        add     r14,r14,r9
        .irp    j,\quads
        lvx128  v5\j,18+\j,r15
        vmaddfp128 v7\j,v5\j,v31,v7\j
        .endr
        add     r15,r15,r9
        .irp    j,\quads
        lvx128  v1\j,18+\j,r16
        vmaddfp128 v8\j,v1\j,v32,v8\j
        .endr
        add     r16,r16,r9
        .irp    j,\quads
        lvx128  v2\j,18+\j,r17
        vmaddfp128 v9\j,v2\j,v33,v9\j
        .endr
        add     r17,r17,r9
        bdnz    1b
        .irp    j,\quads
        vaddfp128 v6\j,v6\j,v7\j
        vaddfp128 v8\j,v8\j,v9\j
        .endr
        .irp    j,\quads
        vaddfp128 v6\j,v6\j,v8\j
        .endr
        .irp    j,\quads
        vmulfp128 v6\j,v6\j,v100
        stvx128 v6\j,18+\j,r6
        .endr
.endm

start:
        mr      r14,r10
        EXP_CONSTANTS start
        lwz     r15,4(r14)
        li      r18,0
        addi    r15,r15,1               # positions
        li      r19,16
        li      r20,32
        li      r21,48
        li      r22,64
        li      r23,80
        li      r24,96
        li      r25,112
        addi    r14,r14,80
        lvx128  v101,0,r14
        addi    r11,r15,3
        mr      r0,r15
        srwi    r13,r8,2                # quadwords a head
        mr      r2,r9
        srwi    r12,r11,2               # groups of four positions
        slwi    r9,r2,2
        rlwinm  r10,r13,0,30,31
        mulli   r11,r9,AHEAD_GROUPS
        mtcrf   1,r10                   # quadwords after groups of four
        srwi    r10,r13,2
        cmpwi   cr6,r10,0
        mr      r8,r7

scores:
        ROWS    r4
        mr      r26,r3
        .irp    a,0,1
        vxor128 v6\a,v0,v0
        vxor128 v7\a,v0,v0
        vxor128 v8\a,v0,v0
        vxor128 v9\a,v0,v0
        .endr
        beq     cr6,two
        mtctr   r10
        .align  4
four:
        LOAD    0
        LOAD    1
        MADD    0,0
        PREFETCH
        LOAD    2
        MADD    1,1
        LOAD    3
        MADD    2,0
        ADVANCE 64
        MADD    3,1
        bdnz    four
two:
        bf      30,one
        PREFETCH
        LOAD    0
        LOAD    1
        MADD    0,0
        MADD    1,1
        ADVANCE 32
one:
        bf      31,total
        LOAD    0
        MADD    0,0
total:
        vaddfp128 v40,v60,v61
        vaddfp128 v41,v70,v71
        vaddfp128 v42,v80,v81
        vaddfp128 v43,v90,v91
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
        vmulfp128 v56,v56,v101
        add     r4,r4,r9
        addi    r12,r12,-1
        stvx128 v56,0,r8
        cmpwi   r12,0
        addi    r8,r8,16
        bne     scores

        mr      r3,r7
        mr      r4,r0
        mr      r26,r9
        mr      r12,r11
        SOFTMAX
        RECIPROCAL v100,v70,v72,v124
        mr      r9,r26
        mr      r11,r12
        addi    r4,r4,3
        srwi    r4,r4,2
        rlwinm  r10,r13,0,29,31
        mtcrf   1,r10
eight:
        cmpwi   r13,8
        blt     weigh4
        WEIGH   0,1,2,3,4,5,6,7
        addi    r5,r5,128
        addi    r6,r6,128
        addi    r13,r13,-8
        b       eight
weigh4:
        bf      29,weigh2
        WEIGH   0,1,2,3
        addi    r5,r5,64
        addi    r6,r6,64
weigh2:
        bf      30,weigh1
        WEIGH   0,1
        addi    r5,r5,32
        addi    r6,r6,32
weigh1:
        bf      31,done
        WEIGH   0
done:
        blr
        EXP_DATA

# next := index of the largest logit, the first among equals.
# r3 logits (16-byte aligned, room up to a multiple of 16 numbers, overwritten beyond n), r4 n, r5 control
# block.
# Four vectors at a time, each with its best values and their indices (as floats); at the end larger
# values win, and smaller indices among equals.

# Joins candidates (value \w, index \j) into (\v, \i): (w > v) or (w = v and j < i).
.macro BETTER v, i, w, j
        vcmpgtfp v20,\w,\v
        vcmpeqfp v21,\w,\v
        vcmpgtfp v22,\i,\j
        vand    v21,v21,v22
        vor     v20,v20,v21
        vsel    \v,\v,\w,v20
        vsel    \i,\i,\j,v20
.endm

start:
        lis     r11,0xff7f
        ori     r11,r11,0xffff
        addi    r10,r4,15
        rlwinm  r10,r10,0,0,27
        mr      r9,r4
pad:
        cmpw    r9,r10
        bge     padded
        slwi    r14,r9,2
        stwx    r11,r3,r14
        addi    r9,r9,1
        b       pad
padded:
        srwi    r15,r10,4
        mtctr   r15
        li      r8,16
        li      r9,32
        li      r10,48
        addi    r11,r12,indices-start
        lvx     v12,0,r11
        lvx     v13,r8,r11
        lvx     v14,r9,r11
        lvx     v15,r10,r11
        vspltisw v19,8
        vcfsx   v19,v19,0
        vaddfp  v19,v19,v19             # 16.0
        lvx     v0,0,r3                 # values v0..v3, indices v4..v7
        lvx     v1,r8,r3
        lvx     v2,r9,r3
        lvx     v3,r10,r3
        vor     v4,v12,v12
        vor     v5,v13,v13
        vor     v6,v14,v14
        vor     v7,v15,v15
        .align  4
group:
        lvx     v8,0,r3
        lvx     v9,r8,r3
        lvx     v10,r9,r3
        lvx     v11,r10,r3
        vcmpgtfp v20,v8,v0
        vcmpgtfp v21,v9,v1
        vcmpgtfp v22,v10,v2
        vcmpgtfp v23,v11,v3
        vmaxfp  v0,v0,v8
        vmaxfp  v1,v1,v9
        vmaxfp  v2,v2,v10
        vmaxfp  v3,v3,v11
        vsel    v4,v4,v12,v20
        vsel    v5,v5,v13,v21
        vsel    v6,v6,v14,v22
        vsel    v7,v7,v15,v23
        vaddfp  v12,v12,v19
        vaddfp  v13,v13,v19
        vaddfp  v14,v14,v19
        vaddfp  v15,v15,v19
        addi    r3,r3,64
        bdnz    group
        BETTER  v0,v4,v1,v5
        BETTER  v2,v6,v3,v7
        BETTER  v0,v4,v2,v6
        vsldoi  v1,v0,v0,8
        vsldoi  v5,v4,v4,8
        BETTER  v0,v4,v1,v5
        vsldoi  v1,v0,v0,4
        vsldoi  v5,v4,v4,4
        BETTER  v0,v4,v1,v5
        vctuxs  v4,v4,0
        addi    r5,r5,12
        vspltw  v4,v4,0
        stvewx  v4,0,r5
        blr
        .align  4
indices: .float 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15

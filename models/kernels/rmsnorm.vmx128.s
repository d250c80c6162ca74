# out[i] = weight[i] * (x[i] / sqrt(mean of x^2 + epsilon))
# r3 out, r4 x (both 16-byte aligned with zeros up to a multiple of 16 numbers), r5 weight, r6 n,
# r7 address of 1/n in four words (16-byte aligned), 32 bytes on epsilon in four words
start:
        addi    r11,r12,constants-start
        lvx128  v20,0,r11
        lvx128  v21,0,r7
        li      r9,32
        vspltw128 v23,v20,1             # 1.0
        lvx128  v22,r9,r7               # epsilon
        vspltw128 v24,v20,2             # 0.5
        vspltw128 v25,v20,3             # 1.5
        addi    r6,r6,15
        srwi    r6,r6,4
        li      r8,16
        li      r10,48
        mr      r14,r4
        mtctr   r6
        vxor128 v40,v20,v20
        vxor128 v41,v20,v20
        vxor128 v42,v20,v20
        vxor128 v43,v20,v20
        .align  4
square:
        lvx128  v10,0,r14
        lvx128  v11,r8,r14
        lvx128  v12,r9,r14
        vmaddfp128 v40,v10,v10,v40
        lvx128  v13,r10,r14
        vmaddfp128 v41,v11,v11,v41
        addi    r14,r14,64
        vmaddfp128 v42,v12,v12,v42
        vmaddfp128 v43,v13,v13,v43
        bdnz    square
        vaddfp128 v40,v40,v41
        vaddfp128 v42,v42,v43
        vaddfp128 v40,v40,v42
        vmsum4fp128 v40,v40,v23
        vmaddcfp128 v40,v21,v40,v22     # mean + epsilon
        vrsqrtefp128 v41,v40
        vmulfp128 v40,v40,v24
        .rept   2                       # y := y (1.5 - x/2 y y)
        vmulfp128 v42,v41,v41
        vor128  v43,v25,v25
        vnmsubfp128 v43,v40,v42,v43
        vmulfp128 v41,v41,v43
        .endr
        mtctr   r6
        rlwinm  r11,r5,0,28,31
        cmpwi   r11,0
        bne     unaligned

# Scale and weigh sixteen numbers whose weights are in v30..v33; back to \loop.
.macro SCALE loop
        vmulfp128 v10,v10,v41
        vmulfp128 v11,v11,v41
        vmulfp128 v12,v12,v41
        addi    r4,r4,64
        vmulfp128 v13,v13,v41
        addi    r5,r5,64
        vmulfp128 v50,v10,v30
        vmulfp128 v51,v11,v31
        vmulfp128 v52,v12,v32
        vmulfp128 v53,v13,v33
        stvx128 v50,0,r3
        stvx128 v51,r8,r3
        stvx128 v52,r9,r3
        stvx128 v53,r10,r3
        addi    r3,r3,64
        bdnz    \loop
        blr
.endm
        .align  4
aligned:
        lvx128  v10,0,r4
        lvx128  v30,0,r5
        lvx128  v11,r8,r4
        lvx128  v31,r8,r5
        lvx128  v12,r9,r4
        lvx128  v32,r9,r5
        lvx128  v13,r10,r4
        lvx128  v33,r10,r5
        SCALE   aligned

unaligned:
        addi    r15,r5,16
quads:
        lvx128  v10,0,r4
        lvx128  v11,r8,r4
        lvx128  v12,r9,r4
        lvx128  v13,r10,r4
        lvlx128 v30,0,r5
        lvrx128 v34,0,r15
        lvlx128 v31,r8,r5
        lvrx128 v35,r8,r15
        lvlx128 v32,r9,r5
        lvrx128 v36,r9,r15
        lvlx128 v33,r10,r5
        lvrx128 v37,r10,r15
        addi    r15,r15,64
        vor128  v30,v30,v34
        vor128  v31,v31,v35
        vor128  v32,v32,v36
        vor128  v33,v33,v37
        SCALE   quads
        .align  4
constants: .float 0.0, 1.0, 0.5, 1.5

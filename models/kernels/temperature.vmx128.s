# out[i] = logits[i] / temperature
# r3 out, r4 logits (both 16-byte aligned), r5 n, r6 control block; whole groups of sixteen are computed
        .include "kernels/reciprocal.vmx128.inc"
        addi    r11,r6,16
        lvlx128 v20,0,r11
        vspltw128 v20,v20,0
        vspltisw128 v21,1
        vcsxwfp128 v21,v21,0
        RECIPROCAL v22,v20,v23,v21
        addi    r5,r5,15
        srwi    r5,r5,4
        mtctr   r5
        li      r8,16
        li      r9,32
        li      r10,48
        .align  4
group:
        lvx128  v10,0,r4
        lvx128  v11,r8,r4
        lvx128  v12,r9,r4
        lvx128  v13,r10,r4
        .irp    j,0,1,2,3               # q = a y, then q + y (a - t q): mostly the rounded quotient
        vmulfp128 v3\j,v1\j,v22
        .endr
        .irp    j,0,1,2,3
        vnmsubfp128 v1\j,v20,v3\j,v1\j
        .endr
        .irp    j,0,1,2,3
        vmaddfp128 v3\j,v1\j,v22,v3\j
        .endr
        stvx128 v30,0,r3
        stvx128 v31,r8,r3
        stvx128 v32,r9,r3
        stvx128 v33,r10,r3
        addi    r4,r4,64
        addi    r3,r3,64
        bdnz    group
        blr

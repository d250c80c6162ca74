# gate[i] := gate[i] / (1 + e^-gate[i]) * up[i]
# r3 gate, r4 up (both 16-byte aligned), r5 count. Sixteen at a time; what is read beyond count is not stored,
# except up to the end of the last quadword.
        .include "kernels/exp.vmx128.inc"
        .include "kernels/reciprocal.vmx128.inc"
start:
        EXP_CONSTANTS start
        vspltisw128 v101,-1
        vslw128 v101,v101,v101          # sign bits
        addi    r5,r5,3
        srwi    r5,r5,2                 # quadwords
        li      r8,16
        li      r9,32
        li      r10,48
        .align  4
group:
        lvx128  v40,0,r3
        lvx128  v41,r8,r3
        lvx128  v42,r9,r3
        lvx128  v43,r10,r3
        .irp    j,0,1,2,3
        vor128  v8\j,v4\j,v4\j
        .endr
        EXP_STEP vxor128,4,4,v101
        EXP
        EXP_STEP vaddfp128,4,4,v124
        lvx128  v90,0,r4
        lvx128  v91,r8,r4
        lvx128  v92,r9,r4
        lvx128  v93,r10,r4
        .irp    j,0,1,2,3               # gate * up while the reciprocals are made
        vmulfp128 v8\j,v8\j,v9\j
        .endr
        .irp    j,0,1,2,3
        vrefp128 v5\j,v4\j
        .endr
        .rept   2
        .irp    j,0,1,2,3
        vor128  v6\j,v124,v124
        .endr
        .irp    j,0,1,2,3
        vnmsubfp128 v6\j,v4\j,v5\j,v6\j
        .endr
        .irp    j,0,1,2,3
        vmaddfp128 v5\j,v5\j,v6\j,v5\j
        .endr
        .endr
        .irp    j,0,1,2,3
        vmulfp128 v8\j,v8\j,v5\j
        .endr
        cmpwi   r5,4
        addi    r4,r4,64
        blt     last
        stvx128 v80,0,r3
        stvx128 v81,r8,r3
        stvx128 v82,r9,r3
        stvx128 v83,r10,r3
        addi    r5,r5,-4
        addi    r3,r3,64
        cmpwi   r5,0
        bne     group
        blr
last:
        stvx128 v80,0,r3
        cmpwi   r5,2
        bltlr
        stvx128 v81,r8,r3
        beqlr
        stvx128 v82,r9,r3
        blr
        EXP_DATA

# Groups of bytes from numbers, as runq.c makes them: scale = largest magnitude / 127, each number / scale
# rounded, halves away from zero. The bytes are kept as floats, which is how the matmul kernels want them.
# r3 out, r4 scales out, r5 x (r3 and r5 16-byte aligned), r6 n, r7 group (a multiple of 4 that divides n)
#
# Quotients: q + r (1/d) with r = x - q d exact gives what a division would (Markstein).
        .include "kernels/reciprocal.vmx128.inc"
start:
        addi    r11,r12,constants-start
        lvx128  v20,0,r11
        vspltw128 v21,v20,0             # 127
        vspltw128 v22,v20,1             # 1/127
        vspltw128 v23,v20,2             # 1
        vspltw128 v24,v20,3             # 0.5
        vspltisw128 v25,-1
        vslw128 v25,v25,v25             # sign bits
        vxor128 v26,v20,v20
        srwi    r7,r7,2
group:
        mtctr   r7
        mr      r8,r5
        vxor128 v30,v20,v20
largest:
        lvx128  v10,0,r8
        addi    r8,r8,16
        vandc128 v10,v10,v25
        vmaxfp128 v30,v30,v10
        bdnz    largest
        vsldoi128 v31,v30,v30,8
        vmaxfp128 v30,v30,v31
        vsldoi128 v31,v30,v30,4
        vmaxfp128 v30,v30,v31
        vmulfp128 v32,v30,v22
        vor128  v33,v30,v30
        vnmsubfp128 v33,v32,v21,v33
        vmaddcfp128 v33,v22,v33,v32
        vor128  v32,v33,v33             # scale
        stvewx128 v32,0,r4
        vcmpeqfp128 v34,v32,v26
        RECIPROCAL v35,v32,v36,v23
        mtctr   r7
number:
        lvx128  v10,0,r5
        addi    r5,r5,16
        vmulfp128 v11,v10,v35
        vor128  v12,v10,v10
        vnmsubfp128 v12,v11,v32,v12
        vmaddfp128 v11,v12,v35,v11
        vand128 v13,v11,v25
        vandc128 v11,v11,v25
        vrfiz128 v14,v11
        vsubfp128 v15,v11,v14
        vcmpgefp128 v15,v15,v24
        vand128 v15,v15,v23
        vaddfp128 v14,v14,v15
        vor128  v14,v14,v13
        vandc128 v14,v14,v34            # a group of zeros
        stvx128 v14,0,r3
        addi    r3,r3,16
        bdnz    number
        slwi    r8,r7,2
        subf    r6,r8,r6
        addi    r4,r4,4
        cmpwi   r6,0
        bne     group
        blr
        .align  4
constants: .long 0x42fe0000, 0x3c010204, 0x3f800000, 0x3f000000

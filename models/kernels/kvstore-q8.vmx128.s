# Puts heads of a key or value vector into the cache as signed bytes: scale = largest magnitude / 127, each
# number / scale rounded, halves away from zero.
# r3 source (16-byte aligned), r4 cache (block of the first head), r5 heads, r6 bytes from block to block, r7
# control block, r8 head size (a multiple of 4), r9 bytes from a block to its scales. A row of the cache has
# whole quadwords; what is beyond the head size is zero.
.set HEAD_MULTIPLE, 4                   # the head size must be a multiple of this
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
        lwz     r14,4(r7)
        addi    r15,r8,15
        rlwinm  r15,r15,0,0,27          # bytes of a row
        mullw   r15,r15,r14
        add     r15,r15,r4              # this position's row
        slwi    r14,r14,2
        add     r14,r14,r9
        add     r14,r14,r4              # its scale
        srwi    r8,r8,2
head:
        mtctr   r8
        mr      r16,r3
        vxor128 v30,v20,v20
largest:
        lvx128  v10,0,r16
        addi    r16,r16,16
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
        vor128  v32,v33,v33             # largest / 127, rounded once
        stvewx128 v32,0,r14
        vcmpeqfp128 v34,v32,v26
        RECIPROCAL v35,v32,v36,v23
        mr      r16,r8
        mr      r17,r15
row:
        .irp    j,0,1,2,3
        vxor128 v4\j,v20,v20
        .endr
        .irp    j,0,1,2,3
        cmpwi   r16,\j
        ble     pack
        lvx128  v10,0,r3
        addi    r3,r3,16
        vmulfp128 v11,v10,v35
        vor128  v12,v10,v10
        vnmsubfp128 v12,v11,v32,v12
        vmaddfp128 v11,v12,v35,v11      # the quotient, as a division gives it
        vand128 v13,v11,v25
        vandc128 v11,v11,v25
        vrfiz128 v14,v11
        vsubfp128 v15,v11,v14
        vcmpgefp128 v15,v15,v24
        vand128 v15,v15,v23
        vaddfp128 v14,v14,v15
        vor128  v14,v14,v13
        vandc128 v14,v14,v34            # a head of zeros
        vcfpsxws128 v4\j,v14,0
        .endr
pack:
        vpkswss128 v40,v40,v41
        vpkswss128 v42,v42,v43
        vpkshss128 v40,v40,v42
        stvx128 v40,0,r17
        addi    r17,r17,16
        addi    r16,r16,-4
        cmpwi   r16,0
        bgt     row
        add     r14,r14,r6
        add     r15,r15,r6
        addi    r5,r5,-1
        cmpwi   r5,0
        bne     head
        blr
        .align  4
constants: .long 0x42fe0000, 0x3c010204, 0x3f800000, 0x3f000000

# x[i] += y[i]
# r3 x, r4 y (both 16-byte aligned), r5 count; whole quadwords are added
        addi    r5,r5,3
        srwi    r5,r5,2
        srwi    r6,r5,2
        li      r8,16
        li      r9,32
        li      r10,48
        cmpwi   r6,0
        beq     rest
        mtctr   r6
        .align  4
group:
        lvx128  v10,0,r3
        lvx128  v20,0,r4
        lvx128  v11,r8,r3
        lvx128  v21,r8,r4
        lvx128  v12,r9,r3
        lvx128  v22,r9,r4
        lvx128  v13,r10,r3
        lvx128  v23,r10,r4
        vaddfp128 v10,v10,v20
        vaddfp128 v11,v11,v21
        vaddfp128 v12,v12,v22
        vaddfp128 v13,v13,v23
        addi    r4,r4,64
        stvx128 v10,0,r3
        stvx128 v11,r8,r3
        stvx128 v12,r9,r3
        stvx128 v13,r10,r3
        addi    r3,r3,64
        bdnz    group
rest:
        rlwinm  r5,r5,0,30,31
        cmpwi   r5,0
        beqlr
        mtctr   r5
single:
        lvx128  v10,0,r3
        lvx128  v20,0,r4
        addi    r4,r4,16
        vaddfp128 v10,v10,v20
        stvx128 v10,0,r3
        addi    r3,r3,16
        bdnz    single
        blr

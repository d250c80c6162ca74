# The guest runtime: walks a tape of kernel calls on each hardware thread.
#
# Convention (64-bit mode, no ABI of anybody else):
#   r1        stack, grows down; 256 bytes below it may be used without moving it
#   r3..r10   arguments, r12 = address of the kernel's first instruction (its constants are addressed from
#   there)
#   r27..r31  belong to the runtime; everything else but r1 a kernel may overwrite, r2 and r13 too
#   kernels return with blr and call nothing
#
# Thread block (r31), one a hardware thread, 128 bytes, written by the host before the first start:
.set THREAD_TAPE, 0          # first entry of the tape to run next
.set THREAD_CURRENT, 4       # entry under way, for observers
.set THREAD_DONE, 8          # value of go when the last tape was finished
.set THREAD_THREADS, 12      # threads that meet at barriers
.set THREAD_BARRIER, 16      # address of the barrier block
.set THREAD_CONTROL, 20      # address of the control block

# Control block, one for all; the host writes token, position and go between tapes, nothing else.
.set CONTROL_GO, 8           # 0 nothing to do, bit 0 forward pass, bit 1 draw the next token as well

# Tape entry, 64 bytes: kernel (0 ends the tape), flags, r3..r10. The entry that ends a tape has in its first
# argument the tape to run next time.
.set ENTRY_KERNEL, 0
.set ENTRY_FLAGS, 4          # bit 0: barrier after the call; bits 8..15: bits that go must have, otherwise
                             # entry and barrier are skipped
.set ENTRY_ARGUMENTS, 8
.set ENTRY_BYTES, 64

# Barrier block: threads arrived so far in its first word, generation on a line of its own, so that those who
# wait for the generation do not disturb those who still arrive.
.set BARRIER_ARRIVED, 0
.set BARRIER_GENERATION, 128

        .globl start, dispatch, call, returned, barrier, spin_begin, spin_end, nothing
start:
        lwz     r29,THREAD_CONTROL(r31)
        lwz     r28,CONTROL_GO(r29)
        lwz     r30,THREAD_TAPE(r31)
        cmpwi   r28,0
        beq     stop

        .align  4
dispatch:
        lwz     r12,ENTRY_KERNEL(r30)
        lwz     r27,ENTRY_FLAGS(r30)
        stw     r30,THREAD_CURRENT(r31)
        mtctr   r12
        cmpwi   r12,0
        lwz     r3,ENTRY_ARGUMENTS+0(r30)
        lwz     r4,ENTRY_ARGUMENTS+4(r30)
        lwz     r5,ENTRY_ARGUMENTS+8(r30)
        lwz     r6,ENTRY_ARGUMENTS+12(r30)
        lwz     r7,ENTRY_ARGUMENTS+16(r30)
        lwz     r8,ENTRY_ARGUMENTS+20(r30)
        lwz     r9,ENTRY_ARGUMENTS+24(r30)
        lwz     r10,ENTRY_ARGUMENTS+28(r30)
        beq     finished
        rlwinm  r11,r27,24,24,31
        andc    r11,r11,r28
        cmpwi   r11,0
        bne     skipped
        addi    r11,r30,2*ENTRY_BYTES
        dcbt    0,r11
call:
        bctrl
returned:
        rlwinm  r11,r27,0,31,31
        addi    r30,r30,ENTRY_BYTES
        cmpwi   r11,0
        beq     dispatch

# All threads of the program meet here. The last one to arrive opens the next generation.
barrier:
        lwz     r5,THREAD_BARRIER(r31)
        lwz     r6,THREAD_THREADS(r31)
        lwsync
        lwz     r7,BARRIER_GENERATION(r5)
arrive:
        lwarx   r8,0,r5
        addi    r8,r8,1
        stwcx.  r8,0,r5
        bne-    arrive
        cmpw    r8,r6
        bne     wait
        li      r0,0
        stw     r0,BARRIER_ARRIVED(r5)
        lwsync
        addi    r7,r7,1
        stw     r7,BARRIER_GENERATION(r5)
        b       dispatch
wait:
        cctpl                           # low priority while waiting: the sibling thread gets the issue slots
spin_begin:
        lwz     r8,BARRIER_GENERATION(r5)
        cmpw    r8,r7
        bne     spin_end
        db16cyc
        b       spin_begin
spin_end:
        cctpm
        isync
        b       dispatch

skipped:
        addi    r30,r30,ENTRY_BYTES
        b       dispatch

finished:
        stw     r3,THREAD_TAPE(r31)
        stw     r28,THREAD_DONE(r31)
stop:
        li      r0,0                    # system call 0: this thread is done with this token
        sc
        b       start

nothing:
        blr

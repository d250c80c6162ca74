/*
 * Executes single instructions on a big-endian ppc64 CPU (for instance qemu-ppc64) for test/engine/qemu.test.ts.
 * Reads records from standard input, executes the instruction of each on its registers and memory, and writes the
 * records back as the instruction leaves them. All numbers are big-endian. r31 points to the record: instructions
 * must not write it.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define MEMORY_ADDRESS 0x18000000UL
#define RECORD_ADDRESS 0x18100000UL
#define MEMORY_BYTES 256

struct record {
  uint64_t gpr[32];
  uint64_t fpr[32];
  uint8_t vr[32][16];
  uint64_t cr, xer, lr, ctr, fpscr, word;
  uint8_t vscr[16];
  uint8_t memory[MEMORY_BYTES];
};

/* Offsets used below: vr 512, cr 1024, xer 1032, lr 1040, ctr 1048, fpscr 1056, vscr 1072, own data from 2048. */
__asm__(
  ".machine altivec\n"
  ".macro each first, last, what:vararg\n .set n, \\first\n .rept \\last - \\first + 1\n \\what\n .set n, n + 1\n .endr\n"
  ".endm\n"
  ".globl template_start, template_slot, template_end\n"
  ".data\n .balign 16\n"
  "template_start:\n"
  " mflr 0\n std 0, 16(1)\n stdu 1, -1024(1)\n mfcr 0\n std 0, 40(1)\n"
  " each 14, 31, std n, 48 + 8 * (n - 14)(1)\n"
  " each 14, 31, stfd n, 200 + 8 * (n - 14)(1)\n"
  " li 0, 400\n"
  " .set n, 20\n .rept 12\n stvx n, 1, 0\n addi 0, 0, 0\n li 0, 400 + 16 * (n - 19)\n .set n, n + 1\n .endr\n"
  " mr 31, 3\n std 1, 2048(31)\n std 2, 2056(31)\n std 13, 2064(31)\n"
  " lfd 0, 1056(31)\n mtfsf 255, 0\n"
  " li 4, 1072\n lvx 0, 31, 4\n mtvscr 0\n"
  " .set n, 0\n .rept 32\n li 4, 512 + 16 * n\n lvx n, 31, 4\n .set n, n + 1\n .endr\n"
  " each 0, 31, lfd n, 256 + 8 * n(31)\n"
  " ld 4, 1024(31)\n mtcrf 255, 4\n ld 4, 1032(31)\n mtxer 4\n ld 4, 1040(31)\n mtlr 4\n ld 4, 1048(31)\n mtctr 4\n"
  " each 0, 30, ld n, 8 * n(31)\n"
  "template_slot:\n"
  " nop\n"
  " each 0, 30, std n, 8 * n(31)\n"
  " mfcr 4\n std 4, 1024(31)\n mfxer 4\n std 4, 1032(31)\n mflr 4\n std 4, 1040(31)\n mfctr 4\n std 4, 1048(31)\n"
  " each 0, 31, stfd n, 256 + 8 * n(31)\n"
  " .set n, 0\n .rept 32\n li 4, 512 + 16 * n\n stvx n, 31, 4\n .set n, n + 1\n .endr\n"
  " mffs 0\n stfd 0, 1056(31)\n mfvscr 0\n li 4, 1072\n stvx 0, 31, 4\n"
  " ld 1, 2048(31)\n ld 2, 2056(31)\n ld 13, 2064(31)\n"
  " li 4, 0\n std 4, 2072(31)\n lfd 0, 2072(31)\n mtfsf 255, 0\n"
  " li 0, 400\n"
  " .set n, 20\n .rept 12\n lvx n, 1, 0\n li 0, 400 + 16 * (n - 19)\n .set n, n + 1\n .endr\n"
  " each 14, 30, ld n, 48 + 8 * (n - 14)(1)\n"
  " each 14, 31, lfd n, 200 + 8 * (n - 14)(1)\n"
  " ld 31, 48 + 8 * 17(1)\n"
  " ld 0, 40(1)\n mtcrf 255, 0\n addi 1, 1, 1024\n ld 0, 16(1)\n mtlr 0\n blr\n"
  "template_end:\n"
  ".text\n");
extern char template_start[], template_slot[], template_end[];

/* An illegal instruction is stepped over, and its word in the record becomes ones. It may have any r1: own stack. */
static void on_illegal(int signal, siginfo_t *info, void *context) {
  ucontext_t *user = context;
  (void)signal;
  (void)info;
  ((struct record *)RECORD_ADDRESS)->word = ~0UL;
  user->uc_mcontext.gp_regs[32] += 4;
}

int main(void) {
  static char handler_stack[65536];
  stack_t stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
  struct sigaction action = {.sa_sigaction = on_illegal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaltstack(&stack, 0);
  sigaction(SIGILL, &action, 0);
  int every = PROT_READ | PROT_WRITE | PROT_EXEC;
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  char *code = mmap(0, 65536, every, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *memory = mmap((void *)MEMORY_ADDRESS, 65536, PROT_READ | PROT_WRITE, flags, -1, 0);
  struct record *record = mmap((void *)RECORD_ADDRESS, 65536, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (code == MAP_FAILED || memory == MAP_FAILED || record == MAP_FAILED) return 3;
  memcpy(code, template_start, template_end - template_start);
  uint32_t *slot = (uint32_t *)(code + (template_slot - template_start));
  /* An ELFv1 function descriptor. */
  void *descriptor[3] = {code, 0, 0};
  void (*run)(struct record *) = (void (*)(struct record *))descriptor;
  while (fread(record, sizeof *record, 1, stdin) == 1) {
    memcpy(memory, record->memory, MEMORY_BYTES);
    *slot = (uint32_t)record->word;
    __builtin___clear_cache((char *)slot, (char *)(slot + 1));
    run(record);
    memcpy(record->memory, memory, MEMORY_BYTES);
    fwrite(record, sizeof *record, 1, stdout);
  }
  return 0;
}

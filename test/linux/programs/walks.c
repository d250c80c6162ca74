/*
 * Walks over memory without a C library and on a stack of its own, so that every access has the same address
 * everywhere: a small matrix product, strided and sequential walks, and jumps in no order. How much memory they
 * cover is chosen at compile time.
 */
#ifndef WORDS
#define WORDS (64 * 1024)
#endif
enum { N = 48, STACK = 4096 };
static unsigned words[WORDS] __attribute__((aligned(128)));
static float a[N][N], b[N][N], c[N][N];
char stack[STACK] __attribute__((aligned(128)));

static void product(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      float sum = 0;
      for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
}

void walk(void) {
  unsigned state = 1, sum = 0;
  {
    product();
    for (unsigned i = 0; i < WORDS; i++) words[i] += i;
    for (unsigned stride = 16; stride <= 4096; stride *= 4)
      for (unsigned i = 0; i < WORDS; i += stride) sum += words[i];
    for (int i = 0; i < 60000; i++) {
      state = state * 1664525u + 1013904223u;
      words[(state >> 8) % WORDS] = sum += words[(state >> 4) % WORDS];
    }
  }
  register long number __asm__("r0") = 234, status __asm__("r3") = 0;
  __asm__ volatile("sc" : : "r"(number), "r"(status));
}

/* The C part takes its frame from the stack above. */
__asm__(
    ".section .opd,\"aw\"\n.globl _start\n_start: .quad begin, .TOC.@tocbase, 0\n"
    ".text\nbegin: addis 1,2,stack@toc@ha\n addi 1,1,stack@toc@l\n addi 1,1,3072\n bl walk\n nop\n");

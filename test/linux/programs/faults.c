/* Ends in the way that its argument says. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int sink;
static double area[2] __attribute__((aligned(16)));
static int grow(int n) {
  volatile char frame[4096];
  frame[n % 4096] = (char)n;
  return grow(n + 1) + frame[(n * 7) % 4096];
}
__attribute__((noinline)) static void store(uintptr_t at) { *(volatile int *)at = 1; }
__attribute__((noinline)) static void load(uintptr_t at) { sink = *(volatile int *)at; }
/* The same in code that has long been hot, a good address before the bad one. */
__attribute__((noinline)) static void hot_store(uintptr_t bad) {
  for (uintptr_t i = 0; i <= 5000; i++) *(volatile int *)(i < 5000 ? (uintptr_t)&sink : bad) = 1;
}
__attribute__((noinline)) static void hot_load(uintptr_t bad) {
  for (uintptr_t i = 0; i <= 5000; i++) sink = *(volatile int *)(i < 5000 ? (uintptr_t)&sink : bad);
}
__attribute__((noinline)) static void hot_double(uintptr_t bad) {
  for (uintptr_t i = 0; i <= 5000; i++) *(volatile double *)(i < 5000 ? (uintptr_t)&area : bad) += 1.0;
}
__attribute__((noinline)) static void hot_vector(uintptr_t bad) {
  for (uintptr_t i = 0; i <= 5000; i++) __asm__ volatile("lvx 0,0,%0" : : "r"(i < 5000 ? (uintptr_t)&area : bad) : "v0");
}
static const int constant = 3;

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  printf("before %s\n", what);
  fflush(stdout);
  if (!strcmp(what, "null-store")) store(8);
  if (!strcmp(what, "null-load")) load(8);
  if (!strcmp(what, "wild-store")) store(0xdeadbee0u);
  if (!strcmp(what, "wild-load")) load(0xdeadbee0u);
  if (!strcmp(what, "read-only")) store((uintptr_t)&constant);
  if (!strcmp(what, "call-null")) ((void (*)(void))argv[argc])();
  if (!strcmp(what, "hot-store")) hot_store(8);
  if (!strcmp(what, "hot-load")) hot_load(8);
  if (!strcmp(what, "hot-wild-store")) hot_store(0xdeadbee0u);
  if (!strcmp(what, "hot-read-only")) hot_store((uintptr_t)&constant);
  if (!strcmp(what, "hot-hole")) hot_load(0x1efffff0u);
  if (!strcmp(what, "hot-double")) hot_double(0x1efffff0u);
  if (!strcmp(what, "hot-vector")) hot_vector(0x20);
  if (!strcmp(what, "hot-beyond")) hot_load((uintptr_t)&sink + ((uintptr_t)1 << (4 * sizeof(uintptr_t))));
  if (!strcmp(what, "stack")) sink = grow(0);
  if (!strcmp(what, "trap")) __builtin_trap();
  if (!strcmp(what, "abort")) abort();
  if (!strcmp(what, "isel")) __asm__ volatile(".long 0x7c64281e");
  if (!strcmp(what, "nothing")) __asm__ volatile(".long 0x00000000");
  if (!strcmp(what, "vmsum")) __asm__ volatile(".long 0x10000824");
  if (!strcmp(what, "unknown-call")) printf("%ld\n", syscall(SYS_pivot_root, 0, 0));
  if (!strcmp(what, "handler")) signal(SIGUSR1, SIG_IGN), raise(SIGUSR1), raise(SIGTERM);
  puts("after");
  return 5;
}

/* Ends in the way that its argument says. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int sink;
static int grow(int n) {
  volatile char frame[4096];
  frame[n % 4096] = (char)n;
  return grow(n + 1) + frame[(n * 7) % 4096];
}
__attribute__((noinline)) static void store(uintptr_t at) { *(volatile int *)at = 1; }
__attribute__((noinline)) static void load(uintptr_t at) { sink = *(volatile int *)at; }
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
  if (!strcmp(what, "hot-store")) for (uintptr_t i = 0; ; i++) store(i < 5000 ? (uintptr_t)&sink : 8);
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

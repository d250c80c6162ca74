/* What a process sees of its start. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

static unsigned char block[256] __attribute__((aligned(128)));

int main(void) {
  volatile int local = 0;
  unsigned char *random = (unsigned char *)getauxval(AT_RANDOM);
  printf("frame %lx\n", (unsigned long)(uintptr_t)&local);
  printf("hwcap %lx\n", getauxval(AT_HWCAP));
  memset(block, 1, sizeof block);
  __asm__ volatile("dcbz 0,%0" ::"r"(block + 64) : "memory");
  int cleared = 0;
  for (unsigned i = 0; i < sizeof block; i++) cleared += block[i] == 0;
  printf("dcbz told %lu cleared %d\n", getauxval(AT_DCACHEBSIZE), cleared);
  printf("secure %lu page %lu\n", getauxval(AT_SECURE), getauxval(AT_PAGESZ));
  printf("random ");
  for (int i = 0; i < 16; i++) printf("%02x", random[i]);
  puts("");
  return 0;
}

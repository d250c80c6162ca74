#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* A function that several threads are in at once, and that the program ends in. */

static float numbers[3 * 4096];
static float sums[3];

__attribute__((noinline)) static float sum(const float *from, int count) {
  float total = 0;
  for (int i = 0; i < count; i++) total += from[i];
  if (count == 1000) exit(7);
  return total;
}

static void *work(void *number) {
  int me = *(int *)number;
  for (int call = 1; call <= 5; call++) sums[me] += sum(numbers + 4096 * me, 500 * (me + 3));
  return 0;
}

int main(int count, char **arguments) {
  pthread_t threads[3];
  int ids[3];
  for (int k = 0; k < 3 * 4096; k++) numbers[k] = k & 15;
  for (int i = 0; i < 3; i++) {
    ids[i] = i;
    pthread_create(&threads[i], 0, work, &ids[i]);
  }
  for (int i = 0; i < 3; i++) pthread_join(threads[i], 0);
  printf("%g %g %g\n", sums[0], sums[1], sums[2]);
  return count > 1 ? sum(numbers, 1000) : 0;
}

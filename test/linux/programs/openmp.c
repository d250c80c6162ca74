/* OpenMP: parallel loops with static and dynamic schedules, reductions, critical sections, nested data. */
#include <omp.h>
#include <stdio.h>

enum { N = 3000 };
static float x[N], w[64][48], y[64];
static int who[N];

int main(void) {
  for (int i = 0; i < N; i++) x[i] = (float)(i % 97) * 0.125f;
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 48; j++) w[i][j] = (float)((i * j) % 11) * 0.25f;
  int sum = 0, critical = 0, single = 0;
#pragma omp parallel for reduction(+ : sum)
  for (int i = 0; i < N; i++) {
    sum += (int)(x[i] * 8);
    who[i] = omp_get_thread_num();
  }
#pragma omp parallel for schedule(dynamic, 4)
  for (int i = 0; i < 64; i++) {
    float value = 0;
    for (int j = 0; j < 48; j++) value += w[i][j] * x[j];
    y[i] = value;
  }
#pragma omp parallel
  {
#pragma omp critical
    critical++;
#pragma omp barrier
#pragma omp single
    single++;
  }
  int used = 0, highest = 0;
  for (int i = 0; i < N; i++) highest = who[i] > highest ? who[i] : highest;
  used = highest + 1;
  float total = 0;
  for (int i = 0; i < 64; i++) total += y[i];
  printf("threads %d used %d\n", omp_get_max_threads(), used);
  printf("sum %d critical %d single %d total %.3f\n", sum, critical, single, total);
  return 0;
}

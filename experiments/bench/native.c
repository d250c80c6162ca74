/* The product of a matrix and a vector, as any C program has it: the measure of how much slower simulating is. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void product(float *out, const float *x, const float *w, int columns, int rows) {
  for (int i = 0; i < rows; i++) {
    float sum = 0.0f;
    for (int j = 0; j < columns; j++) sum += w[(long)i * columns + j] * x[j];
    out[i] = sum;
  }
}

int main(int argc, char **argv) {
  const int columns = 4096, rows = 1024, repeats = argc > 1 ? atoi(argv[1]) : 8;
  float *w = malloc(sizeof(float) * columns * rows), *x = malloc(sizeof(float) * columns);
  float *out = malloc(sizeof(float) * rows);
  for (long i = 0; i < (long)columns * rows; i++) w[i] = (float)(i % 251) / 251.0f;
  for (int j = 0; j < columns; j++) x[j] = (float)(j % 83) / 83.0f;
  double best = 1e30;
  for (int r = 0; r < repeats; r++) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    product(out, x, w, columns, rows);
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (to.tv_sec - from.tv_sec) + (to.tv_nsec - from.tv_nsec) / 1e9;
    if (seconds < best) best = seconds;
  }
  /* Nanoseconds a multiply-add; the sum keeps the work from being left out. */
  printf("%.6f %g\n", best * 1e9 / ((double)columns * rows), out[0] + out[rows - 1]);
  return 0;
}

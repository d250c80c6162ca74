/*
 * Products of a matrix with vectors, as many as the first argument says, with whatever instructions the compiler
 * chooses: one fused multiply-add after the other at -O2, four sums side by side at -O3 -ffast-math.
 */
#include <stdio.h>
#include <stdlib.h>

static float matrix[128 * 128] __attribute__((aligned(16)));
static float x[128] __attribute__((aligned(16))), y[128] __attribute__((aligned(16)));

__attribute__((noinline)) static void product(float *out, const float *in, const float *weights, int n) {
  for (int row = 0; row < n; row++) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++) sum += weights[row * n + i] * in[i];
    out[row] = sum;
  }
}

/* Keeps the numbers near one, so that nothing overflows or vanishes however often this runs. */
__attribute__((noinline)) static void mix(float *to, const float *from, int n) {
  for (int i = 0; i < n; i++) to[i] = 0.5f * to[i] + 0.125f * from[i] + 0.25f;
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 100, n = argc > 2 ? atoi(argv[2]) : 128;
  unsigned state = 1;
  for (int i = 0; i < n * n; i++) {
    state = state * 1664525u + 1013904223u;
    matrix[i] = (float)(state >> 8) / (1 << 26) - 0.125f;
  }
  for (int i = 0; i < n; i++) x[i] = 1.0f;
  for (int i = 0; i < count; i++) {
    product(y, x, matrix, n);
    mix(x, y, n);
  }
  float sum = 0.0f;
  for (int i = 0; i < n; i++) sum += x[i];
  printf("%.4f\n", sum);
  return 0;
}

/* Matrix code in single and double precision, and integer loops that compilers vectorise. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 37, M = 256 };
static float a[N][N], b[N][N], c[N][N];
static double d[N][N], e[N][N];
static int32_t ints[M], more[M];
static uint8_t bytes[M], other[M];
static int16_t halves[M];
static float x[M], y[M];

int main(void) {
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = (float)((i * 7 + j * 3) % 17) * 0.25f - 2;
      b[i][j] = (float)((i * 5 + j * 11) % 13) * 0.5f - 3;
      d[i][j] = i == j ? 40 + i : 1.0 / (1 + i + j);
    }
  for (int i = 0; i < N; i++)
    for (int k = 0; k < N; k++)
      for (int j = 0; j < N; j++) c[i][j] += a[i][k] * b[k][j];
  double trace = 0;
  for (int i = 0; i < N; i++) trace += c[i][i] + c[i][(i * 3) % N] * 0.001;
  printf("single %.9g\n", trace);
  memcpy(e, d, sizeof d);
  double determinant = 0;
  for (int k = 0; k < N; k++) {
    determinant += log(fabs(e[k][k]));
    for (int i = k + 1; i < N; i++) {
      double f = e[i][k] / e[k][k];
      for (int j = k; j < N; j++) e[i][j] -= f * e[k][j];
    }
  }
  printf("double %.12g\n", determinant);
  for (int i = 0; i < M; i++) {
    ints[i] = i * 1103515245 + 12345;
    bytes[i] = (uint8_t)(ints[i] >> 16);
    halves[i] = (int16_t)(ints[i] >> 8);
    x[i] = (float)(ints[i] >> 20) / 64.0f;
  }
  int32_t sum = 0, most = 0, ors = 0;
  for (int i = 0; i < M; i++) more[i] = (ints[i] ^ (ints[i] >> 7)) + (ints[i] << 3);
  for (int i = 0; i < M; i++) sum += more[i];
  for (int i = 0; i < M; i++) most = more[i] > most ? more[i] : most;
  for (int i = 0; i < M; i++) ors |= more[i] & 0xff00ff;
  for (int i = 0; i < M; i++) other[i] = bytes[i] > 127 ? 255 - bytes[i] : bytes[i] + 3;
  for (int i = 0; i < M; i++) halves[i] = (int16_t)(halves[i] - other[i]);
  int checks = 0;
  for (int i = 0; i < M; i++) checks = checks * 31 + other[i] + halves[i];
  printf("integer %d %d %d %d\n", sum, most, ors, checks);
  float dot = 0, top = -1e30f;
  for (int i = 0; i < M; i++) y[i] = fmaxf(x[i], 0) * 0.5f + x[M - 1 - i];
  for (int i = 0; i < M; i++) dot += x[i] * y[i];
  for (int i = 0; i < M; i++) top = y[i] > top ? y[i] : top;
  int32_t rounded = 0;
  for (int i = 0; i < M; i++) rounded += (int32_t)y[i];
  printf("vector %.7g %.7g %d\n", dot, top, rounded);
  float norm = 0;
  for (int i = 0; i < M; i++) norm += x[i] * x[i];
  float scale = 1.0f / sqrtf(norm / M + 1e-5f);
  for (int i = 0; i < M; i++) y[i] = x[i] * scale;
  printf("norm %.5g %.5g %.5g\n", scale, y[3], y[200]);
  return 0;
}

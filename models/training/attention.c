/* Causal grouped-query attention with interleaved rotary positions, forward and
 * backward, for train.py. Keys and values are kept as [component][position], so
 * every inner loop runs over positions; probabilities are recomputed backward.
 *   cc -O3 -march=native -ffast-math -fno-associative-math -shared -fPIC attention.c -o attention.so -lm
 */
#include <math.h>
#include <string.h>

#define HEAD 8
#define HEADS 8
#define KV 4
#define ROW ((HEADS + 2 * KV) * HEAD)
#define MAXN 512
typedef float v8 __attribute__((vector_size(32)));
#define V(p) (*(v8 *)(p))

/* Rows are handled in blocks of eight positions; those after the row's own get probability 0. */
static float kt[HEAD][MAXN] __attribute__((aligned(32))), vt[HEAD][MAXN] __attribute__((aligned(32)));
static float dkt[HEAD][MAXN] __attribute__((aligned(32))), dvt[HEAD][MAXN] __attribute__((aligned(32)));
static float s[MAXN] __attribute__((aligned(32))), ds[MAXN] __attribute__((aligned(32)));

typedef int i8 __attribute__((vector_size(32)));
static inline v8 pick(i8 m, v8 a, v8 b) { return (v8)(((i8)a & m) | ((i8)b & ~m)); }

/* e^x for x <= 0, to about 2e-7: 2^n times a polynomial */
static inline v8 expv(v8 x) {
  x = pick(x < -80.0f, (v8){} - 80.0f, x);
  const v8 y = x * 1.44269504f;
  const v8 magic = (v8){} + 12582912.0f;
  const v8 n = (y + magic) - magic;
  const v8 f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  v8 p = (v8){} + 1.9875691500e-4f;
  p = p * f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  p = p * f * f + f + 1.0f;
  const i8 e = (__builtin_convertvector(n, i8) + 127) << 23;
  v8 two;
  memcpy(&two, &e, sizeof two);
  return p * two;
}

static inline float add(v8 x) { return ((x[0] + x[4]) + (x[1] + x[5])) + ((x[2] + x[6]) + (x[3] + x[7])); }

static void rotate(const float *x, float *y, const float *c, const float *sn, float sign) {
  for (int i = 0; i < HEAD / 2; i++) {
    float a = x[2 * i], b = x[2 * i + 1];
    y[2 * i] = a * c[i] - sign * b * sn[i];
    y[2 * i + 1] = sign * a * sn[i] + b * c[i];
  }
}

static void load_group(const float *x, int n, int g, const float *cs, const float *sn) {
  for (int j = 0; j < n; j++) {
    float k[HEAD];
    const float *row = x + (long)j * ROW;
    rotate(row + (HEADS + g) * HEAD, k, cs + j * HEAD / 2, sn + j * HEAD / 2, 1);
    for (int d = 0; d < HEAD; d++) {
      kt[d][j] = k[d];
      vt[d][j] = row[(HEADS + KV + g) * HEAD + d];
    }
  }
}

void forward(const float *qkv, float *out, float *lse, int batch, int n, const float *cs, const float *sn) {
  const float scale = 1 / sqrtf(HEAD);
  for (int b = 0; b < batch; b++) {
    const float *x = qkv + (long)b * n * ROW;
    for (int g = 0; g < KV; g++) {
      load_group(x, n, g, cs, sn);
      for (int h = g * (HEADS / KV); h < (g + 1) * (HEADS / KV); h++)
        for (int i = 0; i < n; i++) {
          float q[HEAD], y[HEAD], m = -1e30f, sum = 0;
          rotate(x + (long)i * ROW + h * HEAD, q, cs + i * HEAD / 2, sn + i * HEAD / 2, 1);
          for (int d = 0; d < HEAD; d++) q[d] *= scale;
          v8 top = (v8){} - 1e30f;
          for (int j = 0; j <= i; j += 8) {
            v8 a = q[0] * V(&kt[0][j]);
            for (int d = 1; d < HEAD; d++) a += q[d] * V(&kt[d][j]);
            V(s + j) = a;
            top = pick(a > top, a, top);
          }
          for (int d = 0; d < 8; d++) m = top[d] > m ? top[d] : m; /* may include later positions: only a shift */
          v8 acc[HEAD] = {}, total = {};
          for (int j = 0; j <= i; j += 8) {
            v8 p = expv(V(s + j) - m);
            if (j + 8 > i + 1)
              for (int e = 0; e < 8; e++) p[e] = j + e <= i ? p[e] : 0;
            total += p;
            for (int d = 0; d < HEAD; d++) acc[d] += p * V(&vt[d][j]);
          }
          sum = add(total);
          for (int d = 0; d < HEAD; d++) y[d] = add(acc[d]) / sum;
          memcpy(out + ((long)b * n + i) * HEADS * HEAD + h * HEAD, y, sizeof y);
          lse[((long)b * HEADS + h) * n + i] = m + logf(sum);
        }
    }
  }
}

void backward(const float *qkv, const float *out, const float *lse, const float *dout, float *dqkv, int batch, int n,
              const float *cs, const float *sn) {
  const float scale = 1 / sqrtf(HEAD);
  for (int b = 0; b < batch; b++) {
    const float *x = qkv + (long)b * n * ROW;
    float *dx = dqkv + (long)b * n * ROW;
    for (int g = 0; g < KV; g++) {
      load_group(x, n, g, cs, sn);
      memset(dkt, 0, sizeof dkt);
      memset(dvt, 0, sizeof dvt);
      for (int h = g * (HEADS / KV); h < (g + 1) * (HEADS / KV); h++)
        for (int i = 0; i < n; i++) {
          float q[HEAD], dq[HEAD], dy[HEAD], dot = 0;
          const float l = lse[((long)b * HEADS + h) * n + i];
          const long at = ((long)b * n + i) * HEADS * HEAD + h * HEAD;
          rotate(x + (long)i * ROW + h * HEAD, q, cs + i * HEAD / 2, sn + i * HEAD / 2, 1);
          for (int d = 0; d < HEAD; d++) {
            q[d] *= scale;
            dy[d] = dout[at + d];
            dot += dy[d] * out[at + d];
          }
          const int end = (i + 8) & ~7;
          for (int j = 0; j < end; j += 8) {
            v8 a = q[0] * V(&kt[0][j]), p = dy[0] * V(&vt[0][j]);
            for (int d = 1; d < HEAD; d++) {
              a += q[d] * V(&kt[d][j]);
              p += dy[d] * V(&vt[d][j]);
            }
            a = expv(a - l);
            V(s + j) = a;
            V(ds + j) = a * (p - dot);
          }
          for (int j = i + 1; j < end; j++) s[j] = ds[j] = 0;
          for (int d = 0; d < HEAD; d++) {
            v8 a = {};
            const float qd = q[d], dyd = dy[d];
            float *dk = dkt[d], *dv = dvt[d], *k = kt[d];
            for (int j = 0; j < end; j += 8) {
              const v8 w = V(ds + j);
              a += w * V(k + j);
              V(dk + j) += w * qd;
              V(dv + j) += V(s + j) * dyd;
            }
            dq[d] = add(a) * scale;
          }
          rotate(dq, dx + (long)i * ROW + h * HEAD, cs + i * HEAD / 2, sn + i * HEAD / 2, -1);
        }
      for (int j = 0; j < n; j++) {
        float k[HEAD];
        float *row = dx + (long)j * ROW;
        for (int d = 0; d < HEAD; d++) {
          k[d] = dkt[d][j];
          row[(HEADS + KV + g) * HEAD + d] = dvt[d][j];
        }
        rotate(k, row + (HEADS + g) * HEAD, cs + j * HEAD / 2, sn + j * HEAD / 2, -1);
      }
    }
  }
}

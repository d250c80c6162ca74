/* Causal grouped-query attention with interleaved rotary positions, forward and
 * backward, for train.py. Keys and values are kept as [component][position], so
 * every inner loop runs over positions; probabilities are recomputed backward.
 *   cc -O3 -march=native -ffast-math -shared -fPIC attention.c -o attention.so -lm
 */
#include <math.h>
#include <string.h>

#define HEAD 8
#define HEADS 8
#define KV 4
#define ROW ((HEADS + 2 * KV) * HEAD)
#define MAXN 512

static float kt[HEAD][MAXN], vt[HEAD][MAXN], dkt[HEAD][MAXN], dvt[HEAD][MAXN];
static float s[MAXN], ds[MAXN];

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
          for (int j = 0; j <= i; j++) {
            float a = 0;
            for (int d = 0; d < HEAD; d++) a += q[d] * kt[d][j];
            s[j] = a;
            m = a > m ? a : m;
          }
          for (int j = 0; j <= i; j++) {
            s[j] = expf(s[j] - m);
            sum += s[j];
          }
          for (int d = 0; d < HEAD; d++) {
            float a = 0;
            for (int j = 0; j <= i; j++) a += s[j] * vt[d][j];
            y[d] = a / sum;
          }
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
          for (int j = 0; j <= i; j++) {
            float a = 0, p = 0;
            for (int d = 0; d < HEAD; d++) {
              a += q[d] * kt[d][j];
              p += dy[d] * vt[d][j];
            }
            a = expf(a - l);
            s[j] = a;
            ds[j] = a * (p - dot);
          }
          for (int d = 0; d < HEAD; d++) {
            float a = 0;
            const float qd = q[d], dyd = dy[d];
            for (int j = 0; j <= i; j++) {
              a += ds[j] * kt[d][j];
              dkt[d][j] += ds[j] * qd;
              dvt[d][j] += s[j] * dyd;
            }
            dq[d] = a * scale;
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

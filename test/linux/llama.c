/*
 * A Llama forward pass in plain C, for checkpoints in the first format of llama2.c (header of seven little-endian
 * words, then float32 tensors) and its tokenizer files. Generates greedily from given token ids and prints the
 * text; with a third number, a checksum of the bits of every position's logits as well.
 *
 *   llama MODEL TOKENIZER STEPS ID[,ID...] [sums]
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int width, hidden, layers, heads, kv_heads, words, longest;
} Shape;

/* Where each tensor begins in the checkpoint's floats. */
typedef struct {
  float *embedding, *norm_attention, *wq, *wk, *wv, *wo, *norm_ffn, *w1, *w2, *w3, *norm_last, *classifier;
} Weights;

typedef struct {
  float *x, *normed, *q, *gate, *up, *mixed, *projected, *scores, *keys, *values, *logits;
} State;

static void *take(size_t bytes) {
  void *block = calloc(1, bytes);
  if (block == NULL) {
    fprintf(stderr, "no memory for %zu bytes\n", bytes);
    exit(2);
  }
  return block;
}

/* A whole file; the size goes to *bytes. */
static unsigned char *slurp(const char *path, size_t *bytes) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  fseek(file, 0, SEEK_END);
  *bytes = (size_t)ftell(file);
  rewind(file);
  unsigned char *content = take(*bytes + 1);
  if (fread(content, 1, *bytes, file) != *bytes) exit(2);
  fclose(file);
  return content;
}

static uint32_t word_at(const unsigned char *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void load(const char *path, Shape *shape, Weights *weights) {
  size_t bytes;
  unsigned char *content = slurp(path, &bytes);
  int header[7];
  for (int i = 0; i < 7; i++) header[i] = (int)word_at(content + 4 * i);
  int shared = header[5] > 0;
  *shape = (Shape){header[0], header[1], header[2], header[3], header[4], abs(header[5]), header[6]};
  size_t count = (bytes - 28) / 4;
  float *floats = take(count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    union {
      uint32_t bits;
      float value;
    } u = {word_at(content + 28 + 4 * i)};
    floats[i] = u.value;
  }
  free(content);
  size_t layers = (size_t)shape->layers, width = (size_t)shape->width, hidden = (size_t)shape->hidden;
  size_t kv = width / (size_t)shape->heads * (size_t)shape->kv_heads;
  size_t sizes[] = {(size_t)shape->words * width, layers * width, layers * width * width, layers * width * kv, layers * width * kv,
                    layers * width * width, layers * width, layers * width * hidden, layers * width * hidden, layers * width * hidden, width};
  float **places[] = {&weights->embedding, &weights->norm_attention, &weights->wq, &weights->wk, &weights->wv, &weights->wo,
                      &weights->norm_ffn, &weights->w1, &weights->w2, &weights->w3, &weights->norm_last};
  float *next = floats;
  for (int i = 0; i < 11; i++) {
    *places[i] = next;
    next += sizes[i];
  }
  /* Two tables of angles that nobody reads stand before a classifier of its own. */
  next += (size_t)shape->longest * (width / (size_t)shape->heads);
  weights->classifier = shared ? weights->embedding : next;
}

__attribute__((noinline)) static void normalise(float *out, const float *x, const float *gain, int n) {
  float squares = 0.0f;
  for (int i = 0; i < n; i++) squares += x[i] * x[i];
  float scale = 1.0f / sqrtf(squares / n + 1e-5f);
  for (int i = 0; i < n; i++) out[i] = gain[i] * (scale * x[i]);
}

/* out[rows] = matrix[rows][n] times x[n] */
__attribute__((noinline)) static void product(float *out, const float *x, const float *matrix, int n, int rows) {
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
  for (int row = 0; row < rows; row++) {
    float sum = 0.0f;
    for (int i = 0; i < n; i++) sum += matrix[(size_t)row * n + i] * x[i];
    out[row] = sum;
  }
}

__attribute__((noinline)) static void softmax(float *x, int n) {
  float most = x[0], sum = 0.0f;
  for (int i = 1; i < n; i++)
    if (x[i] > most) most = x[i];
  for (int i = 0; i < n; i++) {
    x[i] = expf(x[i] - most);
    sum += x[i];
  }
  for (int i = 0; i < n; i++) x[i] /= sum;
}

__attribute__((noinline)) static void rotate(float *v, int n, int head, int position) {
  for (int i = 0; i < n; i += 2) {
    float angle = position * (1.0f / powf(10000.0f, (float)(i % head) / (float)head));
    float c = cosf(angle), s = sinf(angle), a = v[i], b = v[i + 1];
    v[i] = a * c - b * s;
    v[i + 1] = a * s + b * c;
  }
}

__attribute__((noinline)) static void attend(const Shape *shape, State *state, const float *keys, const float *values, int position) {
  int head = shape->width / shape->heads, kv = head * shape->kv_heads, group = shape->heads / shape->kv_heads;
  for (int h = 0; h < shape->heads; h++) {
    const float *q = state->q + h * head;
    float *scores = state->scores + (size_t)h * shape->longest, *out = state->mixed + h * head;
    for (int t = 0; t <= position; t++) {
      const float *k = keys + (size_t)t * kv + h / group * head;
      float dot = 0.0f;
      for (int i = 0; i < head; i++) dot += q[i] * k[i];
      scores[t] = dot / sqrtf((float)head);
    }
    softmax(scores, position + 1);
    memset(out, 0, (size_t)head * sizeof(float));
    for (int t = 0; t <= position; t++) {
      const float *v = values + (size_t)t * kv + h / group * head;
      for (int i = 0; i < head; i++) out[i] += scores[t] * v[i];
    }
  }
}

__attribute__((noinline)) float *forward(const Shape *shape, const Weights *w, State *state, int token, int position) {
  int width = shape->width, hidden = shape->hidden, head = width / shape->heads, kv = head * shape->kv_heads;
  float *x = state->x;
  memcpy(x, w->embedding + (size_t)token * width, (size_t)width * sizeof(float));
  for (int layer = 0; layer < shape->layers; layer++) {
    size_t l = (size_t)layer, square = (size_t)width * width, narrow = (size_t)width * kv, wide = (size_t)width * hidden;
    float *keys = state->keys + l * shape->longest * kv, *values = state->values + l * shape->longest * kv;
    float *key = keys + (size_t)position * kv, *value = values + (size_t)position * kv;
    normalise(state->normed, x, w->norm_attention + l * width, width);
    product(state->q, state->normed, w->wq + l * square, width, width);
    product(key, state->normed, w->wk + l * narrow, width, kv);
    product(value, state->normed, w->wv + l * narrow, width, kv);
    rotate(state->q, width, head, position);
    rotate(key, kv, head, position);
    attend(shape, state, keys, values, position);
    product(state->projected, state->mixed, w->wo + l * square, width, width);
    for (int i = 0; i < width; i++) x[i] += state->projected[i];
    normalise(state->normed, x, w->norm_ffn + l * width, width);
    product(state->gate, state->normed, w->w1 + l * wide, width, hidden);
    product(state->up, state->normed, w->w3 + l * wide, width, hidden);
    for (int i = 0; i < hidden; i++) state->gate[i] = state->gate[i] * (1.0f / (1.0f + expf(-state->gate[i]))) * state->up[i];
    product(state->projected, state->gate, w->w2 + l * wide, hidden, width);
    for (int i = 0; i < width; i++) x[i] += state->projected[i];
  }
  normalise(x, x, w->norm_last, width);
  product(state->logits, x, w->classifier, width, shape->words);
  return state->logits;
}

/* FNV-1a over the bits of the logits. */
static uint32_t checksum(const float *logits, int n) {
  uint32_t sum = 2166136261u;
  for (int i = 0; i < n; i++) {
    union {
      float value;
      uint32_t bits;
    } u = {logits[i]};
    for (int k = 0; k < 32; k += 8) sum = (sum ^ ((u.bits >> k) & 255)) * 16777619u;
  }
  return sum;
}

static void print_piece(const char *piece, int after_start) {
  unsigned byte;
  if (after_start && *piece == ' ') piece++;
  if (sscanf(piece, "<0x%02X>", &byte) == 1) putchar((int)byte);
  else fputs(piece, stdout);
}

int main(int argc, char **argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: llama MODEL TOKENIZER STEPS ID[,ID...] [sums]\n");
    return 1;
  }
  Shape shape;
  Weights weights;
  load(argv[1], &shape, &weights);
  size_t bytes, longest = (size_t)shape.longest, width = (size_t)shape.width, hidden = (size_t)shape.hidden;
  size_t kv = width / (size_t)shape.heads * (size_t)shape.kv_heads, cache = (size_t)shape.layers * longest * kv;
  unsigned char *file = slurp(argv[2], &bytes);
  char **pieces = take((size_t)shape.words * sizeof *pieces);
  const unsigned char *at = file + 4;
  for (int i = 0; i < shape.words; i++) {
    size_t length = word_at(at + 4);
    pieces[i] = take(length + 1);
    memcpy(pieces[i], at + 8, length);
    at += 8 + length;
  }
  State state = {take(4 * width), take(4 * width), take(4 * width), take(4 * hidden), take(4 * hidden), take(4 * width),
                 take(4 * width), take(4 * longest * (size_t)shape.heads), take(4 * cache), take(4 * cache), take(4 * (size_t)shape.words)};
  int steps = atoi(argv[3]), sums = argc > 5;
  if (steps > shape.longest) steps = shape.longest;
  char *prompt = argv[4];
  int token = (int)strtol(prompt, &prompt, 10);
  for (int position = 0; position < steps; position++) {
    float *logits = forward(&shape, &weights, &state, token, position);
    if (sums) printf("%d %08x\n", position, checksum(logits, shape.words));
    int next = 0;
    if (*prompt == ',') next = (int)strtol(prompt + 1, &prompt, 10);
    else
      for (int i = 1; i < shape.words; i++)
        if (logits[i] > logits[next]) next = i;
    if (next == 1) break;
    if (!sums) print_piece(pieces[next], token == 1);
    token = next;
  }
  if (!sums) putchar('\n');
  return 0;
}

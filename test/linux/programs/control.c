/* Sorting, searching, recursion, setjmp, function pointers, variable arguments, 64-bit arithmetic, exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  int key;
  char name[12];
  double weight;
} Item;

static uint64_t state = 42;
static uint32_t next(void) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (uint32_t)((state * 0x2545F4914F6CDD1DULL) >> 32);
}

static int by_key(const void *a, const void *b) { return ((const Item *)a)->key - ((const Item *)b)->key; }
static int by_weight(const void *a, const void *b) {
  double x = ((const Item *)a)->weight, y = ((const Item *)b)->weight;
  return (x > y) - (x < y);
}
static int ackermann(int m, int n) { return m == 0 ? n + 1 : ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1)); }

static int queens(int n, int row, unsigned columns, unsigned left, unsigned right) {
  if (row == n) return 1;
  int count = 0;
  for (unsigned free = ~(columns | left | right) & ((1u << n) - 1); free; free &= free - 1) {
    unsigned bit = free & -free;
    count += queens(n, row + 1, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

static double total(int n, ...) {
  va_list list;
  double sum = 0;
  va_start(list, n);
  for (int i = 0; i < n; i++) sum += i % 3 == 0 ? va_arg(list, int) : i % 3 == 1 ? va_arg(list, double) : (double)va_arg(list, long long);
  va_end(list);
  return sum;
}

static jmp_buf back;
static void deep(int n, double keep) {
  volatile double local = keep * 2;
  if (n == 0) longjmp(back, 17);
  deep(n - 1, local);
}

int main(int argc, char **argv) {
  enum { N = 300 };
  static Item items[N];
  for (int i = 0; i < N; i++) {
    items[i].key = (int)(next() % 1000);
    items[i].weight = next() / 4294967296.0;
    snprintf(items[i].name, sizeof items[i].name, "n%d", items[i].key);
  }
  qsort(items, N, sizeof *items, by_weight);
  printf("%s %s %.6f\n", items[0].name, items[N - 1].name, items[N / 2].weight);
  qsort(items, N, sizeof *items, by_key);
  for (int i = 0; i < N; i += 37) printf("%d %s %.6f\n", items[i].key, items[i].name, items[i].weight);
  Item wanted = {.key = items[100].key};
  Item *found = bsearch(&wanted, items, N, sizeof *items, by_key);
  printf("%s\n", found ? found->name : "none");
  printf("%d %d\n", ackermann(2, 9), queens(7, 0, 0, 0, 0));
  printf("%.3f\n", total(7, 1, 2.5, 3LL, 4, 5.25, 6000000000LL, 7));
  double kept = 1.5;
  int code = setjmp(back);
  if (code == 0) deep(20, kept);
  printf("jumped %d %.2f\n", code, kept);
  int64_t big = INT64_C(-1234567890123456789);
  for (int64_t d = 3; d < 1000000000; d = d * 29 + 1)
    printf("%lld %lld %llu %llu %d\n", (long long)(big / d), (long long)(big % d), (unsigned long long)big / d, (unsigned long long)big % d,
           (int)(big >> (d & 63)));
  int (*pick[3])(int, int) = {ackermann, ackermann, ackermann};
  printf("%d\n", pick[next() % 3](1, 5));
  char *blocks[50];
  unsigned check = 0;
  for (int i = 0; i < 50; i++) {
    size_t size = 1 + next() % 5000 * (i % 7 == 0 ? 60 : 1);
    blocks[i] = calloc(1, size);
    blocks[i][size / 2] = (char)i;
    if (i % 3 == 0) blocks[i] = realloc(blocks[i], size * 2);
    check += (unsigned char)blocks[i][size / 2];
    if (i % 4 == 3) free(blocks[i - 1]), blocks[i - 1] = NULL;
  }
  for (int i = 0; i < 50; i++) free(blocks[i]);
  printf("%u\n", check);
  for (int i = 1; i < argc; i++) printf("[%s]\n", argv[i]);
  printf("%s\n", getenv("MOOD") ? getenv("MOOD") : "no mood");
  return 40 + argc;
}

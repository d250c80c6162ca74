/* String and memory functions of the C library over many sizes and alignments. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned char a[700], b[700];

static unsigned sum(const void *p, size_t n) {
  const unsigned char *bytes = p;
  unsigned s = 1;
  for (size_t i = 0; i < n; i++) s = s * 31 + bytes[i];
  return s;
}

static int sign(int x) { return (x > 0) - (x < 0); }

int main(void) {
  for (int i = 0; i < 700; i++) a[i] = (unsigned char)(i * 7 + (i >> 3));
  unsigned all = 0;
  for (int size = 0; size < 200; size += 1 + size / 4) {
    for (int from = 0; from < 17; from += 8) {
      for (int to = 0; to < 17; to += 5) {
        memset(b, size & 255, sizeof b);
        memcpy(b + to, a + from, size);
        all = all * 3 + sum(b, sizeof b);
        memmove(b + to + 3, b + to, size);
        all = all * 3 + sum(b, sizeof b);
        memmove(b + to, b + to + 5, size);
        memset(b + from, 0, size);
        all = all * 3 + sum(b, sizeof b);
        all += sign(memcmp(a + from, a + to, size)) + (memchr(a + from, 77, size) != NULL);
      }
    }
  }
  printf("memory %08x\n", all);
  char text[400] = "";
  for (int i = 0; i < 40; i++) {
    char word[32];
    snprintf(word, sizeof word, "%d-%c%s ", i * i, 'a' + i % 26, i % 3 ? "x" : "yz");
    strcat(text, word);
    printf("%zu %td %td %d %zu\n", strlen(text), strrchr(text, '-') - text, strstr(text, "9-") ? strstr(text, "9-") - text : -1,
           sign(strcmp(text, "0-ayz 1-bx 4-cx 9-d")), strcspn(text, "kz"));
  }
  char *copy = strdup(text), *rest = copy, *token;
  int count = 0;
  while ((token = strsep(&rest, " ")) != NULL) count += atoi(token);
  printf("%d\n", count);
  free(copy);
  for (char *p = text; *p; p++) *p = toupper((unsigned char)*p);
  puts(text);
  printf("%ld %lu %lld\n", strtol("-0x7fz", NULL, 16), strtoul("4294967295", NULL, 10), strtoll("-9223372036854775808", NULL, 10));
  printf("%.17g %.17g %.17g\n", strtod("0.1", NULL), strtod("1e-310", NULL), strtod("123456789012345678901234567890", NULL));
  int x, y;
  float f;
  printf("%d %d %d %g\n", sscanf("12 abc 0x1f 2.5e3", "%d abc %i %f", &x, &y, &f), x, y, f);
  return 0;
}

/* Plain memory and string functions, so that a program runs the same ones everywhere. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n) {
  for (size_t i = 0; i < n; i++) ((char *)to)[i] = ((const char *)from)[i];
  return to;
}

void *memmove(void *to, const void *from, size_t n) {
  char *a = to;
  const char *b = from;
  if (a <= b)
    for (size_t i = 0; i < n; i++) a[i] = b[i];
  else
    while (n-- > 0) a[n] = b[n];
  return to;
}

void *memset(void *to, int value, size_t n) {
  for (size_t i = 0; i < n; i++) ((char *)to)[i] = (char)value;
  return to;
}

int memcmp(const void *a, const void *b, size_t n) {
  const unsigned char *x = a, *y = b;
  for (size_t i = 0; i < n; i++)
    if (x[i] != y[i]) return x[i] - y[i];
  return 0;
}

size_t strlen(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  return n;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}

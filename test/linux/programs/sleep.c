/*
 * Sleeps of many lengths, alone and beside a thread that works: what two clocks say has passed, in milliseconds. The time
 * base is read here, too, since no system call of Linux tells it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double ticksPerMillisecond;

static unsigned long long timeBase(void) {
#ifdef __powerpc64__
  unsigned long long now;
  __asm__ volatile("mftb %0" : "=r"(now));
  return now;
#else
  unsigned high, low, again;
  do __asm__ volatile("mftbu %0\n mftb %1\n mftbu %2" : "=r"(high), "=r"(low), "=r"(again));
  while (high != again);
  return (unsigned long long)high << 32 | low;
#endif
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}

static void rest(const char *who, double length) {
  const struct timespec request = {(time_t)(length / 1e3), (long)((long long)(length * 1e6) % 1000000000)};
  const unsigned long long ticks = timeBase();
  const double before = milliseconds();
  nanosleep(&request, 0);
  const double after = milliseconds();
  printf("%s slept %.0f ms, %.0f by the time base\n", who, after - before, (timeBase() - ticks) / ticksPerMillisecond);
}

static void *sleeper(void *argument) {
  (void)argument;
  rest("thread", 400);
  return 0;
}

int main(int argc, char **argv) {
  (void)argc;
  ticksPerMillisecond = atof(argv[1]);
  for (const char *at = "50 500 3000 90000 86400000"; *at;) {
    char *next;
    rest("main", strtod(at, &next));
    at = next;
  }
  const double before = milliseconds();
  pthread_t thread;
  if (pthread_create(&thread, 0, sleeper, 0) != 0) return 0;
  volatile unsigned work = 0;
  while (milliseconds() - before < 0.2) work++;
  const unsigned long long ticks = timeBase();
  pthread_join(thread, 0);
  printf("main waited %.0f ms, %.0f by the time base\n", milliseconds() - before,
         (timeBase() - ticks) / ticksPerMillisecond);
  return 0;
}

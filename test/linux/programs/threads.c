/* POSIX threads: creation, join, mutex, condition, barrier, atomics, thread-local storage, a timed wait. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MOST = 8 };
static int count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long shared, atomic;
static __thread long own;
static int turn;
static long partial[MOST];

static void *work(void *argument) {
  long id = (long)argument;
  for (int i = 0; i < 200; i++) {
    pthread_mutex_lock(&lock);
    shared += id + i;
    pthread_mutex_unlock(&lock);
    __atomic_fetch_add(&atomic, id, __ATOMIC_SEQ_CST);
    own += i * (id + 1);
  }
  partial[id] = own;
  pthread_barrier_wait(&barrier);
  long sum = 0;
  for (int i = 0; i < count; i++) sum += partial[i];
  pthread_mutex_lock(&lock);
  while (turn != id) pthread_cond_wait(&changed, &lock);
  printf("thread %ld own %ld sum %ld\n", id, own, sum);
  turn++;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  char *block = malloc(1000 + id);
  block[999] = (char)id;
  free(block);
  return (void *)(sum * 10 + id);
}

int main(int argc, char **argv) {
  count = argc > 1 ? atoi(argv[1]) : 2;
  pthread_t threads[MOST];
  pthread_barrier_init(&barrier, NULL, count);
  int started = 0, error = 0;
  for (long i = 1; i < count && error == 0; i++) {
    error = pthread_create(&threads[i], NULL, work, (void *)i);
    if (error == 0) started++;
  }
  if (error != 0) {
    printf("only %d threads: %s\n", started + 1, error == EAGAIN ? "EAGAIN" : "another error");
    return 3;
  }
  work((void *)0);
  long results = 0;
  for (int i = 1; i < count; i++) {
    void *result;
    pthread_join(threads[i], &result);
    results += (long)result;
  }
  printf("shared %ld atomic %ld results %ld\n", shared, atomic, results);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 300000;
  if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
  pthread_mutex_lock(&lock);
  printf("timed out %d\n", pthread_cond_timedwait(&changed, &lock, &until) == ETIMEDOUT);
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < 5; i++) {
    pthread_t once;
    if (pthread_create(&once, NULL, work == NULL ? NULL : (void *(*)(void *))atoi, "12") != 0) return 4;
    pthread_join(once, NULL);
  }
  puts("reused");
  return 0;
}

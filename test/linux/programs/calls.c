/* System calls at the ends of what they take: what each gives or refuses must not depend on the host. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* What a call gave, or why it did not. */
static void show(const char *what, long result) {
  if (result == -1) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %ld\n", what, result);
}

static void descriptors(void) {
  char buffer[64] = "";
  int fd = open("text.txt", O_RDONLY);
  show("itself", dup2(fd, fd));
  show("low", fcntl(fd, F_DUPFD, 20));
  show("too high", fcntl(fd, F_DUPFD, 5000000));
  show("read", read(fd, buffer, 3));
  show("onto", dup2(fd, 20));
  show("shared place", lseek(20, 0, SEEK_CUR));
  show("close", close(fd));
  show("still open", read(20, buffer, 2));
  show("closed", lseek(fd, 0, SEEK_SET));
  show("not for writing", write(20, buffer, 1));
  show("before the start", lseek(20, -10, SEEK_CUR));
  show("no such origin", lseek(20, 0, 9));
  show("from the end", lseek(20, -4, SEEK_END));
  struct iovec parts[2] = {{buffer, 3}, {buffer + 3, 20}};
  show("readv", readv(20, parts, 2));
  printf("%s\n", buffer);
  show("readv of many", readv(20, parts, 5000));
  show("pread of a pipe", pread(0, buffer, 1, 0));
  show("lseek of a pipe", lseek(0, 0, SEEK_CUR));
  show("file as a folder", open("text.txt", O_RDONLY | O_DIRECTORY));
  show("folder to write", open("folder", O_WRONLY));
  int folder = open("folder", O_RDONLY | O_DIRECTORY);
  show("read of a folder", read(folder, buffer, 1));
  show("in a folder", openat(folder, "a.txt", O_RDONLY) >= 0);
  show("in a file", openat(20, "a.txt", O_RDONLY));
  show("nameless", open("", O_RDONLY));
  char entries[64];
  show("no room for an entry", syscall(SYS_getdents64, folder, entries, 8));
  int names = 0, rounds = 0;
  for (long bytes; rounds < 20 && (bytes = syscall(SYS_getdents64, folder, entries, sizeof entries)) > 0; rounds++)
    for (long at = 0; at < bytes; at += *(unsigned short *)(entries + at + 16)) names++;
  printf("%d names\n", names);
  struct stat s;
  show("folder itself", fstatat(folder, "", &s, AT_EMPTY_PATH));
  show("is a folder", S_ISDIR(s.st_mode));
  show("empty path", fstatat(folder, "", &s, 0));
  show("link", lstat("link", &s));
  printf("is a link %d, %ld bytes\n", S_ISLNK(s.st_mode), (long)s.st_size);
  show("followed", stat("link", &s));
  printf("is a file %d, %ld bytes\n", S_ISREG(s.st_mode), (long)s.st_size);
  show("cut short", readlink("link", buffer, 4));
  printf("%.4s\n", buffer);
  show("no folder", chdir("text.txt"));
  show("chdir", chdir("folder/inner"));
  show("too little room", syscall(SYS_getcwd, buffer, 3));
  show("up", open("../../text.txt", O_RDONLY) >= 0);
  show("back", chdir("../.."));
}

static void writing(void) {
  char buffer[64] = "";
  int fd = open("new.txt", O_RDWR | O_CREAT | O_TRUNC, 0644);
  struct iovec parts[3] = {{"one ", 4}, {"", 0}, {"two", 3}};
  show("writev", writev(fd, parts, 3));
  show("pwrite", pwrite(fd, "T", 1, 4));
  show("place", lseek(fd, 0, SEEK_CUR));
  lseek(fd, 1, SEEK_SET);
  show("append", fcntl(fd, F_SETFL, O_APPEND));
  show("appends", (fcntl(fd, F_GETFL) & O_APPEND) != 0);
  show("write", write(fd, "!", 1));
  show("end", lseek(fd, 0, SEEK_CUR));
  show("pread", pread(fd, buffer, 60, 0));
  printf("%s\n", buffer);
  show("negative", ftruncate(fd, -1));
  show("longer", ftruncate(fd, 12));
  show("size", lseek(fd, 0, SEEK_END));
  int other = open("new.txt", O_RDONLY);
  show("read only", ftruncate(other, 1));
  show("folder", unlink("folder"));
  show("remove", unlink("new.txt"));
  show("gone", unlink("new.txt"));
}

static void mappings(void) {
  int fd = open("long.txt", O_RDONLY);
  show("odd offset", syscall(SYS_mmap, NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100));
  void *fixed = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
  show("write to what is only read", pread(fd, fixed, 1, 0));
  char *file = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, PAGE);
  printf("second page %.5s, behind the end %d\n", file, file[PAGE - 1]);
  file[0] = 'X';
  char first[2] = "";
  show("file", pread(fd, first, 1, PAGE));
  printf("unchanged %s\n", first);
  char *room = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(room, 'r', 4 * PAGE);
  show("none", mprotect(room, PAGE, PROT_NONE));
  show("again", mprotect(room, PAGE, PROT_READ | PROT_WRITE));
  printf("kept %c\n", room[5]);
  show("given up", madvise(room + PAGE, PAGE, MADV_DONTNEED));
  printf("zero %d, beside it %c %c\n", room[PAGE], room[PAGE - 1], room[2 * PAGE]);
  show("odd", munmap(room + 1, PAGE));
  show("nothing", munmap(room, 0));
  show("fixed", mmap(room, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == room);
  printf("new %d, beside it %d %c\n", room[0], room[PAGE], room[2 * PAGE]);
  show("smaller", mremap(room, 4 * PAGE, 3 * PAGE, 0) == room);
  mmap(room + 3 * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  show("no room", mremap(room, 3 * PAGE, 5 * PAGE, 0) == MAP_FAILED);
  room[0] = 'm';
  char *moved = mremap(room, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
  printf("moved %d: %c %c %d\n", moved != room, moved[0], moved[2 * PAGE], moved[4 * PAGE]);
  show("write to a hole", pread(fd, room, 1, 0));
  mprotect(moved, PAGE, PROT_READ);
  show("protected", pread(fd, moved, 1, 0));
  munmap(moved + PAGE, 4 * PAGE);
  moved = mremap(moved, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
  printf("larger: %c %d\n", moved[0], moved[PAGE]);
}

static void signals(void) {
  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  sigdelset(&set, SIGHUP);
  sigprocmask(SIG_UNBLOCK, &set, &old);
  printf("both %d %d\n", sigismember(&old, SIGUSR1), sigismember(&old, SIGHUP));
  sigprocmask(SIG_SETMASK, &set, &old);
  printf("one %d %d\n", sigismember(&old, SIGUSR1), sigismember(&old, SIGHUP));
  sigprocmask(SIG_BLOCK, NULL, &old);
  printf("other %d %d\n", sigismember(&old, SIGUSR1), sigismember(&old, SIGHUP));
  show("no way", sigprocmask(77, &set, NULL));
  struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
  show("ignore", sigaction(SIGTERM, &ignore, &before));
  show("was default", before.sa_handler == SIG_DFL);
  show("ignored", kill(getpid(), SIGTERM));
  show("harmless", kill(getpid(), SIGCHLD));
  show("no signal", kill(getpid(), 0));
  show("not one", kill(getpid(), 99));
  show("nobody", kill(4000000, SIGTERM));
}

static long wait_on(uint32_t *word, int operation, uint32_t value, struct timespec *time, uint32_t mask) {
  return syscall(SYS_futex, word, operation | FUTEX_PRIVATE_FLAG, value, time, NULL, mask);
}

static void futexes(void) {
  static uint32_t word = 5, second;
  struct timespec soon = {0, 1000}, past = {1, 0};
  show("another value", wait_on(&word, FUTEX_WAIT, 4, NULL, 0));
  show("odd address", wait_on((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 4, NULL, 0));
  show("for a while", wait_on(&word, FUTEX_WAIT, 5, &soon, 0));
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  show("until a date", wait_on(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &past, 1));
  clock_gettime(CLOCK_MONOTONIC, &after);
  printf("that was at once %d\n", (after.tv_sec - before.tv_sec) * 1000000000LL + after.tv_nsec - before.tv_nsec < 500000000);
  after.tv_nsec = 0;
  show("until then", wait_on(&word, FUTEX_WAIT_BITSET, 5, &after, 1));
  show("nobody", wait_on(&word, FUTEX_WAKE, 1, NULL, 0));
  show("compared", syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 1, &second, 4));
  show("the same", syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 1, &second, 5));
  // QEMU's host has the bytes of a word the other way round, so these are the same from either end.
  for (int operation = FUTEX_OP_SET; operation <= FUTEX_OP_XOR; operation++) {
    second = operation == FUTEX_OP_ADD ? 0 : 0x5a5a5a5a;
    show("changed", syscall(SYS_futex, &word, FUTEX_WAKE_OP, 1, 1, &second, FUTEX_OP(operation, 0xfff, FUTEX_OP_CMP_EQ, 0)));
    printf("%x\n", second);
  }
}

static uint32_t here, there;

static void *wait_for(void *word) {
  while (wait_on(word, FUTEX_WAIT, 0, NULL, 0) != 0);
  return NULL;
}

static long call_both(int operation, int count, int argument) {
  return syscall(SYS_futex, &here, operation | FUTEX_PRIVATE_FLAG, count, 1, &there, argument);
}

/* Repeats what does nothing until the other thread waits, if it ever does. */
static void waiters(void) {
  pthread_t other;
  long count, tries = 1000000;
  pthread_create(&other, NULL, wait_for, &here);
  while ((count = call_both(FUTEX_CMP_REQUEUE, 0, 0)) == 0 && tries-- > 0) sched_yield();
  show("moved", count);
  show("here", wait_on(&here, FUTEX_WAKE, 1, NULL, 0));
  show("there", wait_on(&there, FUTEX_WAKE, 1, NULL, 0));
  pthread_join(other, NULL);
  pthread_create(&other, NULL, wait_for, &there);
  while ((count = call_both(FUTEX_WAKE_OP, 1, FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_EQ, 0))) == 0 && tries-- > 0)
    if (call_both(FUTEX_WAKE_OP, 1, FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_NE, 0)) != 0) puts("not so");
  show("it was zero", count);
  pthread_join(other, NULL);
}

static void clocks(void) {
  struct timespec now, past = {1, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long before = now.tv_sec * 1000000000LL + now.tv_nsec;
  show("past", clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, NULL));
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("at once %d\n", now.tv_sec * 1000000000LL + now.tv_nsec - before < 500000000);
  show("no clock", clock_gettime(99, &now));
  clock_gettime(CLOCK_REALTIME, &now);
  struct timeval day;
  gettimeofday(&day, NULL);
  printf("one date %d %d\n", labs(time(NULL) - now.tv_sec) < 2, labs(day.tv_sec - now.tv_sec) < 2);
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("no date %d\n", labs(day.tv_sec - now.tv_sec) > 1000000);
  show("flags", getrandom(&now, 1, 0x100));
  unsigned long mask[16];
  show("small mask", syscall(SYS_sched_getaffinity, 0, 1, mask));
  struct utsname name;
  uname(&name);
  printf("%s %s\n", name.sysname, name.machine);
}

int main(void) {
  descriptors();
  writing();
  mappings();
  signals();
  futexes();
  waiters();
  clocks();
  return 0;
}

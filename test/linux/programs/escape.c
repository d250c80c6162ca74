/* Tries to read every path given, from the root and from a folder, and prints what it got. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void attempt(int folder, const char *path) {
  char text[100] = "";
  int fd = openat(folder, path, O_RDONLY);
  if (fd < 0 || read(fd, text, sizeof text - 1) < 0) puts("refused");
  else puts(text);
  if (fd >= 0) close(fd);
}

int main(int argc, char **argv) {
  int folder = open("/tmp", O_RDONLY | O_DIRECTORY);
  for (int i = 1; i < argc; i++) {
    attempt(AT_FDCWD, argv[i]);
    chdir("/tmp");
    attempt(folder, argv[i]);
    chdir("/");
  }
  printf("own ");
  fflush(stdout);
  attempt(folder, "own.txt");
  return 0;
}

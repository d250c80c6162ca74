/* Files and directories through the C library: everything it prints must not depend on the host. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void report(const char *what, int ok) { printf("%s: %s\n", what, ok ? "ok" : strerror(errno)); }

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *path) {
  DIR *directory = opendir(path);
  if (directory == NULL) {
    report(path, 0);
    return;
  }
  char *names[64];
  int count = 0;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    if (count < 64) names[count++] = strdup(entry->d_name);
  closedir(directory);
  qsort(names, count, sizeof *names, by_name);
  for (int i = 0; i < count; i++) printf("%s ", names[i]);
  puts("");
}

int main(int argc, char **argv) {
  char line[100];
  FILE *f = fopen("text.txt", "r");
  report("open", f != NULL);
  while (f && fgets(line, sizeof line, f)) printf("> %s", line);
  if (f) {
    fseek(f, 4, SEEK_SET);
    printf("%c %ld\n", fgetc(f), ftell(f));
    fseek(f, -3, SEEK_END);
    printf("%c %d\n", fgetc(f), feof(f));
    fclose(f);
  }
  struct stat s;
  report("stat", stat("text.txt", &s) == 0);
  printf("size %ld regular %d mode %o\n", (long)s.st_size, S_ISREG(s.st_mode), (unsigned)s.st_mode & 0777);
  report("missing", access("none.txt", R_OK) == 0);
  report("folder", stat("folder", &s) == 0 && S_ISDIR(s.st_mode));
  report("not a folder", open("text.txt/x", O_RDONLY) >= 0);
  int fd = open("text.txt", O_RDONLY);
  char *mapped = mmap(NULL, 100, PROT_READ, MAP_PRIVATE, fd, 0);
  report("map", mapped != MAP_FAILED);
  if (mapped != MAP_FAILED) {
    printf("mapped %.5s\n", mapped);
    munmap(mapped, 100);
  }
  printf("pread %zd %.4s\n", pread(fd, line, 4, 2), line);
  int copy = dup(fd);
  printf("read %zd", read(copy, line, 3));
  printf(" %zd %.2s\n", read(fd, line, 2), line);
  close(fd);
  close(copy);
  report("closed", read(fd, line, 1) >= 0);
  list("folder");
  if (argc > 1) {
    f = fopen("folder/new.txt", "w");
    report("create", f != NULL);
    if (f) {
      fprintf(f, "one %d\ntwo\n", 1);
      fclose(f);
      f = fopen("folder/new.txt", "a+");
      fputs("three\n", f);
      rewind(f);
      while (fgets(line, sizeof line, f)) printf("< %s", line);
      fclose(f);
    }
    report("exclusive", open("folder/new.txt", O_CREAT | O_EXCL | O_WRONLY, 0644) >= 0);
    report("truncate", truncate("folder/new.txt", 7) == 0);
    fd = open("folder/new.txt", O_RDWR);
    report("ftruncate", fd >= 0 && ftruncate(fd, 5) == 0);
    if (fd >= 0) printf("size %ld\n", (long)lseek(fd, 0, SEEK_END)), close(fd);
    report("mkdir", mkdir("folder/sub", 0755) == 0);
    report("rename", rename("folder/new.txt", "folder/sub/moved.txt") == 0);
    list("folder/sub");
    report("rmdir full", rmdir("folder/sub") == 0);
    report("unlink", unlink("folder/sub/moved.txt") == 0);
    report("rmdir", rmdir("folder/sub") == 0);
    report("chdir", chdir("folder") == 0);
    list(".");
    report("up", stat("../text.txt", &s) == 0);
  }
  int c, n = 0;
  while ((c = getchar()) != EOF) n = n * 31 + c;
  printf("input %d\n", n);
  fprintf(stderr, "done\n");
  return 0;
}

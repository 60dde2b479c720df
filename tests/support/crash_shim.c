// Preloaded into a writer, it breaks the N-th call that changes a file, so that a test can try
// every point of a crash.
//   SHIM_KILL_AT=N   the process is killed instead of making call N
//   SHIM_TORN=1      ... after writing the first half, if the call is a write
//   SHIM_FULL_AT=N   writes from call N on fail with ENOSPC, as on a full disk
//   SHIM_LOG=FILE    one line per call: its name and the files that it touches
// Build: cc -shared -fPIC -O1 -o crash_shim.so crash_shim.c -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static long calls = 0;

static long number(const char* name) {
  const char* value = getenv(name);
  return value ? atol(value) : 0;
}

static void note(const char* call, const char* a, const char* b) {
  const char* path = getenv("SHIM_LOG");
  if (!path) return;
  char line[4096];
  int n = snprintf(line, sizeof line, "%s %s %s\n", call, a, b);
  long fd = syscall(SYS_open, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  syscall(SYS_write, fd, line, n);
  syscall(SYS_close, fd);
}

static const char* name_of(int fd, char* buffer, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, buffer, size - 1);
  buffer[n > 0 ? n : 0] = 0;
  return buffer;
}

static int is_file(int fd) {
  char name[1024];
  name_of(fd, name, sizeof name);
  return name[0] == '/' && strncmp(name, "/dev/", 5) != 0;
}

// Counts the call; 1 when it has to fail with ENOSPC.
static int reach(void (*half)(void*), void* data) {
  ++calls;
  if (calls == number("SHIM_KILL_AT")) {
    if (half && number("SHIM_TORN")) half(data);
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  return half && number("SHIM_FULL_AT") && calls >= number("SHIM_FULL_AT");
}

struct job {
  int fd;
  const void* data;
  size_t size;
  off_t offset;
};

static void half_write(void* p) {
  struct job* j = p;
  syscall(SYS_write, j->fd, j->data, j->size / 2);
}
static void half_pwrite(void* p) {
  struct job* j = p;
  syscall(SYS_pwrite64, j->fd, j->data, j->size / 2, j->offset);
}

ssize_t write(int fd, const void* data, size_t size) {
  char name[1024];
  note("write", name_of(fd, name, sizeof name), "");
  struct job j = {fd, data, size, 0};
  if (is_file(fd) && reach(half_write, &j)) {
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_write, fd, data, size);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off_t offset) {
  char name[1024];
  note("write", name_of(fd, name, sizeof name), "");
  struct job j = {fd, data, size, offset};
  if (reach(half_pwrite, &j)) {
    errno = ENOSPC;
    return -1;
  }
  return syscall(SYS_pwrite64, fd, data, size, offset);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  return pwrite64(fd, data, size, offset);
}

int ftruncate64(int fd, off_t size) {
  char name[1024];
  note("truncate", name_of(fd, name, sizeof name), "");
  reach(NULL, NULL);
  return syscall(SYS_ftruncate, fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

int fsync(int fd) {
  char name[1024];
  note("fsync", name_of(fd, name, sizeof name), "");
  reach(NULL, NULL);
  return syscall(SYS_fsync, fd);
}

int rename(const char* from, const char* to) {
  note("rename", from, to);
  reach(NULL, NULL);
  return syscall(SYS_rename, from, to);
}

int unlink(const char* path) {
  note("unlink", path, "");
  reach(NULL, NULL);
  return syscall(SYS_unlink, path);
}

// std::filesystem::remove
int remove(const char* path) {
  note("unlink", path, "");
  reach(NULL, NULL);
  return syscall(SYS_unlink, path) == 0 ? 0 : rmdir(path);
}

static void count_at_exit(void) __attribute__((destructor));
static void count_at_exit(void) {
  char text[32];
  snprintf(text, sizeof text, "%ld", calls);
  note("calls", text, "");
}

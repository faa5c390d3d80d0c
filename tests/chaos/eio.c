/* For LD_PRELOAD: makes write, fsync and ftruncate fail on files whose path holds $CHAOS_EIO_PATH, while the file
   $CHAOS_EIO_TRIGGER exists. That file holds an error number and the names of what is to fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The error that this operation is to fail with, or 0. */
static int fault(int fd, const char *operation) {
  const char *trigger = getenv("CHAOS_EIO_TRIGGER"), *match = getenv("CHAOS_EIO_PATH");
  if (!trigger || !match || syscall(SYS_access, trigger, F_OK) != 0) return 0;
  char link[64], path[4096], text[128];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlink, link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (!strstr(path, match)) return 0;
  int file = syscall(SYS_openat, AT_FDCWD, trigger, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  length = syscall(SYS_read, file, text, sizeof text - 1);
  syscall(SYS_close, file);
  if (length <= 0) return 0;
  text[length] = 0;
  return strstr(text, operation) ? atoi(text) : 0;
}

#define WRAP(type, name, operation, parameters, arguments)           \
  type name parameters {                                             \
    static type(*real) parameters;                                   \
    int kept = errno, error = fault(fd, operation);                  \
    if (error) {                                                     \
      errno = error;                                                 \
      return -1;                                                     \
    }                                                                \
    errno = kept;                                                    \
    if (!real) real = (type(*) parameters)dlsym(RTLD_NEXT, #name);   \
    return real arguments;                                           \
  }

WRAP(ssize_t, write, "write", (int fd, const void *data, size_t size), (fd, data, size))
WRAP(ssize_t, pwrite, "write", (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRAP(ssize_t, pwrite64, "write", (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
WRAP(ssize_t, writev, "write", (int fd, const struct iovec *data, int count), (fd, data, count))
WRAP(int, fallocate, "write", (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
WRAP(int, fsync, "fsync", (int fd), (fd))
WRAP(int, fdatasync, "fsync", (int fd), (fd))
WRAP(int, ftruncate, "ftruncate", (int fd, off_t size), (fd, size))
WRAP(int, ftruncate64, "ftruncate", (int fd, off64_t size), (fd, size))

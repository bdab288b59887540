/*
 * For daemons under test: what a lab host writes outlives its "power cuts" anyhow, for the machine's
 * page cache stays, so fsync(2) has no effect there that could be seen, and only costs the time of a
 * disk that other programs may be busy with.
 */
#include <sys/types.h>

int fsync(int descriptor) {
  (void)descriptor;
  return 0;
}

int fdatasync(int descriptor) {
  (void)descriptor;
  return 0;
}

int msync(void *start, size_t length, int flags) {
  (void)start;
  (void)length;
  (void)flags;
  return 0;
}

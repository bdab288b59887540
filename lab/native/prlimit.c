/*
 * For criu alone, on machines that lack CAP_SYS_RESOURCE: reading the limits of another user's task
 * by prlimit(2) is refused there, so they are read from /proc/PID/limits instead.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* As /proc/PID/limits names them, in the order of the RLIMIT_ numbers. */
static const char *const LIMIT_NAMES[] = {
    "Max cpu time",        "Max file size",      "Max data size",         "Max stack size",
    "Max core file size",  "Max resident set",   "Max processes",         "Max open files",
    "Max locked memory",   "Max address space",  "Max file locks",        "Max pending signals",
    "Max msgqueue size",   "Max nice priority",  "Max realtime priority", "Max realtime timeout"};
#define LIMIT_COUNT ((long)(sizeof LIMIT_NAMES / sizeof LIMIT_NAMES[0]))

static rlim_t limit_of(const char *text) {
  return strcmp(text, "unlimited") == 0 ? RLIM_INFINITY : strtoull(text, NULL, 10);
}

static int limit_from_proc(long pid, long resource, struct rlimit *limit) {
  char path[64], line[256], soft[40], hard[40];
  const size_t name_length = strlen(LIMIT_NAMES[resource]);
  int found = 0;

  snprintf(path, sizeof path, "/proc/%ld/limits", pid);
  FILE *limits = fopen(path, "re");
  if (limits == NULL) return 0;
  while (!found && fgets(line, sizeof line, limits) != NULL) {
    if (strncmp(line, LIMIT_NAMES[resource], name_length) != 0) continue;
    if (sscanf(line + name_length, "%39s %39s", soft, hard) != 2) continue;
    limit->rlim_cur = limit_of(soft);
    limit->rlim_max = limit_of(hard);
    found = 1;
  }
  fclose(limits);
  return found;
}

/* criu calls prlimit64 through syscall(3). */
long syscall(long number, ...) {
  static long (*next)(long, ...);
  long argument[6];
  va_list arguments;

  va_start(arguments, number);
  for (int i = 0; i < 6; i++) argument[i] = va_arg(arguments, long);
  va_end(arguments);
  if (next == NULL) next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");

  long result = next(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
  const int only_reads = argument[2] == 0 && argument[3] != 0;
  if (result != -1 || errno != EPERM || number != SYS_prlimit64 || !only_reads) return result;
  if (argument[1] >= 0 && argument[1] < LIMIT_COUNT &&
      limit_from_proc(argument[0], argument[1], (struct rlimit *)argument[3])) {
    return 0;
  }
  errno = EPERM;
  return -1;
}

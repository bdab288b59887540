/*
 * The fencer: stops this host's containers that other hosts may start, once this host's lease has run
 * out. Containers live on without the daemon, so this is a process of its own, which needs neither
 * the daemon nor a JVM, allocates little and starts no other process. See docs/adr/0006-the-fencer.md.
 *
 *   flota-fencer [DIRECTORY]        /run/flota/fence unless said otherwise
 *
 * In DIRECTORY, each file put into place by rename(2):
 *   lease            the deadline: milliseconds of CLOCK_BOOTTIME in decimal, and a line break.
 *                    No such file: this host is in no fleet, there is nothing to do.
 *   containers/ID    one for each container that others may take over: its cgroup's path below the
 *                    hierarchies' mount points ("/flota/ID"), and a line break. Need not exist yet.
 *   fenced/ID        made by the fencer before it kills, removed by the daemon: "boot MILLISECONDS"
 *                    and "time SECONDS", when that was on the boot clock and since 1970.
 *   lock             held by the fencer; its process number.
 * A file that is not whole counts as not changed. SIGTERM ends the fencer and nothing else.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DIRECTORY "/run/flota/fence"
#define CGROUPS "/sys/fs/cgroup"
#define MOST_HIERARCHIES 32
#define MOST_AT_ONCE 256
#define DEEPEST 16
#define NO_LEASE -1
#define WATCH_MILLIS 1000
#define KILL_AGAIN_MILLIS 20
#define FREEZE_PATIENCE_MILLIS 20

struct hierarchy {
  char mount_point[256];
  bool unified;
};

static int directory = -1;
static struct hierarchy hierarchies[MOST_HIERARCHIES];
static int hierarchy_count;

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...) {
  char line[1024], when[32];
  struct tm parts;
  time_t now = time(NULL);
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  gmtime_r(&now, &parts);
  strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &parts);
  dprintf(STDERR_FILENO, "%s flota-fencer: %s\n", when, line);
}

static void give_up(const char *what) {
  say("%s: %s", what, strerror(errno));
  exit(1);
}

static int64_t boot_millis(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_millis(long millis) {
  struct timespec length = {millis / 1000, millis % 1000 * 1000000};
  nanosleep(&length, NULL);
}

/* ---------------------------------------------------------------- files */

/* A whole small file, ended by a zero; its length, or -1 with errno. */
static ssize_t read_file(int at, const char *name, char *text, size_t size) {
  int file = openat(at, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  size_t length = 0;
  ssize_t count = -1;

  if (file < 0) return -1;
  while (length < size - 1 && (count = read(file, text + length, size - 1 - length)) > 0) length += count;
  close(file);
  if (count < 0) return -1;
  text[length] = '\0';
  return length;
}

static bool write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  bool written;

  if (file < 0) return false;
  written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
  close(file);
  return written;
}

/* The one line of a file without its end; false when the file is not whole. */
static bool one_line(char *text, ssize_t length) {
  if (length < 2 || strlen(text) != (size_t)length) return false;
  if (strchr(text, '\n') != text + length - 1) return false;
  text[length - 1] = '\0';
  return true;
}

/* ---------------------------------------------------------------- lease */

/* The deadline in force, or NO_LEASE. What cannot be read leaves the last one in force. */
static int64_t read_lease(void) {
  static int64_t last = NO_LEASE;
  static bool complained;
  char text[64], *end;
  ssize_t length = read_file(directory, "lease", text, sizeof text);
  int64_t deadline;

  if (length < 0 && errno == ENOENT) {
    last = NO_LEASE;
    return last;
  }
  errno = 0;
  if (one_line(text, length) && isdigit((unsigned char)text[0]) &&
      (deadline = strtoll(text, &end, 10), errno == 0 && *end == '\0')) {
    last = deadline;
    complained = false;
  } else if (!complained) {
    say("the lease cannot be read; the last one stays in force");
    complained = true;
  }
  return last;
}

static bool has_run_out(int64_t deadline) { return deadline != NO_LEASE && boot_millis() >= deadline; }

/* ---------------------------------------------------------------- cgroups */

/* Blanks and their like stand as \040 in the table of mounts. */
static void unescape(char *text) {
  char *to = text;
  for (char *from = text; *from != '\0'; to++) {
    if (from[0] == '\\' && isdigit((unsigned char)from[1]) && isdigit((unsigned char)from[2]) &&
        isdigit((unsigned char)from[3])) {
      *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
}

/* All that are mounted below /sys/fs/cgroup; keeps what it knew when the table cannot be read. */
static void find_hierarchies(void) {
  FILE *table = fopen("/proc/self/mounts", "re");
  char line[4096], mount_point[4096], type[64];

  if (table == NULL) return;
  hierarchy_count = 0;
  while (hierarchy_count < MOST_HIERARCHIES && fgets(line, sizeof line, table) != NULL) {
    if (sscanf(line, "%*s %4095s %63s", mount_point, type) != 2) continue;
    unescape(mount_point);
    if (strncmp(mount_point, CGROUPS, strlen(CGROUPS)) != 0) continue;
    if (strcmp(type, "cgroup") != 0 && strcmp(type, "cgroup2") != 0) continue;
    if (strlen(mount_point) >= sizeof hierarchies[0].mount_point) continue;
    strcpy(hierarchies[hierarchy_count].mount_point, mount_point);
    hierarchies[hierarchy_count].unified = strcmp(type, "cgroup2") == 0;
    hierarchy_count++;
  }
  fclose(table);
}

static bool join(char *path, const char *parent, const char *child) {
  return snprintf(path, PATH_MAX, "%s/%s", parent, child) < PATH_MAX;
}

/* Calls for a group and all groups below it, deepest last; true when any call was true. */
static bool for_each_group(const char *group, int depth, bool (*act)(const char *group, const void *with),
                           const void *with) {
  bool any = act(group, with);
  char below[PATH_MAX];
  struct dirent *entry;
  DIR *entries;

  if (depth >= DEEPEST || (entries = opendir(group)) == NULL) return any;
  while ((entry = readdir(entries)) != NULL) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    if (join(below, group, entry->d_name)) any |= for_each_group(below, depth + 1, act, with);
  }
  closedir(entries);
  return any;
}

static bool write_in_group(const char *group, const char *file, const char *text) {
  char path[PATH_MAX];
  return join(path, group, file) && write_file(path, text);
}

static bool group_contains(const char *group, const char *file, const char *wanted) {
  char path[PATH_MAX], text[256];
  return join(path, group, file) && read_file(AT_FDCWD, path, text, sizeof text) > 0 && strstr(text, wanted) != NULL;
}

/* Processes of a group, from the one after `skip`; at most MOST_AT_ONCE. Those of another pid
 * namespace show as 0 and are not ours to signal. */
static int members(const char *group, int skip, pid_t *pids) {
  char path[PATH_MAX];
  FILE *list;
  int pid, count = 0;

  if (!join(path, group, "cgroup.procs") || (list = fopen(path, "re")) == NULL) return 0;
  while (count < MOST_AT_ONCE && fscanf(list, "%d", &pid) == 1) {
    if (pid <= 0 || skip-- > 0) continue;
    pids[count++] = pid;
  }
  fclose(list);
  return count;
}

static bool is_member(const char *group, pid_t wanted) {
  char path[PATH_MAX];
  bool found = false;
  FILE *list;
  int pid;

  if (!join(path, group, "cgroup.procs") || (list = fopen(path, "re")) == NULL) return false;
  while (!found && fscanf(list, "%d", &pid) == 1) found = pid == wanted;
  fclose(list);
  return found;
}

static bool has_members(const char *group, const void *unused) {
  pid_t pids[MOST_AT_ONCE];
  (void)unused;
  return members(group, 0, pids) > 0;
}

/* A number may have passed to another process since it was read: the process is held first, then
 * must still be in the group, and only then dies. */
static void kill_member(const char *group, pid_t pid) {
  int process = pidfd_open(pid, 0);
  if (process < 0) return;
  if (is_member(group, pid)) pidfd_send_signal(process, SIGKILL, NULL, 0);
  close(process);
}

static bool kill_members(const char *group, const void *unused) {
  pid_t pids[MOST_AT_ONCE];
  int skip = 0, count;
  (void)unused;
  while ((count = members(group, skip, pids)) > 0) {
    for (int index = 0; index < count; index++) kill_member(group, pids[index]);
    skip += count;
  }
  return skip > 0;
}

/* What is frozen below stays frozen when only the group above is thawed. */
static bool thaw(const char *group, const void *hierarchy) {
  const struct hierarchy *of = hierarchy;
  return of->unified ? write_in_group(group, "cgroup.freeze", "0") : write_in_group(group, "freezer.state", "THAWED");
}

/* So that nothing forks away. A group without a freezer is killed all the same. */
static void freeze(const char *group, const struct hierarchy *of) {
  const char *file = of->unified ? "cgroup.freeze" : "freezer.state";
  const char *state = of->unified ? "cgroup.events" : "freezer.state";
  const char *frozen = of->unified ? "frozen 1" : "FROZEN";

  for (int waited = 0; waited < FREEZE_PATIENCE_MILLIS; waited++) {
    if (!write_in_group(group, file, of->unified ? "1" : "FROZEN") || group_contains(group, state, frozen)) return;
    pause_millis(1);
  }
}

/* ---------------------------------------------------------------- containers */

/* An identity, not a path or a file that is just being written. */
static bool is_id(const char *name) {
  if (*name == '\0' || *name == '.' || strlen(name) > 128) return false;
  for (; *name != '\0'; name++) {
    if (!isalnum((unsigned char)*name) && strchr("_.-", *name) == NULL) return false;
  }
  return true;
}

/* A container's own group only: a line cut short would name one that holds others too. */
static bool is_group_of(const char *path, const char *id) {
  const char *last = strrchr(path, '/');
  return path[0] == '/' && path[1] != '\0' && strstr(path, "..") == NULL && strcmp(last + 1, id) == 0;
}

static bool group_in(const struct hierarchy *of, const char *path, char *group) {
  return snprintf(group, PATH_MAX, "%s%s", of->mount_point, path) < PATH_MAX && access(group, F_OK) == 0;
}

static bool lives(const char *path) {
  char group[PATH_MAX];
  for (int index = 0; index < hierarchy_count; index++) {
    if (group_in(&hierarchies[index], path, group) && for_each_group(group, 0, has_members, NULL)) return true;
  }
  return false;
}

/* Whether it was there already. */
static bool has_marker(const char *id) {
  char path[PATH_MAX];
  return join(path, "fenced", id) && faccessat(directory, path, F_OK, 0) == 0;
}

static void make_marker(const char *id) {
  char half[PATH_MAX], path[PATH_MAX];
  int file;

  if (!join(path, "fenced", id) || snprintf(half, sizeof half, "fenced/.%s", id) >= (int)sizeof half) return;
  file = openat(directory, half, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    say("%s: cannot be marked as fenced: %s", id, strerror(errno));
    return;
  }
  dprintf(file, "boot %lld\ntime %lld\n", (long long)boot_millis(), (long long)time(NULL));
  close(file);
  if (renameat(directory, half, directory, path) != 0) say("%s: cannot be marked as fenced: %s", id, strerror(errno));
}

/* Marked before it is killed: a daemon that sees it die must know who did it. */
static void end_container(const char *id, const char *path) {
  char group[PATH_MAX];

  for (int index = 0; index < hierarchy_count; index++) {
    if (group_in(&hierarchies[index], path, group)) freeze(group, &hierarchies[index]);
  }
  if (!has_marker(id)) {
    make_marker(id);
    say("%s: the lease has run out, killing what is in %s", id, path);
  }
  for (int index = 0; index < hierarchy_count; index++) {
    if (!group_in(&hierarchies[index], path, group)) continue;
    if (hierarchies[index].unified) write_in_group(group, "cgroup.kill", "1");
    for_each_group(group, 0, kill_members, NULL);
  }
  for (int index = 0; index < hierarchy_count; index++) {
    if (group_in(&hierarchies[index], path, group)) for_each_group(group, 0, thaw, &hierarchies[index]);
  }
}

static bool read_registration(int containers, const char *id, char *path, size_t size) {
  static char complained[256];
  ssize_t length = read_file(containers, id, path, size);

  if (length < 0 && errno == ENOENT) return false;
  if (one_line(path, length) && is_group_of(path, id)) return true;
  if (strcmp(complained, id) != 0) {
    say("%s: its registration cannot be read", id);
    snprintf(complained, sizeof complained, "%.255s", id);
  }
  return false;
}

/* Whether any container lived. Asks for the lease before each: it may come back meanwhile. */
static bool fence(void) {
  char path[PATH_MAX];
  struct dirent *entry;
  bool any = false;
  int file = openat(directory, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *containers = file < 0 ? NULL : fdopendir(file);

  if (containers == NULL) {
    if (file >= 0) close(file);
    return false;
  }
  find_hierarchies();
  while ((entry = readdir(containers)) != NULL && has_run_out(read_lease())) {
    if (!is_id(entry->d_name) || !read_registration(file, entry->d_name, path, sizeof path)) continue;
    if (!lives(path)) continue;
    end_container(entry->d_name, path);
    any = true;
  }
  closedir(containers);
  return any;
}

/* ---------------------------------------------------------------- process */

static void make_directory(const char *path) {
  char part[PATH_MAX];
  if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part) {
    errno = ENAMETOOLONG;
    give_up(path);
  }
  for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    if (mkdir(part, 0755) != 0 && errno != EEXIST) give_up(part);
    *slash = '/';
  }
  if (mkdir(part, 0700) != 0 && errno != EEXIST) give_up(part);
}

static void open_directory(const char *path) {
  make_directory(path);
  directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) give_up(path);
  if (mkdirat(directory, "containers", 0700) != 0 && errno != EEXIST) give_up("containers");
  if (mkdirat(directory, "fenced", 0700) != 0 && errno != EEXIST) give_up("fenced");
}

/* Held until the process ends, however it ends. */
static void be_the_only_one(void) {
  int lock = openat(directory, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) give_up("lock");
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) give_up("lock");
    say("another fencer is at work");
    exit(1);
  }
  if (ftruncate(lock, 0) != 0 || dprintf(lock, "%d\n", getpid()) < 0) give_up("lock");
}

/* It must get through when memory and processors are short. Without the privilege it works as well
 * as it can. */
static void be_hard_to_stop(void) {
  write_file("/proc/self/oom_score_adj", "-1000");
  mlockall(MCL_CURRENT | MCL_FUTURE);
  setpriority(PRIO_PROCESS, 0, -20);
}

static int termination(void) {
  sigset_t signals;
  int descriptor;

  signal(SIGPIPE, SIG_IGN); /* whoever reads the log may go */
  signal(SIGHUP, SIG_IGN);
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  descriptor = signalfd(-1, &signals, SFD_CLOEXEC);
  if (descriptor < 0) give_up("signalfd");
  return descriptor;
}

/* Due at the deadline, or at once when the machine wakes up after it. */
static void arm(int timer, int64_t deadline) {
  struct itimerspec when = {0};
  if (deadline != NO_LEASE && !has_run_out(deadline)) {
    when.it_value.tv_sec = deadline / 1000;
    when.it_value.tv_nsec = deadline % 1000 * 1000000;
  }
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void tell_of_change(bool out) {
  static bool was_out;
  if (out != was_out) say(out ? "the lease has run out" : "there is a lease again, or no fleet any more");
  was_out = out;
}

/* Someone removed the directory: the one to watch is the one that is there now. */
static void begin_anew_when_orphaned(char **arguments) {
  struct stat now;
  if (fstat(directory, &now) != 0 || now.st_nlink > 0) return;
  say("the directory was removed; beginning anew");
  execv("/proc/self/exe", arguments);
  give_up("/proc/self/exe");
}

static void watch(int ended, int timer, char **arguments) {
  struct pollfd awaited[] = {{ended, POLLIN, 0}, {timer, POLLIN, 0}};
  uint64_t expirations;

  for (;;) {
    int64_t deadline;
    bool out, lived;

    begin_anew_when_orphaned(arguments);
    deadline = read_lease();
    out = has_run_out(deadline);
    tell_of_change(out);
    lived = out && fence();
    arm(timer, deadline);
    if (poll(awaited, 2, lived ? KILL_AGAIN_MILLIS : WATCH_MILLIS) < 0 && errno != EINTR) pause_millis(WATCH_MILLIS);
    if (awaited[0].revents != 0) return;
    if (awaited[1].revents != 0 && read(timer, &expirations, sizeof expirations) < 0) continue;
  }
}

int main(int count, char **arguments) {
  const char *path = count > 1 ? arguments[1] : DEFAULT_DIRECTORY;
  int ended, timer;

  if (count > 2 || path[0] != '/') {
    dprintf(STDERR_FILENO, "usage: flota-fencer [DIRECTORY], an absolute path; %s unless said otherwise\n",
            DEFAULT_DIRECTORY);
    return 2;
  }
  ended = termination();
  timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0) give_up("timerfd");
  open_directory(path);
  be_the_only_one();
  be_hard_to_stop();
  find_hierarchies();
  say("watching %s", path);
  watch(ended, timer, arguments);
  say("told to end; nothing was killed for that");
  return 0;
}

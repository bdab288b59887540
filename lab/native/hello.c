/*
 * The program of the hello-world image: no C library, so that the image is a few kilobytes.
 */
static const char TEXT[] =
    "\n"
    "Hello from Docker!\n"
    "This message shows that your installation appears to be working correctly.\n"
    "\n"
    "To generate this message, Docker took the following steps:\n"
    " 1. The Docker client contacted the Docker daemon.\n"
    " 2. The Docker daemon pulled the \"hello-world\" image from the Docker Hub.\n"
    " 3. The Docker daemon created a new container from that image which runs the\n"
    "    executable that produces the output you are currently reading.\n"
    " 4. The Docker daemon streamed that output to the Docker client, which sent it\n"
    "    to your terminal.\n"
    "\n"
    "To try something more ambitious, you can run a Debian container with:\n"
    " $ docker run -it debian bash\n"
    "\n"
    "(The engine behind the Docker API here is Flota; this image is the lab's own.)\n"
    "\n";

#if defined(__x86_64__)
enum { SYS_WRITE = 1, SYS_EXIT = 60 };

static long call(long number, long first, long second, long third) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(second), "d"(third)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
enum { SYS_WRITE = 64, SYS_EXIT = 93 };

static long call(long number, long first, long second, long third) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = first;
  register long x1 __asm__("x1") = second;
  register long x2 __asm__("x2") = third;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}
#else
#error "no system calls known for this architecture"
#endif

void _start(void) {
  const char *rest = TEXT;
  long left = sizeof TEXT - 1;

  while (left > 0) {
    long written = call(SYS_WRITE, 1, (long)rest, left);
    if (written <= 0) call(SYS_EXIT, 1, 0, 0);
    rest += written;
    left -= written;
  }
  call(SYS_EXIT, 0, 0, 0);
}

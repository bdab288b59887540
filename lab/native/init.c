/*
 * The init of a lab host: process 1 of its pid namespace. It reaps what is left to it and ends on
 * SIGTERM; the kernel then ends everything else in the namespace.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  sigset_t awaited;
  int signal_number;

  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  if (sigprocmask(SIG_BLOCK, &awaited, NULL) != 0) return 1;

  for (;;) {
    /* Children may have ended before the signal was blocked: look before waiting. */
    while (waitpid(-1, NULL, WNOHANG) > 0) {
    }
    if (sigwait(&awaited, &signal_number) == 0 && signal_number == SIGTERM) return 0;
  }
}

#ifndef HOLDFAST_CPROCESS_SHIM_H
#define HOLDFAST_CPROCESS_SHIM_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

/* Makes the caller's process group the one the terminal talks to; without effect where there is no terminal. */
static inline void holdfast_take_terminal(void) {
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    signal(SIGTTOU, SIG_DFL);
}

static inline void holdfast_complain(const char *sentence, const char *subject) {
    (void)!write(STDERR_FILENO, sentence, strlen(sentence));
    (void)!write(STDERR_FILENO, subject, strlen(subject));
    (void)!write(STDERR_FILENO, "\n", 1);
}

/*
 * Starts a program in a process group of its own, so that it can be ended with its children, and has the kernel kill it
 * when the calling thread ends, however that ends; -1 and errno when fork fails.
 *
 * Neither fork nor prctl can be called from Swift, and posix_spawn has no parent-death signal. Between fork and exec only
 * async-signal-safe calls are made. Exits 127 when the program is not found and 126 when it cannot be run, as shells do.
 */
static inline pid_t holdfast_spawn_bound(char *const arguments[]) {
    pid_t parent = getpid();
    int foreground = tcgetpgrp(STDIN_FILENO) == getpgrp();
    pid_t child = fork();
    if (child > 0) setpgid(child, child); /* Also here: whoever of the two comes first. */
    if (child != 0) return child;
    setpgid(0, 0);
    if (foreground) holdfast_take_terminal();
#if defined(__linux__)
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    /* The parent may have died before the line above. */
    if (getppid() != parent) _exit(1);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    execvp(arguments[0], arguments);
    int missing = errno == ENOENT;
    holdfast_complain(missing ? "holdfast: there is no command " : "holdfast: cannot run ", arguments[0]);
    _exit(missing ? 127 : 126);
}

#endif

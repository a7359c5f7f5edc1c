#ifndef HOLDFAST_CPROCESS_SHIM_H
#define HOLDFAST_CPROCESS_SHIM_H

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/prctl.h>
#endif

/*
 * Starts a program that the kernel kills when the calling thread ends, however it ends; -1 and errno when fork fails.
 *
 * Neither fork nor prctl can be called from Swift, and posix_spawn has no parent-death signal. Between fork and exec only
 * async-signal-safe calls are made. Exits 127 when the program is not found and 126 when it cannot be run, as shells do.
 */
static inline pid_t holdfast_spawn_bound(char *const arguments[]) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child != 0) return child;
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
    execvp(arguments[0], arguments);
    _exit(errno == ENOENT ? 127 : 126);
}

#endif

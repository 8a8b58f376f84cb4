/*
 * Stop requests (common/stop.h). Handlers touch lock-free atomics only. They are installed without
 * SA_RESTART, so that a wait for input or for the network returns and its loop sees the request.
 */
#include "common/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

static atomic_int stop_wanted;
static atomic_int interrupts;

static void on_signal(int sig)
{
    atomic_store(&stop_wanted, 1);
    if (sig == SIGINT && atomic_fetch_add(&interrupts, 1) > 0) _exit(130);
}

static void set_handler(int sig, void (*handler)(int))
{
    struct sigaction sa = { 0 };
    sa.sa_handler = handler;
    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(sig, &sa, NULL);
}

/* nohup starts us with SIGHUP ignored: that is a wish to survive the terminal. SIGXFSZ ignored: a
 * file over the size limit then fails with an error that names it. */
void hone_stop_install(void)
{
    struct sigaction old;
    set_handler(SIGINT, on_signal);
    set_handler(SIGTERM, on_signal);
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        set_handler(SIGHUP, on_signal);
    set_handler(SIGPIPE, SIG_IGN);
    set_handler(SIGXFSZ, SIG_IGN);
}

bool hone_stop_requested(void)
{
    return atomic_load_explicit(&stop_wanted, memory_order_relaxed) != 0;
}

void hone_stop_request(void)
{
    atomic_store(&stop_wanted, 1);
}

/*
 * The one parallel loop (kernels/parallel.h): a pool of threads that sleep between loops.
 *
 * Not OpenMP: its threads spin at the end of each loop, which on a shared machine takes the very
 * processor that the other thread waits for (measured at a load of 8 on two processors: 28 s
 * against 48 s for the same evaluation). Here a thread looks for the next loop for some ten
 * microseconds, as long as what one thread does alone between two loops of a decoding step, then
 * sleeps. Pieces are handed out one by one; who does which piece changes nothing (parallel.h).
 */
#include "kernels/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    POOL_MAX = 255,
    LOOKS = 1024 /* at a pause of 40 to 140 cycles each: 10 to 50 us */
};

typedef struct pool {
    pthread_mutex_t lock;     /* guards started, and sleeping and waking */
    pthread_cond_t wake, done;
    int started;              /* threads besides callers */
    unsigned born[POOL_MAX + 1]; /* loop that was over when thread i started */
    atomic_uint loop;         /* number of the current loop; changes when one begins */
    atomic_int running;       /* threads still in the loop */
    /* the loop */
    int helpers;              /* threads that take part: 1 .. helpers */
    int64_t count;
    atomic_llong next;
    hone_piece_fn *fn;
    void *ctx;
} pool;

static pool the_pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER,
                         .done = PTHREAD_COND_INITIALIZER };
static pthread_mutex_t one_loop = PTHREAD_MUTEX_INITIALIZER; /* loops take turns */
static _Thread_local bool inside; /* a loop within a loop runs where it stands */

static void take_pieces(pool *p, int worker)
{
    for (;;) {
        int64_t i = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed);
        if (i >= p->count) return;
        p->fn(p->ctx, i, worker);
    }
}

/* Between two looks: leaves the processor's other thread and the cache line alone for a while. */
static inline void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Waits until the loop's number is another than seen. */
static unsigned wait_for_loop(pool *p, unsigned seen)
{
    unsigned now = seen;
    for (int i = 0; i < LOOKS && now == seen; i++) {
        pause_briefly();
        now = atomic_load_explicit(&p->loop, memory_order_acquire);
    }
    if (now != seen) return now;
    pthread_mutex_lock(&p->lock);
    while ((now = atomic_load_explicit(&p->loop, memory_order_acquire)) == seen) {
        pthread_cond_wait(&p->wake, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
    return now;
}

static void *helper(void *arg)
{
    pool *p = &the_pool;
    const int worker = (int)(intptr_t)arg;
    unsigned seen = p->born[worker];
    inside = true;
    for (;;) {
        seen = wait_for_loop(p, seen);
        if (worker <= p->helpers) take_pieces(p, worker);
        if (atomic_fetch_sub_explicit(&p->running, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_signal(&p->done);
            pthread_mutex_unlock(&p->lock);
        }
    }
    return NULL;
}

/* A child that was forked has none of the pool's threads: it starts its own. */
static void forget(void)
{
    pool *p = &the_pool;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->done, NULL);
    pthread_mutex_init(&one_loop, NULL);
    p->started = 0;
    atomic_store_explicit(&p->running, 0, memory_order_relaxed);
}

static void watch_forks(void)
{
    (void)pthread_atfork(NULL, NULL, forget);
}

/* Starts threads until there are wanted of them; fewer are no error. Signals stay with the caller.
 */
static void start(pool *p, int wanted)
{
    static pthread_once_t watching = PTHREAD_ONCE_INIT;
    pthread_attr_t attr;
    pthread_once(&watching, watch_forks);
    if (p->started >= wanted || pthread_attr_init(&attr) != 0) return;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (p->started < wanted) {
        pthread_t t;
        p->born[p->started + 1] = atomic_load_explicit(&p->loop, memory_order_relaxed);
        if (pthread_create(&t, &attr, helper, (void *)(intptr_t)(p->started + 1)) != 0) break;
        p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

static void finish(pool *p)
{
    for (int i = 0; i < LOOKS; i++) {
        if (atomic_load_explicit(&p->running, memory_order_acquire) == 0) return;
        pause_briefly();
    }
    pthread_mutex_lock(&p->lock);
    while (atomic_load_explicit(&p->running, memory_order_acquire) != 0) {
        pthread_cond_wait(&p->done, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

static void run_shared(pool *p, int threads, int64_t count, hone_piece_fn *fn, void *ctx)
{
    start(p, threads - 1);
    p->helpers = threads - 1;
    p->count = count;
    p->fn = fn;
    p->ctx = ctx;
    atomic_store_explicit(&p->next, 0, memory_order_relaxed);
    atomic_store_explicit(&p->running, p->started, memory_order_relaxed);
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add_explicit(&p->loop, 1, memory_order_release);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    inside = true;
    take_pieces(p, 0);
    inside = false;
    finish(p);
}

void hone_parallel(int threads, int64_t count, hone_piece_fn *fn, void *ctx)
{
    if (threads > count) threads = (int)count;
    if (threads > POOL_MAX + 1) threads = POOL_MAX + 1;
    if (threads <= 1 || inside) {
        for (int64_t i = 0; i < count; i++) fn(ctx, i, 0);
        return;
    }
    pthread_mutex_lock(&one_loop);
    run_shared(&the_pool, threads, count, fn, ctx);
    pthread_mutex_unlock(&one_loop);
}

int hone_cpu_count(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? n : 1;
}

int64_t hone_pieces(int64_t n, int64_t max)
{
    int64_t pieces = (n + max - 1) / max;
    if (pieces > 1 && pieces % 2) pieces++;
    return pieces;
}

/* Borders lie on multiples of 8 rows: the matrix product's tiles stay full. */
int64_t hone_piece_at(int64_t n, int64_t pieces, int64_t i)
{
    if (i >= pieces) return n;
    int64_t at = n * i / pieces / 8 * 8;
    return at;
}

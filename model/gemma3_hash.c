/*
 * The content hash of a model's weights (hone_model_sha256, model/gemma3.h). Hashing a file of 270
 * MB takes as long as all the rest of opening it, and not everybody asks: it is computed when
 * somebody does, or by a thread of its own from the moment that the file is mapped
 * (hone_model_open_hashed). A child that was forked meanwhile lacks the thread and computes it.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/mem.h"
#include "model/gemma3_open.h"

enum { HASH_PIECE = 1 << 20 }; /* how often a thread looks whether it shall stop */

struct hone_model_hash {
    const hone_map *map; /* one of the model's own */
    hone_sha256 *sum;
    pthread_t thread;
    pid_t process; /* that started the thread */
    atomic_bool stop;
    atomic_bool is_done; /* hex is whole */
    bool is_running;
    char hex[65];
};

static void *hash_map(void *ctx)
{
    struct hone_model_hash *h = ctx;
    size_t at = 0;
    while (at < h->map->size && !atomic_load_explicit(&h->stop, memory_order_relaxed)) {
        const size_t left = h->map->size - at, n = left < HASH_PIECE ? left : HASH_PIECE;
        hone_sha256_add(h->sum, (const char *)h->map->data + at, n);
        at += n;
    }
    if (at < h->map->size) return NULL;
    hone_sha256_hex(h->sum, h->hex);
    atomic_store(&h->is_done, true);
    return NULL;
}

static void wait_for_thread(struct hone_model_hash *h)
{
    if (h->is_running && h->process == getpid()) (void)pthread_join(h->thread, NULL);
    h->is_running = false;
}

/* Without memory or threads: when it is asked for, then. */
static void start(struct hone_model_hash *h)
{
    h->sum = hone_sha256_new();
    if (!h->sum) return;
    sigset_t all, old; /* signals stay with the caller */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    h->process = getpid();
    h->is_running = pthread_create(&h->thread, NULL, hash_map, h) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

int hone_model_hash_later(hone_model *m, const hone_map *map, hone_err *err)
{
    hone_map *copy = hone_arena_alloc(m->arena, sizeof *copy); /* the table of maps may move */
    m->hash = hone_calloc(1, sizeof *m->hash);
    if (!copy || !m->hash) return hone_err_memory(err, "a hash", sizeof *m->hash);
    *copy = *map;
    m->hash->map = copy;
    if (m->hash_wanted) start(m->hash);
    return 0;
}

const char *hone_model_sha256(const hone_model *m)
{
    struct hone_model_hash *h = m->hash;
    if (!h) return m->given_sha256;
    wait_for_thread(h);
    if (!atomic_load(&h->is_done)) hone_sha256_of(h->map->data, h->map->size, h->hex);
    atomic_store(&h->is_done, true);
    return h->hex;
}

void hone_model_hash_done(hone_model *m)
{
    if (!m->hash) return;
    atomic_store_explicit(&m->hash->stop, true, memory_order_relaxed);
    wait_for_thread(m->hash);
    hone_sha256_free(m->hash->sum);
    hone_free(m->hash);
    m->hash = NULL;
}

/*
 * The content hash of a model's weights (hone_model_sha256, model/gemma3.h). Hashing a file of 270
 * MB takes as long as all the rest of opening it, and not everybody asks: it is computed when
 * somebody does, or on a thread of its own from hone_model_hash_start on.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "common/hash.h"
#include "common/mem.h"
#include "model/gemma3_open.h"

enum { HASH_PIECE = 1 << 20 }; /* how often a thread looks whether it shall stop */

struct hone_model_hash {
    const hone_map *map; /* one of the model's own */
    hone_sha256 *sum;
    pthread_t thread;
    atomic_bool stop;
    bool is_running, is_done;
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
    hone_sha256_hex(h->sum, h->hex);
    h->is_done = at == h->map->size;
    return NULL;
}

static void wait_for_thread(struct hone_model_hash *h)
{
    if (h->is_running) (void)pthread_join(h->thread, NULL);
    h->is_running = false;
}

int hone_model_hash_later(hone_model *m, const hone_map *map, hone_err *err)
{
    hone_map *copy = hone_arena_alloc(m->arena, sizeof *copy); /* the table of maps may move */
    m->hash = hone_calloc(1, sizeof *m->hash);
    if (!copy || !m->hash) return hone_err_memory(err, "a hash", sizeof *m->hash);
    *copy = *map;
    m->hash->map = copy;
    return 0;
}

void hone_model_hash_start(hone_model *m)
{
    struct hone_model_hash *h = m->hash;
    if (!h || h->sum) return;
    h->sum = hone_sha256_new();
    if (!h->sum) return; /* later, then */
    sigset_t all, old; /* signals stay with the caller */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    h->is_running = pthread_create(&h->thread, NULL, hash_map, h) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

const char *hone_model_sha256(const hone_model *m)
{
    struct hone_model_hash *h = m->hash;
    if (!h) return m->given_sha256;
    wait_for_thread(h);
    if (!h->is_done) hone_sha256_of(h->map->data, h->map->size, h->hex);
    h->is_done = true;
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

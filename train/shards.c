/*
 * Shards of a step (train/shards.h). Every rank owns a slice of the gradient: it gets that slice of
 * all shards, adds them in order and hands the sum to the others. What travels is (shards + ranks)
 * / ranks gradients a rank, as much as in a ring when there is one shard a rank.
 */
#include "train/shards.h"

#include <string.h>

#include "common/mem.h"
#include "common/mpi.h"
#include "kernels/kernels.h"

struct hone_shards {
    int32_t shards, ranks, rank;
    int32_t first, end; /* own shards */
    int32_t held;       /* own shard whose gradient is in the engine, -1: none */
    size_t count;
    float *grads;       /* [own shards][count]; NULL: one shard, one rank */
    float *slice;       /* [shards of other ranks][slice], and room for one sum */
    hone_tally *tally, *all; /* [shards], [ranks][shards] */
    hone_mpi_message *out, *in;
};

static int32_t first_shard(const hone_shards *s, int32_t rank)
{
    return (int32_t)((int64_t)s->shards * rank / s->ranks);
}

static size_t slice_at(const hone_shards *s, int32_t rank)
{
    return s->count / (size_t)s->ranks * (size_t)rank +
           (s->count % (size_t)s->ranks) * (size_t)rank / (size_t)s->ranks;
}

static bool is_alone(const hone_shards *s)
{
    return s->shards == 1 && s->ranks == 1;
}

static int shards_alloc(hone_shards *s, hone_err *err)
{
    const size_t own = (size_t)(s->end - s->first), shards = (size_t)s->shards,
                 ranks = (size_t)s->ranks;
    const size_t slice = slice_at(s, s->rank + 1) - slice_at(s, s->rank);
    s->tally = hone_calloc(shards, sizeof *s->tally);
    s->all = hone_calloc(ranks * shards, sizeof *s->all);
    s->out = hone_calloc(own * ranks + ranks, sizeof *s->out);
    s->in = hone_calloc(shards + ranks, sizeof *s->in);
    if (!s->tally || !s->all || !s->out || !s->in) return hone_err_memory(err, "shards", shards);
    if (is_alone(s)) return HONE_OK;
    s->grads = hone_calloc(own * s->count, sizeof *s->grads);
    s->slice = hone_calloc((shards - own + 1) * slice + 1, sizeof *s->slice);
    return s->grads && s->slice ? HONE_OK
                                : hone_err_memory(err, "the shards' gradients",
                                                  own * s->count * sizeof *s->grads);
}

int hone_shards_new(hone_shards **ret, int32_t shards, size_t count, hone_err *err)
{
    hone_shards *s = hone_calloc(1, sizeof *s);
    if (!s) return hone_err_memory(err, "shards", sizeof *s);
    *s = (hone_shards){ .shards = shards, .ranks = hone_mpi_size(), .rank = hone_mpi_rank(),
                        .held = -1, .count = count };
    int rc = HONE_OK;
    if (shards < s->ranks || shards > HONE_SHARDS_MAX)
        rc = hone_fail(err, HONE_E_INTERNAL, "%d shards for %d ranks", shards, s->ranks);
    s->first = first_shard(s, s->rank);
    s->end = first_shard(s, s->rank + 1);
    if (rc == 0) rc = shards_alloc(s, err);
    if (rc < 0) hone_shards_free(s);
    else *ret = s;
    return rc;
}

void hone_shards_free(hone_shards *s)
{
    if (!s) return;
    hone_free(s->grads);
    hone_free(s->slice);
    hone_free(s->tally);
    hone_free(s->all);
    hone_free(s->out);
    hone_free(s->in);
    hone_free(s);
}

void hone_shards_own(const hone_shards *s, int32_t *ret_first, int32_t *ret_end)
{
    *ret_first = s->first;
    *ret_end = s->end;
}

void hone_shards_begin(hone_shards *s)
{
    const size_t own = (size_t)(s->end - s->first);
    memset(s->tally, 0, (size_t)s->shards * sizeof *s->tally);
    if (s->grads) memset(s->grads, 0, own * s->count * sizeof *s->grads); /* some may stay empty */
    s->held = -1;
}

static float *grads_of(const hone_shards *s, int32_t shard)
{
    return s->grads + (size_t)(shard - s->first) * s->count;
}

/* The engine's gradient becomes that of the shard it was computed for. */
static int put_away(hone_shards *s, hone_engine *e, hone_err *err)
{
    if (is_alone(s) || s->held < 0) return HONE_OK;
    HONE_TRY(hone_engine_read(e, HONE_VEC_GRADS, grads_of(s, s->held), err));
    hone_engine_zero_grads(e);
    s->held = -1;
    return HONE_OK;
}

int hone_shards_enter(hone_shards *s, hone_engine *e, int32_t shard, hone_err *err)
{
    if (shard != s->held) HONE_TRY(put_away(s, e, err));
    s->held = shard;
    return HONE_OK;
}

void hone_shards_count(hone_shards *s, int32_t shard, const hone_loss *loss)
{
    hone_tally *t = &s->tally[shard];
    t->loss += loss->sum;
    t->labels += loss->labels;
    t->correct += loss->correct;
}

/* ---- the sum ---- */

static hone_tally tally_sum(const hone_shards *s)
{
    hone_tally sum = { 0 };
    hone_mpi_gather(s->tally, (size_t)s->shards * sizeof *s->tally, s->all);
    for (int32_t r = 0; r < s->ranks; r++) {
        for (int32_t k = first_shard(s, r); k < first_shard(s, r + 1); k++) {
            const hone_tally *t = &s->all[r * s->shards + k];
            sum.loss += t->loss;
            sum.labels += t->labels;
            sum.correct += t->correct;
        }
    }
    return sum;
}

/* Every rank gets its slice of every shard. */
static int slices_swap(hone_shards *s, hone_err *err)
{
    int out = 0, in = 0;
    const size_t mine = slice_at(s, s->rank), n = slice_at(s, s->rank + 1) - mine;
    float *at = s->slice;
    for (int32_t r = 0; r < s->ranks; r++) {
        const size_t from = slice_at(s, r), len = slice_at(s, r + 1) - from;
        if (r == s->rank) continue;
        for (int32_t k = s->first; k < s->end; k++)
            s->out[out++] = (hone_mpi_message){ r, k, grads_of(s, k) + from, len * sizeof(float) };
        for (int32_t k = first_shard(s, r); k < first_shard(s, r + 1); k++, at += n)
            s->in[in++] = (hone_mpi_message){ r, k, at, n * sizeof(float) };
    }
    return hone_mpi_swap(s->out, out, s->in, in, err);
}

/* The own slice, summed in the order of the shards, into its place in whole. */
static void slice_sum(const hone_shards *s, float *whole)
{
    const hone_kernels *k = hone_kernels_get();
    const size_t from = slice_at(s, s->rank), n = slice_at(s, s->rank + 1) - from;
    const float *at = s->slice;
    float *sum = s->slice + (size_t)(s->shards - (s->end - s->first)) * n;
    for (int32_t i = 0; i < s->shards; i++) {
        const bool own = i >= s->first && i < s->end;
        const float *x = own ? grads_of(s, i) + from : at;
        if (!own) at += n;
        if (i == 0) memcpy(sum, x, n * sizeof *sum);
        else k->axpy(sum, x, (int64_t)n, 1);
    }
    memcpy(whole + from, sum, n * sizeof *sum);
}

/* The sums of all slices, put together in whole. */
static int slices_join(hone_shards *s, float *whole, hone_err *err)
{
    int n = 0;
    const size_t mine = slice_at(s, s->rank), len = slice_at(s, s->rank + 1) - mine;
    for (int32_t r = 0; r < s->ranks; r++) {
        const size_t from = slice_at(s, r);
        if (r == s->rank) continue;
        s->out[n] = (hone_mpi_message){ r, s->shards, whole + mine, len * sizeof(float) };
        s->in[n++] = (hone_mpi_message){ r, s->shards, whole + from,
                                         (slice_at(s, r + 1) - from) * sizeof(float) };
    }
    return hone_mpi_swap(s->out, n, s->in, n, err);
}

int hone_shards_sum(hone_shards *s, hone_engine *e, hone_tally *ret, hone_err *err)
{
    HONE_TRY(put_away(s, e, err));
    *ret = tally_sum(s);
    if (is_alone(s)) return HONE_OK;
    HONE_TRY(slices_swap(s, err));
    float *whole = s->grads; /* all that was to be read of it is out */
    slice_sum(s, whole);
    HONE_TRY(slices_join(s, whole, err));
    return hone_engine_write(e, HONE_VEC_GRADS, whole, err);
}

/* The order of rows (datasets/order.h). */
#include "datasets/order.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/rng.h"

/* Epochs count from 0: the permutations of files take the upper half of the same stream. */
static const uint32_t FILE_STEP = 0x80000000u;

struct hone_order {
    hone_order_part parts[HONE_ORDER_PARTS];
    size_t taken[HONE_ORDER_PARTS]; /* rows of the part in an epoch */
    int num_parts;
    size_t batch, rows;
    uint64_t seed;
    uint32_t *order; /* of the epoch held: rows in the order of training */
    uint32_t *pick;  /* the epoch's rows before shuffling; NULL when every row comes once */
    uint32_t *file;  /* permutation of one part */
    int64_t held;    /* epoch, -1: none */
};

static int check_part(hone_order *o, int i, hone_err *err)
{
    const hone_order_part *p = &o->parts[i];
    double taken = round(p->weight * (double)p->count);
    if (!(p->weight > 0 && p->weight <= 1e6))
        return hone_fail(err, HONE_E_USAGE, "the weight of row file %d must lie above 0 and be at "
                                            "most 1e6", i + 1);
    if (taken < 1)
        return hone_fail(err, HONE_E_USAGE, "row file %d has %zu rows: a weight of %g leaves none",
                         i + 1, p->count, p->weight);
    if ((double)o->rows + taken > (double)UINT32_MAX)
        return hone_fail(err, HONE_E_USAGE, "an epoch has more than %u rows", UINT32_MAX);
    o->taken[i] = (size_t)taken;
    o->rows += o->taken[i];
    return HONE_OK;
}

static bool is_plain(const hone_order *o)
{
    for (int i = 0; i < o->num_parts; i++)
        if (o->taken[i] != o->parts[i].count) return false;
    return true;
}

static int buffers_alloc(hone_order *o, hone_err *err)
{
    size_t longest = 0;
    for (int i = 0; i < o->num_parts; i++)
        if (o->parts[i].count > longest) longest = o->parts[i].count;
    o->order = hone_calloc(o->rows, sizeof *o->order);
    if (!o->order) return hone_err_memory(err, "row order", o->rows * sizeof *o->order);
    if (is_plain(o)) return HONE_OK;
    o->pick = hone_calloc(o->rows, sizeof *o->pick);
    o->file = hone_calloc(longest, sizeof *o->file);
    if (o->pick && o->file) return HONE_OK;
    return hone_err_memory(err, "row order", o->rows * sizeof *o->pick);
}

int hone_order_new(hone_order **ret, const hone_order_part *parts, int num_parts, size_t batch,
                   uint64_t seed, hone_err *err)
{
    hone_order *o = hone_calloc(1, sizeof *o);
    int rc = HONE_OK;
    if (!o) return hone_err_memory(err, "row order", sizeof *o);
    *o = (hone_order){ .num_parts = num_parts, .batch = batch, .seed = seed, .held = -1 };
    if (num_parts < 1 || num_parts > HONE_ORDER_PARTS || batch < 1)
        rc = hone_fail(err, HONE_E_INTERNAL, "%d row files, batches of %zu", num_parts, batch);
    for (int i = 0; i < num_parts && rc == 0; i++) {
        o->parts[i] = parts[i];
        rc = check_part(o, i, err);
    }
    if (rc == 0) rc = buffers_alloc(o, err);
    if (rc < 0) hone_order_free(o);
    else *ret = o;
    return rc;
}

void hone_order_free(hone_order *o)
{
    if (!o) return;
    hone_free(o->order);
    hone_free(o->pick);
    hone_free(o->file);
    hone_free(o);
}

size_t hone_order_rows(const hone_order *o)
{
    return o->rows;
}

int64_t hone_order_steps(const hone_order *o)
{
    return (int64_t)((o->rows + o->batch - 1) / o->batch);
}

/* The epoch's rows of one part, into pick. */
static void pick_part(hone_order *o, int i, int64_t epoch, uint32_t *pick)
{
    const hone_order_part *p = &o->parts[i];
    size_t n = p->count, rest = o->taken[i] % n, at = 0;
    for (size_t copy = 0; copy < o->taken[i] / n; copy++)
        for (size_t k = 0; k < n; k++) pick[at++] = (uint32_t)(p->first + k);
    if (rest == 0) return;
    hone_rng_shuffle(o->seed, HONE_RNG_ORDER, FILE_STEP + (uint32_t)i, o->file, n);
    uint64_t from = (uint64_t)epoch % n * rest % n; /* n < 2^32: no overflow */
    for (size_t k = 0; k < rest; k++)
        pick[at++] = (uint32_t)(p->first + o->file[(from + k) % n]);
}

static void epoch_make(hone_order *o, int64_t epoch)
{
    size_t at = 0;
    hone_rng_shuffle(o->seed, HONE_RNG_ORDER, (uint32_t)epoch, o->order, o->rows);
    for (int i = 0; o->pick && i < o->num_parts; i++) {
        pick_part(o, i, epoch, o->pick + at);
        at += o->taken[i];
    }
    for (size_t k = 0; o->pick && k < o->rows; k++) o->order[k] = o->pick[o->order[k]];
    o->held = epoch;
}

size_t hone_order_step(hone_order *o, int64_t k, const uint32_t **ret_rows)
{
    int64_t steps = hone_order_steps(o), epoch = k / steps;
    if (o->held != epoch) epoch_make(o, epoch);
    size_t from = (size_t)(k % steps) * o->batch;
    *ret_rows = o->order + from;
    return o->rows - from < o->batch ? o->rows - from : o->batch;
}

/* Guards of a step (train/guard.h). */
#include "train/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/full.h"

/* Row ids that a message names at most. */
enum { NAMED_ROWS = 8 };
static const double SPIKE_FLOOR = 0.5;

static bool is_finite(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & 0x7F800000u) != 0x7F800000u;
}

static bool is_finite64(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & 0x7FF0000000000000u) != 0x7FF0000000000000u;
}

size_t hone_guard_first_bad(const float *x, size_t n)
{
    size_t i = 0;
    while (i < n && is_finite(x[i])) i++;
    return i;
}

void hone_guard_param_name(char *buf, size_t size, const hone_adapter *a, const hone_config *c,
                           size_t i)
{
    if (a->config.full) {
        hone_full_name(buf, size, a, c, i);
        return;
    }
    for (int l = 0; l < a->L; l++) {
        for (int id = 0; id < HONE_LINEARS; id++) {
            int64_t out, in;
            if (!(a->config.targets >> id & 1)) continue;
            hone_config_linear_shape(c, (hone_linear_id)id, &out, &in);
            size_t at[2] = { a->a_at[l][id], a->b_at[l][id] };
            size_t len[2] = { (size_t)a->config.r * (size_t)in, (size_t)a->config.r * (size_t)out };
            for (int k = 0; k < 2; k++) {
                if (i < at[k] || i >= at[k] + len[k]) continue;
                (void)snprintf(buf, size, "layers.%d.%s.lora_%c", l, hone_linear_names[id],
                               k ? 'B' : 'A');
                return;
            }
        }
    }
    (void)snprintf(buf, size, "control rows");
}

/* A list of ids that stops in time. */
typedef struct id_list {
    char *buf;
    size_t size, at;
    int named, more;
} id_list;

static void id_add(id_list *l, const char *id)
{
    if (l->named == NAMED_ROWS || l->at + 1 >= l->size) {
        l->more++;
        return;
    }
    int n = snprintf(l->buf + l->at, l->size - l->at, "%s%s", l->named ? ", " : "", id);
    l->at = n < 0 || (size_t)n >= l->size - l->at ? l->size - 1 : l->at + (size_t)n;
    l->named++;
}

static void id_end(id_list *l)
{
    if (l->more && l->at + 1 < l->size)
        (void)snprintf(l->buf + l->at, l->size - l->at, " and %d more", l->more);
}

/* Ids of the batch's rows: their labels come row after row. */
static void rows_name(char *buf, size_t size, const hone_batch *b, const hone_encode_set *set)
{
    id_list l = { .buf = buf, .size = size };
    int32_t last = -1;
    buf[0] = '\0';
    for (int32_t i = 0; i < b->num_labels; i++) {
        if (b->labels[i].row == last) continue;
        last = b->labels[i].row;
        id_add(&l, set->rows[last].id);
    }
    id_end(&l);
}

void hone_guard_rows(char *buf, size_t size, const hone_encode_set *set)
{
    id_list l = { .buf = buf, .size = size };
    buf[0] = '\0';
    for (size_t i = 0; i < set->count; i++) id_add(&l, set->rows[i].id);
    id_end(&l);
}

/* ---- spikes ---- */

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(const hone_spikes *s)
{
    double sorted[HONE_SPIKE_WINDOW];
    memcpy(sorted, s->losses, (size_t)s->count * sizeof *sorted);
    qsort(sorted, (size_t)s->count, sizeof *sorted, by_value);
    return sorted[s->count / 2];
}

static void remember(hone_spikes *s, double loss)
{
    if (s->count == HONE_SPIKE_WINDOW) {
        s->count--;
        memmove(s->losses, s->losses + 1, (size_t)s->count * sizeof *s->losses);
    }
    s->losses[s->count++] = loss;
}

bool hone_guard_spike(hone_spikes *s, double factor, double loss)
{
    if (factor > 0 && s->count >= HONE_SPIKE_WARM && loss > SPIKE_FLOOR &&
        loss > factor * median(s)) {
        s->run++;
        s->total++;
        return true;
    }
    s->run = 0;
    remember(s, loss);
    return false;
}

int hone_guard_spike_run(const hone_spikes *s, double loss, int64_t step, const char *rows,
                         hone_err *err)
{
    if (s->run < HONE_SPIKE_RUN) return HONE_OK;
    hone_err_hint(err, "lower --learning-rate, or look at the rows named; --spike-factor 0 trains "
                       "on regardless");
    return hone_fail(err, HONE_E_MODEL,
                     "step %lld: the loss is %.4g, far above the recent %.4g, for the %dth step in "
                     "a row: rows %s", (long long)step, loss, median(s), s->run, rows);
}

hone_json *hone_spikes_json(hone_arena *a, const hone_spikes *s)
{
    hone_json *losses = hone_json_new_array(a), *o = hone_json_new_object(a);
    bool ok = losses && o;
    for (int i = 0; i < s->count && ok; i++)
        ok = hone_json_push(a, losses, hone_json_new_f64(a, s->losses[i]));
    ok = ok && hone_json_set(a, o, "losses", losses) &&
         hone_json_set(a, o, "run", hone_json_new_i64(a, s->run)) &&
         hone_json_set(a, o, "total", hone_json_new_i64(a, s->total));
    return ok ? o : NULL;
}

int hone_spikes_read(hone_spikes *ret, const hone_json *state, hone_err *err)
{
    hone_json *o = NULL, *losses = NULL;
    hone_spikes s = { .count = 0 };
    int64_t run;
    HONE_TRY(hone_json_get_typed(&o, state, "spikes", HONE_JSON_OBJECT, "state.json", err));
    HONE_TRY(hone_json_get_typed(&losses, o, "losses", HONE_JSON_ARRAY, "state.json", err));
    if (!losses || losses->len > HONE_SPIKE_WINDOW)
        return hone_fail(err, HONE_E_DATA, "state.json: the losses of the last steps are missing");
    for (size_t i = 0; i < losses->len; i++) s.losses[s.count++] = hone_json_f64(losses->items[i]);
    HONE_TRY(hone_json_req_i64(&run, o, "run", 0, HONE_SPIKE_RUN, "state.json", err));
    HONE_TRY(hone_json_req_i64(&s.total, o, "total", 0, INT64_MAX, "state.json", err));
    s.run = (int)run;
    *ret = s;
    return HONE_OK;
}

/* ---- not a number ---- */

static int fail_step(hone_err *err, int64_t step, const char *what, const char *where)
{
    hone_err_hint(err, "the step was not applied and the state before it is saved; a lower "
                       "--learning-rate usually helps, else look at the rows named");
    return hone_fail(err, HONE_E_MODEL, "step %lld: %s is not a finite number%s%s", (long long)step,
                     what, *where ? ": " : "", where);
}

int hone_guard_loss(const hone_loss *loss, const hone_batch *b, const hone_encode_set *set,
                    int64_t step, hone_err *err)
{
    char rows[256], where[512];
    if (loss->finite && is_finite64(loss->sum)) return HONE_OK;
    rows_name(rows, sizeof rows, b, set);
    (void)snprintf(where, sizeof where, "%s%sin a batch of the rows %s", loss->where,
                   loss->where[0] ? ", " : "", rows);
    return fail_step(err, step, "the loss", where);
}

int hone_guard_gradients(const hone_engine *e, const hone_adapter *a, double norm, float *work,
                         int64_t step, hone_err *err)
{
    char name[128];
    if (is_finite64(norm)) return HONE_OK;
    HONE_TRY(hone_engine_read(e, HONE_VEC_GRADS, work, err));
    size_t i = hone_guard_first_bad(work, a->count);
    if (i == a->count) return fail_step(err, step, "the norm of the gradients", "");
    hone_guard_param_name(name, sizeof name, a, hone_engine_config(e), i);
    return fail_step(err, step, "a gradient", name);
}

int hone_guard_params(const float *params, const hone_adapter *a, const hone_config *c,
                      int64_t step, hone_err *err)
{
    char name[128];
    size_t i = hone_guard_first_bad(params, a->count);
    if (i == a->count) return HONE_OK;
    hone_guard_param_name(name, sizeof name, a, c, i);
    return fail_step(err, step, "a parameter", name);
}

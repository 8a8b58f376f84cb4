/* Plans (train/plan.h). */
#include "train/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/mem.h"

static const double GB = 1e9;
static const double DEFAULT_LIMIT_GB = 4.0;
static const double MACHINE_SHARE = 0.6;
static const double SMALLEST_GB = 0.25; /* below that no batch fits anyway: let one row through */
static const double REST_GB = 0.25;     /* rows, tokenizer, program, libraries */

/* ---- memory ---- */

/* The limit of a container (cgroup 2), or infinity. */
static double container_bytes(void)
{
    hone_buf text = HONE_BUF_INIT(64);
    double bytes = INFINITY;
    int64_t n;
    if (hone_fs_read(&text, "/sys/fs/cgroup/memory.max", 64, NULL) < 0) return bytes;
    size_t len = text.len;
    while (len > 0 && text.data[len - 1] == '\n') len--;
    if (hone_parse_i64(text.data, len, &n) && n > 0) bytes = (double)n; /* else the word "max" */
    hone_buf_done(&text);
    return bytes;
}

static double machine_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    double bytes = pages > 0 && size > 0 ? (double)pages * (double)size : INFINITY;
    return fmin(bytes, container_bytes());
}

/* Weights as the engine keeps them, beside the mapped file: linears in f32 or packed twice in bf16,
 * then also the embedding in bf16; decoding and quantised weights need both in f32. */
static double weight_bytes(const hone_model *m, bool half, bool resident)
{
    const hone_config *c = &m->config;
    const double embedding = (double)c->V * c->C;
    double linears = 0, mapped = 0;
    for (int id = 0; id < HONE_LINEARS; id++) {
        int64_t out, in;
        hone_config_linear_shape(c, (hone_linear_id)id, &out, &in);
        linears += (double)out * (double)in * c->L;
    }
    for (int i = 0; i < m->num_maps; i++) mapped += (double)m->maps[i].size;
    return 4 * linears + (half ? 2 * embedding : 0) +
           (resident ? 4 * embedding + (half ? 4 * linears : 0) : 0) + mapped;
}

size_t hone_train_batch_bytes(const hone_model *m, const hone_adapter *a, int64_t limit, bool half,
                              bool resident, bool mean)
{
    const bool full = a->config.full;
    const double most = full ? INFINITY : DEFAULT_LIMIT_GB * GB;
    double whole = limit > 0 ? (double)limit : fmin(most, MACHINE_SHARE * machine_bytes());
    /* Parameters, gradients (twice; full: once), two moments, the copy that is saved, products'
     * operands; full: the parameters also at first, and three vectors that are saved. */
    double fixed = weight_bytes(m, half, resident && !full) + REST_GB * GB +
                   ((full ? 9.0 : 7.0) + mean) * sizeof(float) * (double)a->count;
    return (size_t)fmax(whole - fixed, SMALLEST_GB * GB);
}

/* ---- steps ---- */

static int check_settings(const hone_train_settings *s, hone_err *err)
{
    HONE_TRY(hone_adamw_check(&s->adamw, err));
    if (!(s->learning_rate > 0) || !isfinite(s->learning_rate) || !(s->control_lr >= 0) ||
        !isfinite(s->control_lr) || !(s->lora_plus > 0) || !isfinite(s->lora_plus))
        return hone_fail(err, HONE_E_USAGE, "learning rates must be above 0");
    if (s->batch_size < 1) return hone_fail(err, HONE_E_USAGE, "the batch size must be 1 or more");
    if (s->max_steps < 0 || (s->max_steps == 0 && !(s->epochs > 0 && s->epochs < 1e6)))
        return hone_fail(err, HONE_E_USAGE, "epochs must be above 0");
    if (!(s->max_grad_norm >= 0)) return hone_fail(err, HONE_E_USAGE, "--max-grad-norm is below 0");
    if (!(s->ema >= 0 && s->ema < 1))
        return hone_fail(err, HONE_E_USAGE, "--ema must be at least 0 and below 1");
    if (!(s->spike_factor == 0 || s->spike_factor > 1))
        return hone_fail(err, HONE_E_USAGE, "--spike-factor must be above 1, or 0 for none");
    return HONE_OK;
}

static size_t batch_bytes(void *user, int32_t num_tokens, int32_t num_labels, int32_t held)
{
    return hone_engine_memory(user, num_tokens, num_labels, held);
}

int hone_train_batcher(hone_batcher **ret, const hone_engine *e, const hone_encode_set *window,
                       const hone_train_settings *s, int32_t shards, hone_err *err)
{
    hone_batch_limits limits = { .min_ratio = HONE_MIN_TOKEN_RATIO,
                                 .max_bytes = s->batch_bytes,
                                 .bytes = batch_bytes,
                                 .user = (void *)(uintptr_t)e,
                                 .hold = true,
                                 .value_weight = s->value_weight,
                                 .shards = shards };
    return hone_batcher_new(ret, window, &limits, err);
}

int hone_train_order(hone_order **ret, const hone_train_rows *rows, const hone_train_settings *s,
                     hone_err *err)
{
    if (rows->source.count == 0)
        return hone_fail(err, HONE_E_DATA, "there are no rows to train on");
    return hone_order_new(ret, rows->parts, rows->num_parts, (size_t)s->batch_size, s->seed, err);
}

static void plan_add(hone_train_plan *p, const hone_batch_stats *b, size_t bytes)
{
    p->row_tokens += b->row_tokens;
    p->plain += b->plain;
    p->computed += b->computed;
    p->labels += b->labels;
    if (b->parts > p->most_parts) p->most_parts = b->parts;
    if (b->most_tokens > p->most_tokens) p->most_tokens = b->most_tokens;
    if (b->most_labels > p->most_labels) p->most_labels = b->most_labels;
    if (bytes > p->bytes) p->bytes = bytes;
}

/* Figures of one epoch, scaled to the run. */
static void plan_scale(hone_train_plan *p, int64_t laid_out)
{
    double factor = (double)p->steps / (double)laid_out;
    p->row_tokens = (int64_t)((double)p->row_tokens * factor);
    p->plain = (int64_t)((double)p->plain * factor);
    p->computed = (int64_t)((double)p->computed * factor);
    p->labels = (int64_t)((double)p->labels * factor);
}

static void plan_size(hone_train_plan *p, const hone_order *order, const hone_train_settings *s)
{
    p->rows = (int64_t)hone_order_rows(order);
    p->steps_per_epoch = hone_order_steps(order);
    p->steps = s->max_steps > 0 ? s->max_steps
                                : (int64_t)ceil(s->epochs * (double)p->steps_per_epoch - 1e-9);
    if (p->steps < 1) p->steps = 1;
    p->epochs = (double)p->steps / (double)p->steps_per_epoch;
    p->warmup = s->tuned ? hone_schedule_warmup_tuned(s->warmup_steps, p->steps)
                         : hone_schedule_warmup(s->warmup_steps, p->steps);
}

/* What laying out a step takes. */
typedef struct layout {
    hone_order *order;
    hone_encode_set *window;
    hone_batcher *batcher;
    uint32_t *indices;
} layout;

static int layout_open(layout *l, const hone_engine *e, const hone_train_rows *rows,
                       const hone_train_settings *s, hone_err *err)
{
    size_t n = (size_t)s->batch_size;
    HONE_TRY(hone_train_order(&l->order, rows, s, err));
    HONE_TRY(hone_encode_set_new(&l->window, err));
    HONE_TRY(hone_train_batcher(&l->batcher, e, l->window, s, s->shards, err));
    l->indices = hone_calloc(n, sizeof *l->indices);
    if (!l->indices) return hone_err_memory(err, "a plan", n * sizeof *l->indices);
    for (size_t i = 0; i < n; i++) l->indices[i] = (uint32_t)i;
    return HONE_OK;
}

static void layout_close(layout *l)
{
    hone_batcher_free(l->batcher);
    hone_encode_set_free(l->window);
    hone_order_free(l->order);
    hone_free(l->indices);
}

static int layout_step(layout *l, hone_train_plan *p, const hone_engine *e,
                       const hone_row_source *from, int64_t step, hone_err *err)
{
    const uint32_t *rows = NULL;
    size_t n = hone_order_step(l->order, step, &rows);
    HONE_TRY(from->load(from->user, l->window, rows, n, step, err));
    HONE_TRY(hone_batcher_begin(l->batcher, l->indices, n, err));
    const hone_batch_stats *b = hone_batcher_stats(l->batcher);
    plan_add(p, b, hone_engine_memory(e, b->most_tokens, b->most_labels, b->most_held));
    return HONE_OK;
}

int hone_train_plan_make(hone_train_plan *ret, const hone_engine *e, const hone_train_rows *rows,
                         const hone_train_settings *s, hone_err *err)
{
    layout l = { NULL, NULL, NULL, NULL };
    hone_train_plan p = { 0 };
    int64_t laid_out = 0;
    HONE_TRY(check_settings(s, err));
    int rc = layout_open(&l, e, rows, s, err);
    if (rc == 0) {
        plan_size(&p, l.order, s);
        int64_t first = p.steps < p.steps_per_epoch ? p.steps : p.steps_per_epoch;
        int64_t stride = (first + HONE_PLAN_STEPS - 1) / HONE_PLAN_STEPS;
        for (int64_t i = 0; i < first && rc == 0; i += stride, laid_out++)
            rc = layout_step(&l, &p, e, &rows->source, i, err);
    }
    layout_close(&l);
    if (rc < 0) return rc;
    plan_scale(&p, laid_out);
    *ret = p;
    return HONE_OK;
}

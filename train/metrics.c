/* Metric files of a run (train/metrics.h). Numbers are printed as %.6g, as in reports. */
#include "train/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "train/tfevents.h"

struct hone_metrics {
    hone_tfevents *events; /* NULL: none */
    int fd, timing_fd;
    char *path, *timing_path;
    int64_t offset;
};

static int open_append(const char *path, int64_t keep, bool cut, int *ret_fd, hone_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return hone_fail_io(err, path, "open for appending");
    if (cut && ftruncate(fd, (off_t)keep) != 0) {
        int rc = hone_fail_io(err, path, "cut");
        (void)close(fd);
        return rc;
    }
    *ret_fd = fd;
    return HONE_OK;
}

int hone_metrics_open(hone_metrics **ret, const char *run_dir, int64_t offset, int64_t events_step,
                      hone_err *err)
{
    hone_metrics *m = hone_calloc(1, sizeof *m);
    if (!m) return hone_err_memory(err, "metrics", sizeof *m);
    m->fd = m->timing_fd = -1;
    m->path = hone_path_join(run_dir, "metrics.jsonl");
    m->timing_path = hone_path_join(run_dir, "timing.jsonl");
    int rc = m->path && m->timing_path ? HONE_OK : hone_err_memory(err, "metrics", 0);
    if (rc == 0 && offset > 0 && hone_fs_size(m->path) < offset) {
        hone_warn("%s is shorter than the checkpoint remembers: lines are missing", m->path);
        offset = hone_fs_size(m->path) < 0 ? 0 : hone_fs_size(m->path);
    }
    if (rc == 0) rc = open_append(m->path, offset, true, &m->fd, err);
    if (rc == 0) rc = open_append(m->timing_path, 0, offset == 0, &m->timing_fd, err);
    if (rc == 0 && events_step >= 0) rc = hone_tfevents_open(&m->events, run_dir, events_step, err);
    m->offset = offset;
    if (rc < 0) hone_metrics_close(m);
    else *ret = m;
    return rc;
}

void hone_metrics_close(hone_metrics *m)
{
    if (!m) return;
    hone_tfevents_close(m->events);
    if (m->fd >= 0) (void)close(m->fd);
    if (m->timing_fd >= 0) (void)close(m->timing_fd);
    hone_free(m->path);
    hone_free(m->timing_path);
    hone_free(m);
}

/* ,"key":value; NaN and infinity are no JSON and are left out. */
static void number(hone_buf *b, const char *key, double d)
{
    char digits[32];
    if (!isfinite(d)) return;
    hone_f64_g6(d, digits);
    hone_buf_printf(b, ",\"%s\":%s", key, digits);
}

static void integer(hone_buf *b, const char *key, int64_t n)
{
    hone_buf_printf(b, ",\"%s\":%lld", key, (long long)n);
}

static int add_events(hone_metrics *m, int64_t step, const hone_scalar *scalars, size_t count,
                      hone_err *err)
{
    return m->events ? hone_tfevents_add(m->events, step, scalars, count, err) : HONE_OK;
}

static int line_end(hone_metrics *m, hone_buf *b, hone_err *err)
{
    hone_buf_str(b, "}\n");
    int rc = hone_buf_ok(b) ? hone_fs_append(m->fd, b->data, b->len, false, m->path, err)
                            : hone_err_memory(err, "metrics", b->len);
    if (rc == 0) m->offset += (int64_t)b->len;
    hone_buf_done(b);
    return rc;
}

int hone_metrics_log(hone_metrics *m, const hone_metrics_step *s, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(4096);
    hone_buf_printf(&b, "{\"step\":%lld", (long long)s->step);
    number(&b, "epoch", s->epoch);
    number(&b, "loss", s->loss);
    number(&b, "grad_norm", s->grad_norm);
    number(&b, "learning_rate", s->learning_rate);
    number(&b, "mean_token_accuracy", s->mean_token_accuracy);
    integer(&b, "num_tokens", s->num_tokens);
    number(&b, "token_ratio", s->token_ratio);
    integer(&b, "rows", s->rows);
    if (s->skipped) hone_buf_str(&b, ",\"skipped\":true");
    if (s->params_sha256)
        hone_buf_printf(&b, ",\"params_sha256\":\"%.*s\"", HONE_METRICS_HASH, s->params_sha256);
    HONE_TRY(line_end(m, &b, err));
    const hone_scalar scalars[] = { { "train/loss", s->loss },
                                    { "train/grad_norm", s->grad_norm },
                                    { "train/learning_rate", s->learning_rate },
                                    { "train/mean_token_accuracy", s->mean_token_accuracy },
                                    { "train/num_tokens", (double)s->num_tokens },
                                    { "train/token_ratio", s->token_ratio },
                                    { "train/epoch", s->epoch } };
    return add_events(m, s->step, scalars, sizeof scalars / sizeof scalars[0], err);
}

int hone_metrics_log_eval(hone_metrics *m, const hone_metrics_eval *e, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(4096);
    hone_buf_printf(&b, "{\"step\":%lld", (long long)e->step);
    number(&b, "epoch", e->epoch);
    number(&b, "eval_loss", e->eval_loss);
    number(&b, "eval_mean_token_accuracy", e->eval_mean_token_accuracy);
    number(&b, "eval_call_accuracy", e->eval_call_accuracy);
    if (isfinite(e->eval_call_accuracy)) {
        integer(&b, "eval_calls_right", e->right);
        integer(&b, "eval_rows", e->rows);
    }
    HONE_TRY(line_end(m, &b, err));
    const hone_scalar scalars[] = { { "eval/loss", e->eval_loss },
                                    { "eval/mean_token_accuracy", e->eval_mean_token_accuracy },
                                    { "eval/call_accuracy", e->eval_call_accuracy } };
    return add_events(m, e->step, scalars, sizeof scalars / sizeof scalars[0], err);
}

int hone_metrics_time(hone_metrics *m, int64_t step, const hone_metrics_speed *s, hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(4096);
    const double seconds = s->seconds, speed = seconds > 0 ? (double)s->tokens / seconds : NAN;
    const hone_scalar scalars[] = {
        { "train/tokens_per_second", speed },
        { "train/rows_per_second", seconds > 0 ? (double)s->rows / seconds : NAN },
        { "train/peak_memory_gb", (double)hone_peak_rss() / 1e9 }
    };
    hone_buf_printf(&b, "{\"step\":%lld", (long long)step);
    number(&b, "seconds", seconds);
    number(&b, "tokens_per_second", speed);
    number(&b, "rows_per_second", scalars[1].value);
    if (s->sum_seconds > 0) {
        number(&b, "wait_seconds", s->wait_seconds);
        number(&b, "sum_seconds", s->sum_seconds);
    }
    integer(&b, "peak_rss", hone_peak_rss());
    hone_buf_str(&b, "}\n");
    int rc = hone_buf_ok(&b)
                 ? hone_fs_append(m->timing_fd, b.data, b.len, false, m->timing_path, err)
                 : hone_err_memory(err, "timing", b.len);
    hone_buf_done(&b);
    if (rc < 0) return rc;
    return add_events(m, step, scalars, sizeof scalars / sizeof scalars[0], err);
}

int hone_metrics_sync(hone_metrics *m, int64_t *ret_offset, hone_err *err)
{
    int rc;
    do {
        rc = fdatasync(m->fd);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0) return hone_fail_io(err, m->path, "sync");
    *ret_offset = m->offset;
    return HONE_OK;
}

/* metrics.jsonl as the elements of an array. */
static int history_write(hone_buf *out, const hone_metrics *m, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    int rc = hone_fs_read(&text, m->path, HONE_BUF_TEXT_MAX, err);
    const char *at = text.data, *end = rc == 0 ? text.data + text.len : NULL;
    for (bool first = true; rc == 0 && at < end; first = false) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) break;
        hone_buf_str(out, first ? "\n    " : ",\n    ");
        hone_buf_add(out, at, (size_t)(stop - at));
        at = stop + 1;
    }
    hone_buf_done(&text);
    return rc;
}

int hone_metrics_write_state(hone_metrics *m, const char *dir, const hone_trainer_state *s,
                             hone_err *err)
{
    hone_buf b = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    char *path = hone_path_join(dir, "trainer_state.json"), epoch[32], epochs[32], metric[32];
    hone_f64_g6(s->epoch, epoch);
    hone_f64_g6(s->num_train_epochs, epochs);
    hone_f64_g6(s->best_metric, metric);
    hone_buf_printf(&b, "{\n  \"global_step\": %lld,\n  \"epoch\": %s,\n  \"max_steps\": %lld,\n"
                        "  \"num_train_epochs\": %s,\n", (long long)s->global_step, epoch,
                    (long long)s->max_steps, epochs);
    if (s->best_step < 0)
        hone_buf_str(&b, "  \"best_metric\": null,\n  \"best_model_checkpoint\": null,\n");
    else
        hone_buf_printf(&b, "  \"best_metric\": %s,\n  \"best_model_checkpoint\": "
                            "\"checkpoint-%lld\",\n", metric, (long long)s->best_step);
    hone_buf_str(&b, "  \"log_history\": [");
    int rc = path ? history_write(&b, m, err) : hone_err_memory(err, "trainer_state.json", 0);
    hone_buf_str(&b, "\n  ]\n}\n");
    if (rc == 0 && !hone_buf_ok(&b)) rc = hone_err_memory(err, "trainer_state.json", b.len);
    if (rc == 0) rc = hone_fs_write(path, b.data, b.len, err);
    hone_buf_done(&b);
    hone_free(path);
    return rc;
}

/*
 * `hone train`: an adapter from rows. Prepares the run (cli/train_setup.h), shows the plan, and
 * hands over to train/loop.c. docs/training.md.
 */
#include <math.h>
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/train_setup.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "common/yaml.h"
#include "train/curves.h"
#include "train/probe.h"

#define V hone_train_opts

/* ---- the run folder ---- */

static int write_config(hone_trainer *t, hone_err *err)
{
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    char *path = hone_path_join(V.out, HONE_RUN_CONFIG);
    hone_json *root = hone_json_new_object(t->arena);
    hone_json *values = hone_trainer_absolute(t);
    bool ok = path && root && values && hone_json_set(t->arena, root, "train", values);
    int rc = ok ? HONE_OK : hone_err_memory(err, "configuration", 0);
    if (rc == 0) {
        hone_yaml_write(&text, root);
        rc = hone_buf_ok(&text) ? hone_fs_write(path, text.data, text.len, err)
                                : hone_err_memory(err, "configuration", text.len);
    }
    hone_buf_done(&text);
    hone_free(path);
    return rc;
}

static int open_folder(hone_trainer *t, hone_err *err)
{
    HONE_TRY(hone_trainer_folder(t, err));
    if (hone_run_folder_state(t->folder) == HONE_RUN_FINISHED) return HONE_OK;
    return write_config(t, err);
}

/* The folder is rank 0's; what it says of the run is for all. */
static int join_folder(hone_trainer *t, bool *ret_finished, hone_err *err)
{
    const bool first = hone_mpi_rank() == 0;
    int64_t said[3] = { 0 };
    HONE_TRY(hone_mpi_agree(first ? open_folder(t, err) : hone_trainer_identify(t, err), err));
    if (first) {
        said[0] = hone_run_folder_state(t->folder) == HONE_RUN_FINISHED;
        said[1] = t->settings.shards;
        said[2] = (int64_t)t->settings.batch_bytes;
    }
    hone_mpi_share(said, sizeof said);
    *ret_finished = said[0] != 0;
    t->settings.shards = (int32_t)said[1];
    t->settings.batch_bytes = (size_t)said[2];
    return HONE_OK;
}

/* ---- the plan, shown ---- */

static void show_rows(const hone_trainer *t)
{
    const hone_shard_info *info = hone_shard_about(t->shard);
    hone_log("rows      %zu, longest %d tokens (%s:%lld)", info->count, info->longest,
             info->parts[info->longest_part].source, (long long)info->longest_line);
    for (int i = 0; i < info->num_parts && V.weights.count; i++)
        hone_log("          %zu of %s, %g times an epoch", info->parts[i].count,
                 info->parts[i].source, t->rows.parts[i].weight);
    if (t->valid)
        hone_log("          %zu more are only measured; %zu of them are answered",
                 t->valid->count, t->scorer.rows ? t->scorer.rows->count : 0);
}

static void show_plan(const hone_trainer *t)
{
    const hone_train_plan *p = &t->plan;
    show_rows(t);
    hone_log("steps     %lld of %lld rows = %.4g epochs; warm-up %lld", (long long)p->steps,
             (long long)t->settings.batch_size, p->epochs, (long long)p->warmup);
    if (p->warmup < t->settings.warmup_steps)
        hone_log("          warm-up shortened from %lld to %s", (long long)t->settings.warmup_steps,
                 10 * p->warmup <= p->steps ? "a tenth of the run"
                                            : "what a run from an adapter needs");
    hone_log("tokens    %lld in rows, %lld computed (%.1f x less: shared beginnings), %lld labels",
             (long long)p->row_tokens, (long long)p->computed,
             (double)p->plain / (double)p->computed, (long long)p->labels);
    if (V.full)
        hone_log("model     all %zu parameters are trained%s", t->adapter->count,
                 V.freeze_embedding ? ", the embedding is not" : ", embedding included");
    else
        hone_log("adapter   %zu parameters, rank %d on %s%s", t->adapter->count,
                 t->adapter->config.r,
                 V.init_adapter ? "the linears of the one it begins with" : V.target,
                 t->adapter->config.control_rows ? ", and seven control-token rows" : "");
    if (V.ema > 0)
        hone_log("result    the parameters' mean over the steps, keeping %g each step", V.ema);
    if (hone_qat_on(&t->adapter->qat))
        hone_log("weights   as they will be stored: %s, embedding %s%s",
                 hone_quant_name(t->adapter->qat.linears), hone_quant_name(t->adapter->qat.embed),
                 t->adapter->qat.activations ? "; inputs as int8" : "");
    hone_log("memory    %.2f GB for the largest batch of %d tokens%s", (double)p->bytes / 1e9,
             p->most_tokens, p->most_parts > 1 ? "" : "; each step is one batch");
    if (t->settings.shards > 1)
        hone_log("shards    %d a step, on %d processes; each computes shared beginnings for itself",
                 t->settings.shards, hone_mpi_size());
    if (p->most_parts > t->settings.shards)
        hone_log("          steps are computed in up to %d parts to stay within it", p->most_parts);
}

/* What a plan alone may take to say how long the run will. */
static const double PROBE_SECONDS = 20;

static void show_time(const hone_train_forecast *f)
{
    const double r = f->run;
    hone_log("time      about %.*f %s, %.2g s a step (%lld of the first one's rows took %.2f s); "
             "evaluations and saving not included", r < 36000 && r >= 120 ? 1 : 0,
             r < 120 ? r : r < 7200 ? r / 60 : r / 3600,
             r < 120 ? "seconds" : r < 7200 ? "minutes" : "hours", f->step, (long long)f->rows,
             f->seconds);
}

static int forecast(hone_trainer *t, hone_err *err)
{
    hone_train_forecast f;
    HONE_TRY(hone_train_probe(&f, t->engine, t->adapter, &t->rows, &t->settings, &t->plan,
                              PROBE_SECONDS, err));
    show_time(&f);
    return HONE_OK;
}

/* ---- running ---- */

static void show_result(const hone_train_result *r)
{
    if (r->early)
        hone_log("ended early: no more calls right for %lld evaluations", (long long)V.patience);
    if (r->skipped)
        hone_warn("%lld steps were not applied: their loss was far above the recent ones",
                  (long long)r->skipped);
    if (isfinite(r->loss))
        hone_log("trained %lld steps, loss %.4f, %.0f s, peak memory %.2f GB", (long long)r->steps,
                 r->loss, r->seconds, (double)hone_peak_rss() / 1e9);
    if (isfinite(r->best_score))
        hone_log("result    step %lld, %.1f %% of the validation calls right",
                 (long long)r->best_step, 100 * r->best_score);
    if (r->sum_seconds > 0)
        hone_log("ranks     %.3f s a step to add gradients, %.3f s waiting for each other",
                 r->sum_seconds, r->wait_seconds);
    hone_log("curves    %s/" HONE_RUN_PAGE, V.out);
}

static void show_next(const hone_train_result *r)
{
    show_result(r);
    printf("%s\n", V.out);
    if (V.full) {
        hone_log("next: hone chat --model %s/" HONE_RUN_MODEL "%s%s", V.out,
                 V.tools ? " --tools " : "", V.tools ? V.tools : "");
        return;
    }
    hone_log("next: hone chat --model %s --adapter %s%s%s", V.model, V.out,
             V.tools ? " --tools " : "", V.tools ? V.tools : "");
    hone_log("      hone eval --model %s --adapter %s --data TEST_ROWS%s%s", V.model, V.out,
             V.tools ? " --tools " : "", V.tools ? V.tools : "");
}

static int train(hone_trainer *t, hone_err *err)
{
    hone_train_result r;
    const hone_train_job job = { .model = t->model, .model_name = V.model, .engine = t->engine,
                                 .adapter = t->adapter, .rows = &t->rows,
                                 .valid = t->valid ? &t->valid_source : NULL, .folder = t->folder,
                                 .settings = &t->settings, .plan = &t->plan, .resume = V.resume,
                                 .on_eval = t->scorer.rows ? hone_train_score_calls : NULL,
                                 .user = &t->scorer,
                                 .tensorboard = V.report_to[0] == 't' };
    HONE_TRY(hone_train_run(&job, &r, err));
    if (hone_mpi_rank() == 0) show_next(&r);
    return HONE_OK;
}

static int run(hone_trainer *t, hone_err *err)
{
    bool finished = false;
    HONE_TRY(hone_mpi_agree(hone_trainer_open(t, err), err));
    if (V.dry_run) HONE_TRY(hone_mpi_agree(hone_trainer_identify(t, err), err));
    else HONE_TRY(join_folder(t, &finished, err));
    if (finished) {
        hone_log("nothing to do: %s holds this run, finished", V.out);
        if (hone_mpi_rank() == 0) printf("%s\n", V.out);
        return HONE_OK;
    }
    HONE_TRY(hone_trainer_rows(t, V.dry_run ? NULL : V.out, err));
    HONE_TRY(hone_mpi_agree(hone_trainer_engine(t, err), err));
    show_plan(t);
    return V.dry_run ? hone_mpi_agree(forecast(t, err), err) : train(t, err);
}

int hone_cmd_train(int argc, char **argv)
{
    hone_err err;
    hone_trainer t = { 0 };
    hone_err_clear(&err);
    t.arena = hone_arena_new();
    int words = 0, rc = t.arena ? 0 : hone_err_memory(&err, "options", 0);
    if (rc == 0) rc = hone_mpi_start(&err);
    if (rc == 0)
        rc = hone_mpi_agree(hone_cmd_parse(&hone_train_command, argc, argv, NULL, 0, &words,
                                           t.arena, &err), &err);
    if (rc == 0) {
        if (V.quiet || hone_mpi_rank() > 0) hone_log_set_level(HONE_LOG_QUIET);
        else if (V.verbose) hone_log_set_level(HONE_LOG_VERBOSE);
        rc = run(&t, &err);
    }
    hone_trainer_done(&t);
    return hone_cmd_end(rc, &err);
}

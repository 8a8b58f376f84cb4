/*
 * Training of a toy model on the processor's engine: it learns; it repeats byte for byte; stopped,
 * killed or failing at any step and started again it ends with the same bytes; what is not finite
 * is named and not applied. Every training runs in a child process of its own.
 */
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/hash.h"
#include "common/log.h"
#include "common/rng.h"
#include "common/stop.h"
#include "tests/support.h"
#include "tests/support_tiny.h"
#include "train/checkpoint.h"
#include "train/loop.h"
#include "train/replay.h"

enum { ROWS = 22, STEPS = 18, BATCH = 4 };

/* How a training of a child process ends. */
typedef struct script {
    int64_t stop_at;   /* stop request after this step, -1: none */
    int64_t fail_at;   /* the callback fails after this step, -1: none */
    int64_t kill_at;   /* SIGKILL in the callback after this step, -1: none */
    int64_t poison_at; /* a parameter becomes NaN after this step, -1: none */
    double learning_rate;
    uint64_t seed;
    bool best_early;   /* the callback likes step 10 best */
    int64_t patience;
    int64_t average;   /* the result is the mean of so many steps */
    double ema;
    int64_t keep;      /* checkpoints; 0: two */
    int64_t save_steps; /* 0: four */
    int64_t put_off_at; /* a stop request within the evaluation of this step */
    bool tensorboard;
    const hone_replay_job *replay; /* instead of training: its from and steps */
    int64_t replay_from, replay_steps; /* what must be found */
    int signal;        /* sent by the parent after so many seconds; 0: none */
    double signal_after;
    bool overwrite;
    int threads;
    hone_qat qat;
    size_t batch_bytes;
    hone_engine *engine;
} script;

static const script plain = { .stop_at = -1, .fail_at = -1, .kill_at = -1, .poison_at = -1,
                              .learning_rate = 0.05, .seed = 1, .put_off_at = -1, .threads = 2 };

/* Two prompts, a few endings: easy to learn, with shared beginnings. */
static void rows_make(hone_encode_set *set)
{
    hone_err err;
    for (int i = 0; i < ROWS; i++) {
        int32_t ids[40];
        uint8_t labels[40] = { 0 };
        int n = 0, prompt = 18;
        char name[16];
        for (int k = 0; k < prompt; k++) ids[n++] = 60 + (i % 2) * 40 + k;
        ids[n++] = 150 + i % 5;
        for (int k = 0; k < 4 + i % 3; k++) {
            labels[n] = 1;
            ids[n++] = k == 0 ? 48 : 200 + (i % 5) * 7 + k;
        }
        labels[n] = 1;
        ids[n++] = 50;
        (void)snprintf(name, sizeof name, "row-%d", i);
        ck_assert_int_eq(hone_encode_set_add_ids(set, name, "rows.jsonl", i + 1, ids, labels,
                                                 (size_t)n, 19, &err), 0);
    }
}

static int on_eval(void *user, int64_t step, hone_train_score *ret, hone_err *err)
{
    script *s = user;
    double rising = step < 10 ? 0.01 * (double)step : step == 10 ? 0.9 : 0.5;
    *ret = (hone_train_score){ s->best_early ? rising : 0.5, 5, 10 };
    if (step == s->put_off_at) return hone_fail(err, HONE_E_STOPPED, "stopped while scoring");
    if (step == s->stop_at) hone_stop_request();
    if (step == s->kill_at) (void)kill(getpid(), SIGKILL);
    if (step == s->poison_at) {
        float *p = hone_calloc(1 << 20, sizeof *p);
        ck_assert_int_eq(hone_engine_read(s->engine, HONE_VEC_PARAMS, p, err), 0);
        p[7] = NAN;
        ck_assert_int_eq(hone_engine_write(s->engine, HONE_VEC_PARAMS, p, err), 0);
        hone_free(p);
    }
    if (step == s->fail_at) return hone_fail(err, HONE_E_IO, "the callback fails");
    return HONE_OK;
}

static hone_json *object(hone_arena *a, const char *key, double value)
{
    hone_json *o = hone_json_new_object(a);
    (void)hone_json_set(a, o, key, hone_json_new_f64(a, value));
    return o;
}

/* Replays steps of a run with its own model and settings. */
static int replay(const hone_replay_job *with, const hone_stepper_setup *setup, const char *dir,
                  const hone_json *parents, script *s, hone_err *err)
{
    hone_replay_result r;
    hone_replay_job job = *with;
    job.setup = *setup;
    job.run_dir = dir;
    job.parents = parents;
    HONE_TRY(hone_replay(&job, &r, err));
    if (r.from != s->replay_from || r.steps != s->replay_steps || r.compared != r.steps)
        return hone_fail(err, HONE_E_INTERNAL, "from %lld, %lld steps, %lld compared",
                         (long long)r.from, (long long)r.steps, (long long)r.compared);
    if (r.differs < 0) return HONE_OK;
    return hone_fail(err, HONE_GATE_FAILED, "step %lld: %s, %s", (long long)r.differs, r.recorded,
                     r.here);
}

static int train(const char *dir, script *s, hone_err *err)
{
    hone_config config = support_tiny_config(3, 1);
    hone_model *model = support_tiny_model(&config, 4);
    hone_encode_set *set = NULL;
    hone_engine *engine = NULL;
    hone_adapter *adapter = NULL;
    hone_run_folder *folder = NULL;
    hone_arena *a = hone_arena_new();
    const hone_engine_options options = { .threads = s->threads, .training = true,
                                          .qat = s->qat };
    const hone_lora_config lora = { .r = 4, .alpha = 8, .targets = (1u << HONE_LINEARS) - 1,
                                    .control_rows = true };
    const hone_train_settings settings = {
        .epochs = (double)STEPS / 6, .batch_size = BATCH, .learning_rate = s->learning_rate,
        .control_lr = 0.02, .lora_plus = 1, .schedule = HONE_SCHEDULE_COSINE, .warmup_steps = 3,
        .max_grad_norm = 1, .adamw = { .9, .99, 1e-8, 0 }, .seed = s->seed, .logging_steps = 1,
        .save_steps = s->save_steps ? s->save_steps : 4, .eval_steps = 1,
        .save_total_limit = s->keep ? s->keep : 2, .batch_bytes = s->batch_bytes,
        .patience = s->patience, .average = s->average, .ema = s->ema
    };
    hone_train_rows rows = { .num_parts = 1 };
    hone_train_plan plan;
    hone_train_result result;
    const hone_run_identity id = { object(a, "rows", 1), object(a, "rate", s->learning_rate),
                                   NULL };
    int rc = hone_encode_set_new(&set, err);
    if (rc == 0) rows_make(set);
    if (rc == 0) rows.source = hone_row_source_of_set(set);
    rows.parts[0] = (hone_order_part){ 0, rows.source.count, 1 };
    if (rc == 0) rc = hone_engine_open(&engine, model, &options, err);
    if (rc == 0) rc = hone_adapter_new(&adapter, &config, &lora, err);
    if (rc == 0) hone_adapter_init(adapter, &config, s->seed, 2);
    if (rc == 0) adapter->qat = s->qat;
    if (rc == 0) rc = hone_train_plan_make(&plan, engine, &rows, &settings, err);
    if (rc == 0) rc = hone_run_folder_open(&folder, dir, &id, s->overwrite, err);
    if (rc == 0 && s->batch_bytes) ck_assert_int_gt(plan.most_parts, 1);
    s->engine = engine;
    const hone_train_job job = { model, "tiny", engine, adapter, &rows, &rows.source, folder,
                                 &settings, &plan, NULL, on_eval, s, s->tensorboard };
    if (rc == 0 && s->replay) {
        const hone_stepper_setup setup = { engine, adapter, &rows, &settings, &plan };
        rc = replay(s->replay, &setup, dir, hone_run_folder_parents(folder), s, err);
        goto done;
    }
    if (rc == 0 && hone_run_folder_state(folder) == HONE_RUN_FINISHED) rc = 1;
    if (rc == 0) rc = hone_train_run(&job, &result, err);
    if (rc == 0 && !s->patience) ck_assert_int_eq(result.steps, STEPS);
    if (rc == 0) ck_assert_int_eq(result.early, s->patience > 0);
done:
    hone_run_folder_close(folder);
    hone_adapter_free(adapter);
    hone_engine_close(engine);
    hone_encode_set_free(set);
    hone_model_close(model);
    hone_arena_free(a);
    return rc;
}

/* In a child: the exit status is the error's, 100 when there was nothing to do. */
static int train_child(const char *dir, const script *s, char *ret_message, size_t size)
{
    int fds[2], status = 0;
    ck_assert_int_eq(pipe(fds), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        script mine = *s;
        hone_err err;
        int64_t live = hone_mem_live();
        hone_err_clear(&err);
        hone_log_set_level(HONE_LOG_QUIET);
        hone_stop_install();
        int rc = train(dir, &mine, &err);
        if (write(fds[1], err.message, strlen(err.message)) < 0) _exit(99);
        if (hone_mem_live() != live) _exit(98);
        _exit(rc > 0 ? 100 : hone_code_exit_status(rc));
    }
    (void)close(fds[1]);
    if (s->signal) {
        const struct timespec t = { (time_t)s->signal_after,
                                    (long)(fmod(s->signal_after, 1) * 1e9) };
        (void)nanosleep(&t, NULL);
        (void)kill(pid, s->signal);
    }
    ssize_t n = size ? read(fds[0], ret_message, size - 1) : 0;
    if (size) ret_message[n > 0 ? n : 0] = '\0';
    (void)close(fds[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_child(const char *dir, const script *s)
{
    char message[1024];
    int status = train_child(dir, s, message, sizeof message);
    if (status == 99 || status == 98) ck_abort_msg("status %d: %s", status, message);
    return status;
}

static char scratch[64]; /* of one test */
static char shared[64];  /* holds "whole", an uninterrupted run that all tests compare with */

/* A folder of the scratch; stays valid for the whole test. */
static const char *in(const char *name)
{
    static char dirs[4][128];
    static unsigned n;
    char *dir = dirs[n++ % 4];
    (void)snprintf(dir, sizeof dirs[0], "%s/%s", scratch, name);
    return dir;
}

static void same_file(const char *a, const char *b, const char *name)
{
    char x[65], y[65];
    ck_assert_int_eq(hone_sha256_file(support_path(a, name), x, NULL), 0);
    ck_assert_int_eq(hone_sha256_file(support_path(b, name), y, NULL), 0);
    ck_assert_msg(strcmp(x, y) == 0, "%s differs", name);
}

/* One file into the folder of another run. */
static void copy_file(const char *from, const char *to, const char *name)
{
    hone_buf text;
    ck_assert_int_eq(hone_fs_read(&text, support_path(from, name), 1 << 24, NULL), 0);
    ck_assert_int_eq(hone_fs_write(support_path(to, name), text.data, text.len, NULL), 0);
    hone_buf_done(&text);
}

/* Everything that a run leaves, but its times. */
static void same_run(const char *a, const char *b)
{
    same_file(a, b, "adapter/adapter_model.safetensors");
    same_file(a, b, "adapter/adapter_config.json");
    same_file(a, b, "metrics.jsonl");
    same_file(a, b, "trainer_state.json");
    same_file(a, b, "hone_manifest.json");
    same_file(a, b, "checkpoint-18/state.bin");
    same_file(a, b, "checkpoint-18/manifest.json");
}

/* Loss of the nth line of metrics.jsonl that has one. */
static double logged_loss(const char *dir, int nth)
{
    hone_buf text;
    double loss = NAN;
    ck_assert_int_eq(hone_fs_read(&text, support_path(dir, "metrics.jsonl"), 1 << 20, NULL), 0);
    const char *at = text.data;
    while ((at = strstr(at, "\"loss\":"))) {
        at += 7;
        if (nth-- > 0) continue;
        ck_assert(hone_parse_f64(at, strcspn(at, ",}"), &loss));
        break;
    }
    hone_buf_done(&text);
    return loss;
}

static void setup(void)
{
    support_scratch(scratch);
}

static void teardown(void)
{
    support_scratch_done(scratch);
}

static const char *whole;
static double whole_seconds; /* what it took */

static void setup_once(void)
{
    static char dir[128];
    support_scratch(shared);
    (void)snprintf(dir, sizeof dir, "%s/whole", shared);
    whole = dir;
    const double start = hone_clock();
    ck_assert_int_eq(run_child(whole, &plain), 0);
    whole_seconds = hone_clock() - start;
}

static void teardown_once(void)
{
    support_scratch_done(shared);
}

START_TEST(test_learns_and_repeats)
{
    const char *two = in("two");
    script threads = plain;
    double first = logged_loss(whole, 0), last = logged_loss(whole, STEPS - 1);
    ck_assert_msg(first > 4 && last < 0.7 * first, "loss %f, then %f", first, last);
    threads.threads = 1; /* bits do not depend on the number of threads */
    ck_assert_int_eq(run_child(two, &threads), 0);
    same_run(whole, two);
    ck_assert_int_eq(run_child(two, &plain), 100); /* nothing to do */
    /* pruned to two; evaluation files are complete */
    ck_assert(!hone_fs_exists(support_path(whole, "checkpoint-4")));
    ck_assert(hone_fs_is_file(support_path(whole, "checkpoint-18/adapter_model.safetensors")));
    ck_assert(hone_fs_is_file(support_path(whole, "checkpoint-18/trainer_state.json")));
}
END_TEST

START_TEST(test_stop_and_resume)
{
    const char *cut = in("cut");
    const int64_t stops[] = { 1, 6, 7, 17, 18 };
    for (size_t i = 0; i < sizeof stops / sizeof stops[0]; i++) {
        script s = plain;
        s.stop_at = stops[i];
        s.tensorboard = true;
        ck_assert_int_eq(run_child(cut, &s), stops[i] == STEPS ? 0 : 75);
    }
    same_run(whole, cut);
}
END_TEST

START_TEST(test_kill_and_resume)
{
    const char *cut = in("cut");
    const int64_t kills[] = { 1, 3, 11, 12, 16 }; /* some before, some right at a save */
    for (size_t i = 0; i < sizeof kills / sizeof kills[0]; i++) {
        script s = plain;
        s.kill_at = kills[i];
        ck_assert_int_eq(run_child(cut, &s), 128 + SIGKILL);
    }
    ck_assert_int_eq(run_child(cut, &plain), 0);
    same_run(whole, cut);
}
END_TEST

/* Stopped three times at any moment, by SIGKILL or SIGTERM, and then finished. HONE_STOP_POINTS
 * runs (tests/bench/train_stops.sh: 100). */
START_TEST(test_random_stops)
{
    const char *points = getenv("HONE_STOP_POINTS");
    int64_t runs = 3;
    if (points) ck_assert(hone_parse_i64(points, strlen(points), &runs));
    for (int run = 0; run < (int)runs; run++) {
        char name[32];
        (void)snprintf(name, sizeof name, "run%d", run);
        const char *dir = in(name);
        for (unsigned k = 0; k < 3; k++) {
            script s = plain;
            s.signal = hone_rng_below(7, HONE_RNG_TEST, (uint32_t)run, k, 2) ? SIGKILL : SIGTERM;
            s.signal_after = 0.7 * whole_seconds *
                             hone_rng_unit(8, HONE_RNG_TEST, (uint32_t)run, k);
            int status = run_child(dir, &s);
            ck_assert_msg(status == 0 || status == 75 || status == 100 || status == 128 + s.signal,
                          "run %d, stop %u: %d", run, k, status);
        }
        int status = run_child(dir, &plain);
        ck_assert(status == 0 || status == 100);
        same_run(whole, dir);
        ck_assert_int_eq(hone_fs_remove_tree(dir, NULL), 0);
    }
}
END_TEST

START_TEST(test_damage_and_resume)
{
    const char *cut = in("cut");
    script s = plain;
    s.stop_at = 13;
    ck_assert_int_eq(run_child(cut, &s), 75);
    ck_assert_int_eq(hone_fs_write(support_path(cut, "checkpoint-13/state.bin"), "x", 1, NULL), 0);
    ck_assert_int_eq(run_child(cut, &plain), 0); /* from the one before */
    same_run(whole, cut);
    /* an output that was changed is made again */
    ck_assert_int_eq(hone_fs_write(support_path(cut, "adapter/adapter_config.json"), "x", 1, NULL),
                     0);
    ck_assert_int_eq(run_child(cut, &plain), 0);
    same_run(whole, cut);
}
END_TEST

/* Killed behind the last checkpoint, before the run folder tells of it. */
START_TEST(test_killed_before_the_folder_tells)
{
    const char *cut = in("cut");
    ck_assert_int_eq(run_child(cut, &plain), 0);
    ck_assert_int_eq(hone_fs_write(support_path(cut, "trainer_state.json"), "{}", 2, NULL), 0);
    ck_assert_int_eq(hone_fs_write(support_path(cut, "report.html"), "x", 1, NULL), 0);
    ck_assert_int_eq(hone_fs_remove_tree(support_path(cut, "adapter"), NULL), 0);
    ck_assert_int_eq(run_child(cut, &plain), 0);
    same_run(whole, cut);
    ck_assert_int_gt(hone_fs_size(support_path(cut, "report.html")), 1000);
}
END_TEST

/* A failure between two steps saves what was done; the run goes on from there. */
START_TEST(test_failure_saves)
{
    const char *cut = in("cut");
    script s = plain;
    s.fail_at = 9;
    ck_assert_int_eq(run_child(cut, &s), 74);
    ck_assert(hone_fs_is_dir(support_path(cut, "checkpoint-9")));
    ck_assert_int_eq(run_child(cut, &plain), 0);
    same_run(whole, cut); /* the evaluation that failed was done again */
}
END_TEST

START_TEST(test_other_options)
{
    const char *dir = in("run");
    script s = plain;
    char message[1024];
    s.stop_at = 5;
    ck_assert_int_eq(run_child(dir, &s), 75);
    s = plain;
    s.learning_rate = 0.02;
    ck_assert_int_eq(train_child(dir, &s, message, sizeof message), 77);
    ck_assert_msg(strstr(message, "rate: 0.05 there, 0.02 now") != NULL, "%s", message);
    s.overwrite = true;
    ck_assert_int_eq(run_child(dir, &s), 0);
    s.overwrite = false;
    ck_assert_int_eq(run_child(dir, &s), 100);
}
END_TEST

START_TEST(test_locked)
{
    const char *dir = in("run");
    hone_lock *lock = NULL;
    ck_assert_int_eq(hone_fs_mkdirs(dir, NULL), 0);
    ck_assert_int_eq(hone_lock_take(&lock, support_path(dir, "lock"), NULL), 0);
    ck_assert_int_eq(run_child(dir, &plain), 77);
    hone_lock_drop(lock);
    ck_assert_int_eq(run_child(dir, &plain), 0);
}
END_TEST

START_TEST(test_best_is_the_result)
{
    const char *dir = in("run");
    script s = plain;
    s.best_early = true;
    ck_assert_int_eq(run_child(dir, &s), 0);
    char best[65], adapter[65], other[65];
    ck_assert_int_eq(hone_sha256_file(support_path(dir, "checkpoint-10/adapter_model.safetensors"),
                                      best, NULL), 0); /* never pruned */
    ck_assert_int_eq(hone_sha256_file(support_path(dir, "adapter/adapter_model.safetensors"),
                                      adapter, NULL), 0);
    ck_assert_int_eq(hone_sha256_file(support_path(dir, "checkpoint-18/adapter_model.safetensors"),
                                      other, NULL), 0);
    ck_assert_str_eq(best, adapter);
    ck_assert_str_ne(best, other);
}
END_TEST

/* A stop request in the middle of an evaluation: the step is kept, the evaluation comes later. */
START_TEST(test_evaluation_put_off)
{
    const char *cut = in("cut");
    const int64_t steps[] = { 1, 8, STEPS };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        script s = plain;
        s.put_off_at = steps[i];
        ck_assert_int_eq(run_child(cut, &s), 75);
    }
    ck_assert_int_eq(run_child(cut, &plain), 0);
    same_run(whole, cut);
}
END_TEST

/* Five evaluations without a better score end the run; killed and stopped, it ends alike. */
START_TEST(test_early_stop)
{
    const char *dir = in("early"), *cut = in("cut");
    script s = plain, k;
    s.best_early = true;
    s.patience = 5;
    ck_assert_int_eq(run_child(dir, &s), 0);
    ck_assert(hone_fs_exists(support_path(dir, "checkpoint-15")));
    ck_assert(!hone_fs_exists(support_path(dir, "checkpoint-16")));
    ck_assert(hone_fs_exists(support_path(dir, "checkpoint-10")));
    ck_assert_int_eq(run_child(dir, &s), 100);
    k = s;
    k.kill_at = 10;
    ck_assert_int_eq(run_child(cut, &k), 128 + SIGKILL);
    k.kill_at = -1;
    k.put_off_at = 10;
    ck_assert_int_eq(run_child(cut, &k), 75);
    ck_assert_int_eq(run_child(cut, &s), 0);
    same_file(dir, cut, "adapter/adapter_model.safetensors");
    same_file(dir, cut, "metrics.jsonl");
    same_file(dir, cut, "trainer_state.json");
}
END_TEST

/* Parameters of an adapter, or of a checkpoint. */
static float *params_of(const char *dir, size_t *ret_count)
{
    hone_config config = support_tiny_config(3, 1);
    hone_model *model = support_tiny_model(&config, 4);
    hone_adapter *a = NULL;
    hone_err err;
    ck_assert_msg(hone_adapter_load(&a, model, dir, "", &err) == 0, "%s", err.message);
    float *p = hone_calloc(a->count, sizeof *p);
    memcpy(p, a->params, a->count * sizeof *p);
    *ret_count = a->count;
    hone_adapter_free(a);
    hone_model_close(model);
    return p;
}

/* The mean of steps 12, 16 and 18, which are kept for it; stopped and killed, the same. A
 * checkpoint that got more calls right stays the result. */
START_TEST(test_mean_of_the_last)
{
    const char *dir = in("mean"), *cut = in("cut"), *best = in("best");
    static const char *const steps[] = { "checkpoint-12", "checkpoint-16", "checkpoint-18" };
    script s = plain, k;
    size_t n = 0;
    s.average = 3;
    ck_assert_int_eq(run_child(dir, &s), 0);
    float *got = params_of(support_path(dir, "adapter"), &n);
    float *mean = hone_calloc(n, sizeof *mean);
    for (int i = 0; i < 3; i++) {
        float *p = params_of(support_path(dir, steps[i]), &n);
        for (size_t j = 0; j < n; j++) mean[j] += p[j] / 3;
        hone_free(p);
    }
    for (size_t j = 0; j < n; j++)
        SUPPORT_MUST(fabsf(got[j] - mean[j]) <= 1e-7f);
    hone_free(got);
    hone_free(mean);
    k = s;
    k.stop_at = 13;
    ck_assert_int_eq(run_child(cut, &k), 75);
    k.stop_at = -1;
    k.kill_at = 17;
    ck_assert_int_eq(run_child(cut, &k), 128 + SIGKILL);
    ck_assert_int_eq(run_child(cut, &s), 0);
    same_file(dir, cut, "adapter/adapter_model.safetensors");
    s.best_early = true;
    ck_assert_int_eq(run_child(best, &s), 0);
    size_t m;
    float *a = params_of(support_path(best, "adapter"), &n),
          *b = params_of(support_path(best, "checkpoint-10"), &m);
    ck_assert_int_eq(memcmp(a, b, n * sizeof *a), 0);
    hone_free(a);
    hone_free(b);
}
END_TEST

/* The parameters that a checkpoint goes on from. */
static float *state_of(const char *dir, size_t count)
{
    hone_buf text;
    float *p = hone_calloc(count, sizeof *p);
    ck_assert_int_eq(hone_fs_read(&text, support_path(dir, "state.bin"), 1 << 24, NULL), 0);
    ck_assert_int_eq(memcmp(text.data, "HONESTA2", 8), 0);
    ck_assert_int_eq(text.len, 16 + 4 * count * sizeof *p);
    memcpy(p, text.data + 16, count * sizeof *p);
    hone_buf_done(&text);
    return p;
}

/* The fading mean, from the states of all steps in double. */
static double *fading_mean(const char *dir, const float *first, size_t count, double decay)
{
    double *mean = hone_calloc(count, sizeof *mean);
    for (size_t i = 0; i < count; i++) mean[i] = (double)first[i];
    for (int step = 1; step <= STEPS; step++) {
        char name[32];
        (void)snprintf(name, sizeof name, "checkpoint-%d", step);
        float *p = state_of(support_path(dir, name), count);
        const double keep = fmin(decay, (1.0 + step) / (10.0 + step));
        for (size_t i = 0; i < count; i++) mean[i] = keep * mean[i] + (1 - keep) * (double)p[i];
        hone_free(p);
    }
    return mean;
}

static void ema_is_the_mean(const char *dir, double decay)
{
    const hone_config config = support_tiny_config(3, 1);
    const hone_lora_config lora = { .r = 4, .alpha = 8, .targets = (1u << HONE_LINEARS) - 1,
                                    .control_rows = true };
    hone_adapter *first = NULL;
    hone_err err;
    size_t n = 0;
    float *got = params_of(support_path(dir, "adapter"), &n);
    ck_assert_int_eq(hone_adapter_new(&first, &config, &lora, &err), 0);
    hone_adapter_init(first, &config, 1, 2);
    double *mean = fading_mean(dir, first->params, n, decay), moved = 0;
    float *last = state_of(support_path(dir, "checkpoint-18"), n);
    for (size_t i = 0; i < n; i++) {
        SUPPORT_MUST(fabs((double)got[i] - mean[i]) <= 1e-6);
        moved = fmax(moved, fabs((double)(got[i] - last[i])));
    }
    ck_assert(moved > 1e-3); /* it is not the last step */
    hone_free(last);
    hone_free(got);
    hone_free(mean);
    hone_adapter_free(first);
}

/* The fading mean is the result and what the best checkpoint holds; scoring it changes nothing of
 * the training; stopped, killed and on another number of threads it ends with the same bytes. */
START_TEST(test_ema)
{
    const char *dir = in("ema"), *cut = in("cut"), *best = in("best");
    script s = plain, k;
    char message[1024];
    s.ema = 0.9;
    s.save_steps = 1;
    s.keep = STEPS;
    ck_assert_int_eq(run_child(dir, &s), 0);
    ema_is_the_mean(dir, 0.9);
    for (int i = 0; i < STEPS; i++)
        ck_assert(fabs(logged_loss(dir, i) - logged_loss(whole, i)) < 1e-12);
    k = s;
    k.threads = 1;
    k.stop_at = 7;
    ck_assert_int_eq(run_child(cut, &k), 75);
    k.stop_at = -1;
    k.put_off_at = 9;
    ck_assert_int_eq(run_child(cut, &k), 75);
    k.put_off_at = -1;
    k.kill_at = 14;
    ck_assert_int_eq(run_child(cut, &k), 128 + SIGKILL);
    ck_assert_int_eq(run_child(cut, &s), 0);
    same_run(dir, cut);
    const hone_replay_job job = { .from = -1, .steps = 5 };
    k = s;
    k.replay = &job;
    k.replay_from = 13;
    k.replay_steps = 5;
    int status = train_child(dir, &k, message, sizeof message);
    ck_assert_msg(status == 0, "%d %s", status, message);
    s.best_early = true;
    ck_assert_int_eq(run_child(best, &s), 0);
    char a[65], b[65];
    ck_assert_int_eq(hone_sha256_file(support_path(best, "checkpoint-10/adapter_model.safetensors"),
                                      a, NULL), 0);
    ck_assert_int_eq(hone_sha256_file(support_path(best, "adapter/adapter_model.safetensors"), b,
                                      NULL), 0);
    ck_assert_str_eq(a, b);
}
END_TEST

/* Replayed steps give the recorded hashes; one that was recorded otherwise is named. */
START_TEST(test_replay)
{
    static const struct {
        int64_t from, steps, want_from, want_steps;
    } cases[] = { { -1, 1, 17, 1 }, { -1, 3, 0, 3 }, { 0, 99, 0, STEPS }, { 17, 5, 17, 1 } };
    const char *dir = in("run");
    char message[1024];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const hone_replay_job job = { .from = cases[i].from, .steps = cases[i].steps };
        script s = plain;
        s.replay = &job;
        s.replay_from = cases[i].want_from;
        s.replay_steps = cases[i].want_steps;
        int status = train_child(whole, &s, message, sizeof message);
        ck_assert_msg(status == 0, "case %zu: %d %s", i, status, message);
    }
    hone_buf text;
    ck_assert_int_eq(hone_fs_mkdirs(dir, NULL), 0);
    copy_file(whole, dir, "hone_manifest.json");
    ck_assert_int_eq(hone_fs_read(&text, support_path(whole, "metrics.jsonl"), 1 << 20, NULL), 0);
    char *hex = strstr(strstr(text.data, "\"step\":2,"), "sha256\":\"") + 9;
    *hex = *hex == 'a' ? 'b' : 'a';
    ck_assert_int_eq(hone_fs_write(support_path(dir, "metrics.jsonl"), text.data, text.len, NULL),
                     0);
    hone_buf_done(&text);
    const hone_replay_job job = { .from = 0, .steps = 9 };
    script s = plain;
    s.replay = &job;
    s.replay_steps = 2;
    ck_assert_int_eq(train_child(dir, &s, message, sizeof message), 1);
    ck_assert_msg(strncmp(message, "step 2:", 7) == 0, "%s", message);
}
END_TEST

START_TEST(test_not_a_number)
{
    const char *dir = in("run");
    script s = plain;
    char message[1024];
    s.poison_at = 6; /* the checkpoint of that step may not hold it either */
    ck_assert_int_eq(train_child(dir, &s, message, sizeof message), 3);
    ck_assert_msg(strstr(message, "not a finite number") != NULL, "%s", message);
    ck_assert_msg(strstr(message, "layers.0.q_proj.lora_A") != NULL, "%s", message);
    ck_assert(!hone_fs_exists(support_path(dir, "checkpoint-6")));
    ck_assert(hone_fs_is_dir(support_path(dir, "checkpoint-5")));
    ck_assert_int_eq(run_child(dir, &plain), 0);
}
END_TEST

/* Against int8 weights and inputs: it learns, and stopped and killed it ends with the same bytes;
 * the adapter says what it was trained against. */
START_TEST(test_stored_weights)
{
    const char *qat = in("qat"), *cut = in("cut");
    script s = plain, k;
    s.qat = (hone_qat){ HONE_QUANT_I8_ROW, HONE_QUANT_I8_ROW, true };
    ck_assert_int_eq(run_child(qat, &s), 0);
    const double first = logged_loss(qat, 0), last = logged_loss(qat, STEPS - 1);
    ck_assert_msg(first > 4 && last < 0.7 * first, "loss %f, then %f", first, last);
    ck_assert(fabs(last - logged_loss(whole, STEPS - 1)) > 1e-6);
    k = s;
    k.threads = 1;
    k.stop_at = 7;
    ck_assert_int_eq(run_child(cut, &k), 75);
    k.stop_at = -1;
    k.kill_at = 11;
    ck_assert_int_eq(run_child(cut, &k), 128 + SIGKILL);
    ck_assert_int_eq(run_child(cut, &s), 0);
    same_run(qat, cut);
    const hone_config config = support_tiny_config(3, 1);
    hone_model *model = support_tiny_model(&config, 4);
    hone_adapter *back = NULL;
    ck_assert_int_eq(hone_adapter_load(&back, model, support_path(qat, "adapter"), "", NULL), 0);
    ck_assert(back->qat.linears == HONE_QUANT_I8_ROW && back->qat.embed == HONE_QUANT_I8_ROW &&
              back->qat.activations);
    hone_adapter_free(back);
    ck_assert_int_eq(hone_adapter_load(&back, model, support_path(whole, "adapter"), "", NULL), 0);
    ck_assert(!hone_qat_on(&back->qat));
    hone_adapter_free(back);
    hone_model_close(model);
}
END_TEST

/* Parts of a step add up: few bytes a batch, the same training within rounding. */
START_TEST(test_parts)
{
    const char *parts = in("parts");
    script s = plain;
    s.batch_bytes = 1200000;
    ck_assert_int_eq(run_child(parts, &s), 0);
    for (int i = 0; i < STEPS; i++) {
        double a = logged_loss(whole, i), b = logged_loss(parts, i);
        ck_assert_msg(fabs(a - b) <= 2e-3 * a, "step %d: %f, %f", i + 1, a, b);
    }
}
END_TEST

int main(void)
{
    TCase *t = support_case("train_tiny");
    tcase_add_unchecked_fixture(t, setup_once, teardown_once);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, test_learns_and_repeats);
    tcase_add_test(t, test_stop_and_resume);
    tcase_add_test(t, test_kill_and_resume);
    tcase_add_test(t, test_random_stops);
    tcase_add_test(t, test_damage_and_resume);
    tcase_add_test(t, test_failure_saves);
    tcase_add_test(t, test_other_options);
    tcase_add_test(t, test_locked);
    tcase_add_test(t, test_best_is_the_result);
    tcase_add_test(t, test_evaluation_put_off);
    tcase_add_test(t, test_early_stop);
    tcase_add_test(t, test_mean_of_the_last);
    tcase_add_test(t, test_ema);
    tcase_add_test(t, test_killed_before_the_folder_tells);
    tcase_add_test(t, test_replay);
    tcase_add_test(t, test_not_a_number);
    tcase_add_test(t, test_parts);
    tcase_add_test(t, test_stored_weights);
    return support_run(t);
}

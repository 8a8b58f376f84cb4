/*
 * `hone verify-run`: computes some steps of a training run again and compares the hashes of the
 * parameters with those that the run recorded. docs/run-folder.md.
 */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/train_setup.h"
#include "common/fs.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/yaml.h"
#include "train/replay.h"

static int64_t opt_steps = 3, opt_from = -1, opt_threads;
static bool opt_json;

static const hone_opt options[] = {
    { "steps", 0, NULL, HONE_OPT_INT, &opt_steps, 1, 1e9, NULL, "N", "steps that are replayed",
      false },
    { "from", 0, NULL, HONE_OPT_INT, &opt_from, -1, 1e9, NULL, "N",
      "begin behind checkpoint-N, 0 = at the run's start; -1 = the newest that leaves the steps",
      false },
    { "json", 0, NULL, HONE_OPT_BOOL, &opt_json, 0, 0, NULL, NULL, "print the result as JSON",
      false },
    { "threads", 't', NULL, HONE_OPT_INT, &opt_threads, 0, 1024, NULL, "N",
      "threads, 0 = all processors; the result may not depend on it", false },
};

static const hone_command command = {
    "verify-run", "hone verify-run RUN [--steps N]",
    "Trains a few steps of a finished or stopped run again, from one of its checkpoints, and\n"
    "compares the parameters' hashes with the recorded ones. Model, tools and rows must be where\n"
    "they were and unchanged. Writes nothing. Exit status 1 if a step differs.",
    options, sizeof options / sizeof options[0],
    "  hone verify-run run/\n"
    "  hone verify-run run/ --from 0 --steps 20\n"
};

/* The options of the run, as its folder keeps them. */
static int options_load(hone_trainer *t, const char *run, hone_err *err)
{
    hone_json *file = NULL, *section = NULL;
    char *path = hone_path_join(run, HONE_RUN_CONFIG);
    int rc = path ? hone_yaml_load(&file, t->arena, path, err)
                  : hone_err_memory(err, "a file name", strlen(run));
    if (rc == HONE_E_NOT_FOUND) hone_err_hint(err, "RUN is the folder that hone train -o wrote");
    if (rc == 0) rc = hone_json_get_typed(&section, file, "train", HONE_JSON_OBJECT, path, err);
    if (rc == 0 && !section) rc = hone_fail(err, HONE_E_DATA, "%s has no section train", path);
    if (rc == 0) rc = hone_options_load(&hone_train_command, section, path, NULL, t->arena, err);
    hone_free(path);
    hone_train_opts.out = run;
    hone_train_opts.overwrite = hone_train_opts.dry_run = false;
    if (opt_threads) hone_train_opts.threads = opt_threads;
    return rc;
}

/* Before anything is opened: a new run folder is not what is wanted here. */
static int check_folder(hone_trainer *t, const char *run, hone_err *err)
{
    const char *path = hone_path_join_in(t->arena, run, HONE_RUN_MANIFEST);
    if (!path) return hone_err_memory(err, "a file name", strlen(run));
    if (hone_fs_is_file(path)) return HONE_OK;
    hone_err_at(err, run, 0, -1);
    hone_err_hint(err, "RUN is the folder that hone train -o wrote");
    return hone_fail(err, HONE_E_NOT_FOUND, "is no run folder: it has no " HONE_RUN_MANIFEST);
}

static int prepare(hone_trainer *t, const char *run, hone_err *err)
{
    HONE_TRY(options_load(t, run, err));
    HONE_TRY(hone_trainer_open(t, err));
    HONE_TRY(hone_trainer_folder(t, err)); /* refuses changed inputs, naming them */
    HONE_TRY(hone_trainer_rows(t, run, err));
    return hone_trainer_engine(t, err);
}

static void print_result(const hone_replay_result *r)
{
    bool same = r->differs < 0;
    if (opt_json) {
        printf("{\"from\":%lld,\"steps\":%lld,\"compared\":%lld,\"checkpoints\":%lld,"
               "\"equal\":%s,\"first_difference\":%lld}\n", (long long)r->from,
               (long long)r->steps, (long long)r->compared, (long long)r->checkpoints,
               same ? "true" : "false", (long long)r->differs);
    } else if (same) {
        printf("equal: steps %lld to %lld, %lld hashes and %lld whole checkpoints compared\n",
               (long long)r->from + 1, (long long)(r->from + r->steps), (long long)r->compared,
               (long long)r->checkpoints);
    } else {
        printf("step %lld differs: recorded %s, here %s\n", (long long)r->differs, r->recorded,
               r->here);
    }
}

static int verify(hone_trainer *t, const char *run, hone_err *err)
{
    hone_replay_result r;
    HONE_TRY(prepare(t, run, err));
    const hone_replay_job job = {
        .setup = { t->engine, t->adapter, &t->rows, &t->settings, &t->plan }, .run_dir = run,
        .parents = hone_run_folder_parents(t->folder), .from = opt_from, .steps = opt_steps
    };
    HONE_TRY(hone_replay(&job, &r, err));
    print_result(&r);
    if (r.differs < 0) return HONE_OK;
    hone_err_hint(err, "another processor, another version of hone or another BLAS gives other "
                       "last bits; on the same machine it means a defect");
    return hone_fail(err, HONE_GATE_FAILED, "the run could not be repeated");
}

int hone_cmd_verify_run(int argc, char **argv)
{
    hone_err err;
    hone_trainer t = { 0 };
    const char *run = NULL;
    int words = 0;
    hone_err_clear(&err);
    t.arena = hone_arena_new();
    int rc = t.arena ? HONE_OK : hone_err_memory(&err, "options", 0);
    if (rc == 0) rc = hone_options_parse(&command, argc, argv, &run, 1, &words, t.arena, &err);
    if (rc == 0 && words == 0) {
        hone_err_hint(&err, "for example: hone verify-run run/");
        rc = hone_fail(&err, HONE_E_USAGE, "name the run folder");
    }
    if (rc == 0) rc = check_folder(&t, run, &err);
    if (rc == 0) rc = verify(&t, run, &err);
    hone_trainer_done(&t);
    return rc < 0 ? hone_cmd_fail(&err) : 0;
}

/* Preparation of a training run (cli/train_setup.h). */
#include "cli/train_setup.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/train_rows.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/mpi.h"
#include "model/full.h"
#include "train/run_folder.h"
#include "train/shards.h"

#define V hone_train_opts

/* ---- model and adapter ---- */

/* The adapter to begin with: its own rank, alpha and targets. */
static int adapter_take(hone_trainer *t, hone_err *err)
{
    char *dir = NULL;
    HONE_TRY(hone_args_adapter_dir(&dir, V.init_adapter, err));
    int rc = hone_adapter_load(&t->adapter, t->model, dir, hone_model_sha256(t->model), err);
    if (rc == 0)
        hone_log("beginning with %s: rank %d, alpha %g", dir, t->adapter->config.r,
                 t->adapter->config.alpha);
    hone_free(dir);
    return rc;
}

static int adapter_new(hone_trainer *t, hone_err *err)
{
    hone_lora_config lora = { .r = (int)V.r, .alpha = V.alpha, .rslora = V.rslora,
                              .control_rows = t->model->control_untrained };
    HONE_TRY(hone_lora_targets_parse(&lora.targets, V.target, err));
    HONE_TRY(hone_adapter_new(&t->adapter, &t->model->config, &lora, err));
    hone_adapter_init(t->adapter, &t->model->config, (uint64_t)V.seed,
                      hone_args_threads(V.threads));
    return HONE_OK;
}

static int adapter_open(hone_trainer *t, hone_err *err)
{
    if (V.full) return hone_full_new(&t->adapter, t->model, !V.freeze_embedding, err);
    return V.init_adapter ? adapter_take(t, err) : adapter_new(t, err);
}

static int engine_open(hone_trainer *t, hone_qat qat, hone_err *err)
{
    const hone_engine_options eo = { .threads = hone_args_threads(V.threads), .training = true,
                                     .precision = hone_train_precision(), .qat = qat,
                                     .skip_mass = V.skip_mass, .dropout = V.dropout,
                                     .recompute = V.recompute };
    return hone_engine_open(&t->engine, t->model, &eo, err);
}

/* No run is there that would be refused or is finished. */
static bool begins_anew(void)
{
    char *path = V.out && !V.dry_run ? hone_path_join(V.out, HONE_RUN_MANIFEST) : NULL;
    const bool there = path && hone_fs_exists(path);
    hone_free(path);
    return !there;
}

int hone_trainer_open(hone_trainer *t, hone_err *err)
{
    hone_qat qat;
    HONE_TRY(hone_train_settings_take(&t->settings, err));
    HONE_TRY(hone_model_open_hashed(&t->model, V.model, err));
    if (t->model->kind == HONE_MODEL_LITERTLM) {
        hone_err_hint(err, "train on its base model, then export again");
        return hone_fail(err, HONE_E_USAGE, "an exported file cannot be trained");
    }
    if (!t->model->tokenizer) return hone_fail(err, HONE_E_MODEL, "%s has no tokenizer", V.model);
    HONE_TRY(hone_train_qat_take(&qat, err));
    if (begins_anew()) HONE_TRY(engine_open(t, qat, err)); /* while the model is hashed */
    HONE_TRY(adapter_open(t, err));
    t->adapter->qat = qat;
    const bool half = hone_precision_is_half(hone_train_precision()),
               resident = hone_qat_on(&t->adapter->qat) ||
                          (V.eval_calls && (V.valid || V.valid_share > 0));
    t->settings.batch_bytes = hone_train_batch_bytes(t->model, t->adapter,
                                                     (int64_t)(V.memory * 1e9), half, resident,
                                                     V.ema > 0);
    return hone_args_tools(&t->tools, &t->tools_path, t->arena, V.tools, NULL, err);
}

/* ---- identity ---- */

static int put(hone_trainer *t, hone_json *o, const char *key, hone_json *v, hone_err *err)
{
    return v && hone_json_set(t->arena, o, key, v) ? HONE_OK : hone_err_memory(err, "manifest", 0);
}

static int put_file_hash(hone_trainer *t, hone_json *o, const char *key, const char *path,
                         hone_err *err)
{
    char hex[65] = "";
    if (path) HONE_TRY(hone_sha256_file(path, hex, err));
    return put(t, o, key, hone_json_new_str(t->arena, hex), err);
}

/* By its values as they were loaded, so that two folders of one adapter are equal. */
static int put_first_values(hone_trainer *t, hone_err *err)
{
    char hex[65] = "";
    if (V.init_adapter)
        hone_sha256_of(t->adapter->params, t->adapter->count * sizeof(float), hex);
    return put(t, t->inputs, "init_adapter", hone_json_new_str(t->arena, hex), err);
}

static int inputs_make(hone_trainer *t, hone_err *err)
{
    hone_json *data = hone_json_new_array(t->arena);
    HONE_TRY(put(t, t->inputs, "model",
                 hone_json_new_str(t->arena, hone_model_sha256(t->model)), err));
    HONE_TRY(put_file_hash(t, t->inputs, "tools", t->tools_path, err));
    for (int i = 0; i < V.data.count; i++) {
        char hex[65];
        HONE_TRY(hone_sha256_file(V.data.items[i], hex, err));
        hone_json *v = hone_json_new_str(t->arena, hex);
        if (!data || !v || !hone_json_push(t->arena, data, v))
            return hone_err_memory(err, "manifest", 0);
    }
    HONE_TRY(put(t, t->inputs, "data", data, err));
    HONE_TRY(put_first_values(t, err));
    return put_file_hash(t, t->inputs, "valid", V.valid, err);
}

/* All options; those that must be equal to go on; those that need not. */
static int options_split(hone_trainer *t, hone_err *err)
{
    t->all = hone_options_dump(&hone_train_command, t->arena);
    if (!t->all) return hone_err_memory(err, "options", 0);
    for (size_t i = 0; i < t->all->len; i++) {
        const hone_json_member *m = &t->all->members[i];
        hone_json *into = hone_train_option_is_free(m->key) ? t->others : t->fixed;
        HONE_TRY(put(t, into, m->key, m->value, err));
    }
    return HONE_OK;
}

int hone_trainer_identify(hone_trainer *t, hone_err *err)
{
    t->inputs = hone_json_new_object(t->arena);
    t->fixed = hone_json_new_object(t->arena);
    t->others = hone_json_new_object(t->arena);
    if (!t->inputs || !t->fixed || !t->others) return hone_err_memory(err, "manifest", 0);
    HONE_TRY(inputs_make(t, err));
    HONE_TRY(options_split(t, err));
    HONE_TRY(put(t, t->others, "arithmetic", hone_json_new_str(t->arena, hone_precision_arithmetic(
                                                 hone_train_precision())), err));
    HONE_TRY(put(t, t->others, "shards", hone_json_new_i64(t->arena, t->settings.shards), err));
    return put(t, t->others, "batch_bytes",
               hone_json_new_i64(t->arena, (int64_t)t->settings.batch_bytes), err);
}

/* A path as it is from anywhere; the same value if there is nothing of that name. */
static hone_json *absolute(hone_arena *a, const hone_json *v)
{
    char real[PATH_MAX];
    bool found = hone_json_is(v, HONE_JSON_STRING) && v->len && realpath(v->text, real);
    return found ? hone_json_new_str(a, real) : hone_json_copy(a, v);
}

hone_json *hone_trainer_absolute(const hone_trainer *t)
{
    hone_json *o = hone_json_new_object(t->arena);
    for (int i = 0; o && i < hone_train_command.count; i++) {
        const hone_opt_type type = hone_train_command.options[i].type;
        const hone_json_member *m = &t->all->members[i];
        hone_json *v = m->value;
        if (type == HONE_OPT_PATH) v = absolute(t->arena, v);
        hone_json *list = type == HONE_OPT_PATHS ? hone_json_new_array(t->arena) : NULL;
        for (size_t k = 0; list && k < v->len; k++)
            if (!hone_json_push(t->arena, list, absolute(t->arena, v->items[k]))) return NULL;
        if (!hone_json_set(t->arena, o, m->key, list ? list : v)) return NULL;
    }
    return o;
}

/* ---- the run folder ---- */

/* Parts of a step decide last bits: a run that goes on keeps the memory that it began with. */
static int keep_batch_bytes(hone_trainer *t, hone_err *err)
{
    int64_t was;
    const hone_json *notes = hone_run_folder_notes(t->folder);
    HONE_TRY(hone_json_get_i64(&was, notes, "batch_bytes", 0, 0, INT64_MAX, "notes", err));
    if (hone_run_folder_state(t->folder) == HONE_RUN_NEW || was == 0) return HONE_OK;
    if (V.memory == 0) t->settings.batch_bytes = (size_t)was;
    else if ((size_t)was != t->settings.batch_bytes)
        hone_warn("--memory-limit differs from the run's first start: sums may differ in their "
                  "last bits");
    return HONE_OK;
}

/* Shards decide last bits as well: a run goes on with those it began with, on any number of
 * processes up to that, and is repeated with them by one. */
static int keep_shards(hone_trainer *t, hone_err *err)
{
    int64_t was;
    const hone_json *notes = hone_run_folder_notes(t->folder);
    if (hone_run_folder_state(t->folder) == HONE_RUN_NEW) return HONE_OK;
    HONE_TRY(hone_json_get_i64(&was, notes, "shards", 1, 1, HONE_SHARDS_MAX, "notes", err));
    t->settings.shards = (int32_t)was;
    if (was >= hone_mpi_size()) return HONE_OK;
    hone_err_hint(err, "start at most %lld processes, or give --overwrite", (long long)was);
    return hone_fail(err, HONE_E_REFUSED, "the run was begun in %lld shards: %d processes cannot "
                                          "go on with it", (long long)was, hone_mpi_size());
}

/* bf16 products and f32 ones differ in more than last bits, but a run may move to another machine.
 */
static void compare_arithmetic(const hone_trainer *t)
{
    const hone_json *was = hone_json_get(hone_run_folder_notes(t->folder), "arithmetic");
    const char *now = hone_precision_arithmetic(hone_train_precision());
    if (hone_json_is(was, HONE_JSON_STRING) && strcmp(was->text, now) != 0)
        hone_warn(
            "this machine multiplies in %s, the run began with %s: its bytes will differ from "
            "those of an undisturbed run",
            now, was->text);
}

int hone_trainer_folder(hone_trainer *t, hone_err *err)
{
    HONE_TRY(hone_trainer_identify(t, err));
    const hone_run_identity id = { t->inputs, t->fixed, t->others };
    HONE_TRY(hone_run_folder_open(&t->folder, V.out, &id, V.overwrite, err));
    compare_arithmetic(t);
    HONE_TRY(keep_shards(t, err));
    return keep_batch_bytes(t, err);
}

/* ---- rows and engine ---- */

int hone_trainer_rows(hone_trainer *t, const char *dir, hone_err *err)
{
    HONE_TRY(hone_mpi_agree(hone_train_rows_open(t, dir, err), err));
    return hone_mpi_agree(hone_train_valid_open(t, dir, err), err);
}

int hone_trainer_engine(hone_trainer *t, hone_err *err)
{
    if (!t->engine) HONE_TRY(engine_open(t, t->adapter->qat, err));
    t->scorer.model = t->model;
    t->scorer.engine = t->engine;
    t->scorer.max_new_tokens = V.eval_tokens;
    return hone_train_plan_make(&t->plan, t->engine, &t->rows, &t->settings, err);
}

void hone_trainer_done(hone_trainer *t)
{
    hone_run_folder_close(t->folder);
    hone_rows_free(t->scorer.rows);
    hone_engine_close(t->engine);
    hone_adapter_free(t->adapter);
    hone_name_masker_free(t->masker);
    hone_shard_close(t->shard);
    hone_encode_set_free(t->valid);
    hone_model_close(t->model);
    hone_arena_free(t->arena);
}

/* Stages of `hone run`; see run_stages.h. */
#include "cli/run_stages.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "common/fs.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/yaml.h"

#define STATE_FORMAT "hone-stages/2"

static const char *in_run(hone_plan *p, const char *name)
{
    return hone_path_join_in(p->arena, p->dir, name);
}

static hone_stage *add_stage(hone_plan *p, const char *name, const char *purpose,
                             int (*run)(int, char **))
{
    hone_stage *s = &p->stages[p->count++];
    memset(s, 0, sizeof *s);
    s->name = name;
    s->purpose = purpose;
    s->run = run;
    return s;
}

static void word(hone_plan *p, hone_stage *s, const char *text)
{
    if (s->argc < HONE_STAGE_WORDS && text) {
        s->argv[s->argc++] = hone_arena_strndup(p->arena, text, strlen(text));
    }
}

static void words(hone_plan *p, hone_stage *s, const char *const *list)
{
    for (; *list; list++) word(p, s, *list);
}

static int finish_line(hone_plan *p, hone_stage *s, hone_err *err)
{
    hone_buf line = HONE_BUF_INIT(1 << 16);
    hone_buf_str(&line, "hone");
    for (int i = 0; i < s->argc; i++) {
        if (!s->argv[i]) return hone_err_memory(err, "stage", 0);
        hone_buf_printf(&line, strchr(s->argv[i], ' ') ? " '%s'" : " %s", s->argv[i]);
    }
    s->line = hone_buf_ok(&line) ? hone_arena_strndup(p->arena, line.data, line.len) : NULL;
    hone_buf_done(&line);
    return s->line ? 0 : hone_err_memory(err, "stage", 0);
}

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void plan_data(hone_plan *p, const char *rows)
{
    hone_stage *s = add_stage(p, "datagen", "making training rows", hone_cmd_datagen);
    words(p, s, WORDS("datagen", "-c", p->file, "-o", rows));
    s->outputs[0] = rows;
}

static void plan_train(hone_plan *p, const char *rows)
{
    hone_stage *s = add_stage(p, "train", "tuning the adapter", hone_cmd_train);
    words(p, s, WORDS("train", "-c", p->file));
    if (rows) words(p, s, WORDS("--data", rows));
    words(p, s, WORDS("--overwrite", "-o", in_run(p, "train")));
    s->outputs[0] = in_run(p, "train/adapter");
}

static void plan_eval(hone_plan *p, const char *name, const char *purpose, const char *flag,
                      const char *value, const char *out)
{
    hone_stage *s = add_stage(p, name, purpose, hone_cmd_eval);
    words(p, s, WORDS("eval", "-c", p->file));
    if (flag) words(p, s, WORDS(flag, value));
    words(p, s, WORDS("--out", out));
    s->outputs[0] = hone_path_join_in(p->arena, out, "report.json");
}

static void plan_export(hone_plan *p, const char *adapter, const char *rows, const char *app)
{
    hone_stage *s = add_stage(p, "export", "writing the app's file", hone_cmd_export);
    words(p, s, WORDS("export", "-c", p->file, "--adapter", adapter));
    if (rows) words(p, s, WORDS("--data", rows));
    words(p, s, WORDS("-o", app));
    s->outputs[0] = app;
}

static void plan_call(hone_plan *p, const char *app, const char *prompt)
{
    hone_stage *s = add_stage(p, "call", "calling the exported file", hone_cmd_chat);
    words(p, s, WORDS("chat", "--model", app, "--json", "--prompt", prompt));
    s->outputs[0] = in_run(p, "logs/call.txt");
}

static int load_state(hone_plan *p, hone_err *err)
{
    p->state = NULL;
    if (hone_fs_is_file(p->state_path)) {
        HONE_TRY(hone_json_load(&p->state, p->arena, p->state_path, err));
        if (!hone_json_str_eq(hone_json_get(p->state, "format"), STATE_FORMAT)) p->state = NULL;
    }
    if (!p->state) {
        p->state = hone_json_new_object(p->arena);
        if (!p->state) return hone_err_memory(err, "state", 0);
        hone_json_set(p->arena, p->state, "format", hone_json_new_str(p->arena, STATE_FORMAT));
        hone_json_set(p->arena, p->state, "stages", hone_json_new_object(p->arena));
    }
    p->hashes = hone_json_new_object(p->arena);
    return p->hashes ? 0 : hone_err_memory(err, "state", 0);
}

static int make_folder(hone_plan *p, const hone_json *file, const char *output_dir, hone_err *err)
{
    char *base = hone_path_dir(p->file);
    const char *name = "run";
    hone_json *given = hone_json_get(file, "output_dir");
    if (!given) given = hone_json_get(file, "output-dir");
    if (hone_json_is(given, HONE_JSON_STRING)) name = given->text;
    if (output_dir) p->dir = hone_arena_strndup(p->arena, output_dir, strlen(output_dir));
    else if (base) p->dir = hone_path_join_in(p->arena, base, name);
    hone_free(base);
    if (!p->dir) return hone_err_memory(err, "path", 0);
    p->state_path = in_run(p, "stages.json");
    p->lock_path = in_run(p, "run.lock");
    HONE_TRY(hone_fs_mkdirs(p->dir, err));
    p->timing_path = in_run(p, "timing.json");
    const char *data = in_run(p, "data");
    return data ? hone_fs_mkdirs(data, err) : hone_err_memory(err, "path", 0);
}

static void plan_stages(hone_plan *p, const hone_json *file)
{
    const char *rows = hone_json_get(file, "datagen") ? in_run(p, "data/rows.jsonl") : NULL;
    const char *adapter = in_run(p, "train/adapter"), *app = in_run(p, "app.litertlm");
    bool eval = hone_json_get(file, "eval") != NULL;
    if (rows) plan_data(p, rows);
    if (eval)
        plan_eval(p, "before", "scoring the base model", NULL, NULL, in_run(p, "eval/before"));
    if (!hone_json_get(file, "train")) return;
    plan_train(p, rows);
    if (eval) {
        plan_eval(p, "after", "scoring the tuned model", "--adapter", adapter,
                  in_run(p, "eval/after"));
    }
    if (!hone_json_get(file, "export")) return;
    plan_export(p, adapter, rows, app);
    if (eval) {
        plan_eval(p, "exported", "scoring the exported file", "--model", app,
                  in_run(p, "eval/exported"));
    }
    hone_json *prompt = hone_json_get(hone_json_get(file, "chat"), "prompt");
    if (hone_json_is(prompt, HONE_JSON_STRING)) plan_call(p, app, prompt->text);
}

int hone_plan_make(hone_plan *p, hone_arena *a, const char *file, const char *output_dir,
                   hone_err *err)
{
    memset(p, 0, sizeof *p);
    p->arena = a;
    p->file = file;
    hone_json *root;
    HONE_TRY(hone_yaml_load(&root, a, file, err));
    HONE_TRY(hone_cmd_check_keys(root, file, err));
    HONE_TRY(make_folder(p, root, output_dir, err));
    HONE_TRY(load_state(p, err));
    plan_stages(p, root);
    if (p->count == 0) {
        hone_err_at(err, file, 0, -1);
        return hone_fail(err, HONE_E_USAGE, "no section datagen, train, eval or export");
    }
    for (int i = 0; i < p->count; i++) HONE_TRY(finish_line(p, &p->stages[i], err));
    return 0;
}

/* Options that name inputs; their content counts, not their place. */
static const char *const input_options[] = { "model", "adapter", "tools", "seeds", "data",
                                             "valid_file", "baseline", "exclude",
                                             "init_adapter" };
/* Options that cannot change an output. */
static const char *const free_options[] = { "output_dir", "output",        "out",
                                            "threads",    "overwrite",     "logging_steps",
                                            "save_steps", "save_total_limit", "json",
                                            "report_to",  "rows_cache" };

static bool listed(const char *key, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(key, list[i])) return true;
    }
    return false;
}
#define LISTED(key, list) listed(key, list, sizeof(list) / sizeof(list)[0])

static int hash_now(hone_plan *p, const char *path, hone_json **ret, hone_err *err)
{
    char hex[65];
    if (hone_fs_is_dir(path)) HONE_TRY(hone_sha256_tree(path, hex, err));
    else if (hone_fs_is_file(path)) HONE_TRY(hone_sha256_file(path, hex, err));
    else snprintf(hex, sizeof hex, "absent");
    *ret = hone_json_new_str(p->arena, hex);
    if (!*ret || !hone_json_set(p->arena, p->hashes, path, *ret)) {
        return hone_err_memory(err, "hash", 0);
    }
    return 0;
}

/* The model alone is a quarter of a gigabyte and an input of most stages: hash once a run. */
static int hash_path(hone_plan *p, const char *path, hone_json **ret, hone_err *err)
{
    *ret = hone_json_get(p->hashes, path);
    return *ret ? 0 : hash_now(p, path, ret, err);
}

/* The file of an option under the option's name; of a list under "name 1", "name 2", ... */
static int add_input(hone_plan *p, hone_stage *s, hone_json *into, const char *option,
                     const hone_json *value, hone_err *err)
{
    if (hone_json_is(value, HONE_JSON_ARRAY)) {
        for (size_t i = 0; i < value->len; i++) {
            char name[64];
            snprintf(name, sizeof name, "%s %zu", option, i + 1);
            HONE_TRY(add_input(p, s, into, name, value->items[i], err));
        }
        return 0;
    }
    if (!hone_json_is(value, HONE_JSON_STRING) || !value->len) return 0;
    hone_json *hash;
    HONE_TRY(hash_path(p, value->text, &hash, err));
    return hone_json_set(p->arena, into, option, hash) &&
                   hone_json_set(p->arena, s->paths, option, hone_json_copy(p->arena, value))
               ? 0
               : hone_err_memory(err, "hash", 0);
}

int hone_stage_key(hone_plan *p, hone_stage *s, const hone_json *options, hone_err *err)
{
    hone_arena *a = p->arena;
    hone_json *key = hone_json_new_object(a), *opts = hone_json_new_object(a);
    hone_json *inputs = hone_json_new_object(a);
    s->paths = hone_json_new_object(a);
    if (!key || !opts || !inputs || !s->paths) return hone_err_memory(err, "stage key", 0);
    for (size_t i = 0; i < options->len; i++) {
        const hone_json_member *m = &options->members[i];
        if (LISTED(m->key, free_options)) continue;
        if (LISTED(m->key, input_options)) HONE_TRY(add_input(p, s, inputs, m->key, m->value, err));
        else hone_json_set(a, opts, m->key, hone_json_copy(a, m->value));
    }
    hone_json_set(a, key, "version", hone_json_new_str(a, HONE_VERSION));
    hone_json_set(a, key, "options", opts);
    hone_json_set(a, key, "inputs", inputs);
    s->key = key;
    return 0;
}

const char *hone_stage_waits(const hone_plan *p, const hone_stage *s)
{
    for (const hone_stage *before = p->stages; before < s; before++)
        for (int i = 0; before->stale && before->outputs[i]; i++)
            for (size_t k = 0; k < s->paths->len; k++)
                if (hone_json_str_eq(s->paths->members[k].value, before->outputs[i]))
                    return before->name;
    return NULL;
}

/* An output's name in stages.json: its path below the run folder. */
static const char *output_name(const hone_plan *p, const char *path)
{
    const size_t n = strlen(p->dir);
    return !strncmp(path, p->dir, n) && path[n] == '/' ? path + n + 1 : path;
}

/* "option x changed" or "FILE changed": the first difference between two objects. names: what to
 * call a key, NULL for its own name. */
static const char *difference(const hone_plan *p, const char *kind, const hone_json *now,
                              const hone_json *old, const hone_json *names)
{
    for (size_t i = 0; now && i < now->len; i++) {
        const char *key = now->members[i].key;
        hone_json *was = hone_json_get(old, key);
        if (was && hone_json_equal(was, now->members[i].value)) continue;
        hone_buf b = HONE_BUF_INIT(4096);
        const hone_json *name = names ? hone_json_get(names, key) : NULL;
        hone_buf_printf(&b, "%s%s %s", kind, name ? name->text : key, was ? "changed" : "is new");
        char *text = hone_buf_take(&b);
        char *kept = text ? hone_arena_strndup(p->arena, text, strlen(text)) : NULL;
        hone_free(text);
        return kept ? kept : "changed";
    }
    return NULL;
}

static const char *output_reason(const hone_plan *p, const hone_stage *s, const hone_json *done)
{
    hone_json *outputs = hone_json_get(done, "outputs");
    for (int i = 0; s->outputs[i]; i++) {
        char hex[65];
        hone_json *was = hone_json_get(outputs, output_name(p, s->outputs[i]));
        int rc = hone_fs_is_dir(s->outputs[i]) ? hone_sha256_tree(s->outputs[i], hex, NULL)
                 : hone_fs_is_file(s->outputs[i]) ? hone_sha256_file(s->outputs[i], hex, NULL) : -1;
        if (rc < 0) return "its output is missing";
        if (!hone_json_str_eq(was, hex)) return "its output was changed";
    }
    return NULL;
}

const char *hone_stage_reason(const hone_plan *p, const hone_stage *s)
{
    hone_json *done = hone_json_get(hone_json_get(p->state, "stages"), s->name);
    if (!done) return "not run yet";
    hone_json *key = hone_json_get(done, "key");
    if (!hone_json_equal(hone_json_get(key, "version"), hone_json_get(s->key, "version"))) {
        return "the program's version changed";
    }
    const char *why = difference(p, "option ", hone_json_get(s->key, "options"),
                                 hone_json_get(key, "options"), NULL);
    if (!why) {
        why = difference(p, "", hone_json_get(s->key, "inputs"), hone_json_get(key, "inputs"),
                         s->paths);
    }
    if (!why && !hone_json_equal(key, s->key)) why = "its inputs changed";
    return why ? why : output_reason(p, s, done);
}

int hone_stage_finish(hone_plan *p, hone_stage *s, hone_err *err)
{
    hone_arena *a = p->arena;
    hone_json *done = hone_json_new_object(a), *outputs = hone_json_new_object(a);
    if (!done || !outputs) return hone_err_memory(err, "state", 0);
    for (int i = 0; s->outputs[i]; i++) {
        hone_json *hash;
        HONE_TRY(hash_now(p, s->outputs[i], &hash, err));
        if (hone_json_str_eq(hash, "absent")) {
            return hone_fail(err, HONE_E_INTERNAL, "stage %s left no %s", s->name, s->outputs[i]);
        }
        hone_json_set(a, outputs, output_name(p, s->outputs[i]), hash);
    }
    hone_json_set(a, done, "command", hone_json_new_str(a, s->line));
    hone_json_set(a, done, "key", s->key);
    hone_json_set(a, done, "outputs", outputs);
    hone_json_set(a, hone_json_get(p->state, "stages"), s->name, done);
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&text, p->state, HONE_JSON_PRETTY);
    hone_buf_char(&text, '\n');
    int rc = hone_buf_ok(&text) ? hone_fs_write(p->state_path, text.data, text.len, err)
                                : hone_err_memory(err, "state", 0);
    hone_buf_done(&text);
    return rc;
}

/* ---- times ---- */

int hone_stage_timed(hone_plan *p, const hone_stage *s, double seconds, double gigabytes,
                     hone_err *err)
{
    hone_arena *a = p->arena;
    hone_json *all = NULL, *o = hone_json_new_object(a);
    if (hone_fs_is_file(p->timing_path)) (void)hone_json_load(&all, a, p->timing_path, NULL);
    if (!hone_json_is(all, HONE_JSON_OBJECT)) all = hone_json_new_object(a);
    if (!o || !all || !hone_json_set(a, o, "seconds", hone_json_new_f64(a, round(seconds))) ||
        !hone_json_set(a, o, "peak_gb", hone_json_new_f64(a, round(100 * gigabytes) / 100)) ||
        !hone_json_set(a, all, s->name, o))
        return hone_err_memory(err, "times", 0);
    hone_buf text = HONE_BUF_INIT(HONE_BUF_TEXT_MAX);
    hone_json_write(&text, all, HONE_JSON_PRETTY);
    hone_buf_char(&text, '\n');
    int rc = hone_buf_ok(&text) ? hone_fs_write(p->timing_path, text.data, text.len, err)
                                : hone_err_memory(err, "times", 0);
    hone_buf_done(&text);
    return rc;
}

bool hone_stage_last_time(const hone_plan *p, const hone_stage *s, double *ret_seconds,
                          double *ret_gigabytes)
{
    hone_json *all = NULL;
    if (!hone_fs_is_file(p->timing_path) ||
        hone_json_load(&all, p->arena, p->timing_path, NULL) < 0)
        return false;
    const hone_json *o = hone_json_get(all, s->name);
    const hone_json *seconds = hone_json_get(o, "seconds"), *gb = hone_json_get(o, "peak_gb");
    if (!hone_json_is_number(seconds) || !hone_json_is_number(gb)) return false;
    *ret_seconds = hone_json_f64(seconds);
    *ret_gigabytes = hone_json_f64(gb);
    return true;
}
